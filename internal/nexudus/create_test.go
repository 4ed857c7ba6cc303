package nexudus

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

var orders = WebhookFields{
	BusinessID: new(int64(5001)), Name: new("orders"), Description: new("for the shop"), URL: new("https://example.com/hook?key=1"),
	Action: new(Action(6)), Active: new(true),
}

// twin is a webhook that is equal to orders.
func twin(id int64) simulator.Webhook {
	return simulator.Webhook{
		ID: id, BusinessID: 5001, Name: *orders.Name, Description: orders.Description, URL: *orders.URL, Action: 6, Active: true,
	}
}

// idOf returns the ID in a webhook, or 0 without one.
func idOf(w *Webhook) int64 {
	if w == nil {
		return 0
	}
	return w.ID
}

// The ID in Value is that of the new webhook, although lists lag and the API may not say that it was successful.
func TestCreate(t *testing.T) {
	for name, answer := range map[string]fault{
		"server":           slow(0),
		"the record alone": after(serveJSON(200, `{"Value":{"Id":101,"Name":"orders","Active":true}}`)),
		"the number alone": after(serveJSON(200, `{"Value":101}`)),
		"other types":      after(serveJSON(200, `{"Message":{"a":1},"Value":{"Id":101},"Errors":{},"WasSuccessful":true}`)),
	} {
		virtual(t, name, func(t *testing.T, a *account) {
			a.ListLag = 5 * time.Second
			a.writes = []fault{answer}
			started := time.Now()
			got, err := a.client.CreateWebhook(t.Context(), orders)
			if err != nil || len(orders.Differs(got)) != 0 || !slices.Equal(a.named("orders"), []int64{got.ID}) || time.Since(started) != 0 {
				t.Errorf("webhook = %+v, %v after %v, want the only new one at once", got, err, time.Since(started))
			}
			requests := a.Requests()
			if want := `{"BusinessId":5001,"Name":"orders","Description":"for the shop","URL":"https://example.com/hook?key=1","Action":6,` +
				`"Active":true}`; len(requests) != 3 || strings.TrimSpace(string(requests[1].Body)) != want {
				t.Errorf("requests = %+v, want a list, the POST of %s and a read", requests, want)
			}
		})
	}
}

// A lost response leaves one webhook, and it is found even if the service makes it later. Nothing that
// existed before is taken for it, and the POST is never sent again. The tests of package rest list the responses that leave the outcome open.
func TestCreate_lost(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"reset":            reset,
		"timeout":          hang,
		"503 with a wait":  wait(503, "2"),
		"HTML":             html,
		"no Id":            serveJSON(200, `{"WasSuccessful":true,"Value":null}`),
		"an Id of before":  serveJSON(200, `{"WasSuccessful":true,"Value":{"Id":100}}`),
		"the twin's Id":    serveJSON(200, `{"WasSuccessful":true,"Value":{"Id":90}}`),
		"the Id of a read": serveJSON(200, `{"WasSuccessful":true,"Value":{"Id":80}}`),
	} {
		for work, test := range map[string]struct {
			fault fault
			lag   time.Duration
			want  []int64
		}{
			"done":            {after(answer), 0, []int64{90, 101}},
			"done, list lags": {after(answer), 5 * time.Second, []int64{90, 101}},
			"done 8 s later":  {late(8*time.Second, answer), 0, []int64{90, 101}},
			"not done":        {before(answer), 0, []int64{90}},
		} {
			virtual(t, name+", "+work, func(t *testing.T, a *account) {
				a.AddWebhook(twin(90))
				a.AddWebhook(simulator.Webhook{ID: 80, BusinessID: 5002, Name: "removed", Action: 6})
				if _, err := a.client.Webhook(t.Context(), 80); err != nil {
					t.Fatal(err)
				}
				a.RemoveWebhook(80)
				a.ListLag, a.writes = test.lag, []fault{test.fault}
				started := time.Now()
				got, err := a.client.CreateWebhook(t.Context(), orders)
				took := time.Since(started)
				if len(test.want) == 2 {
					if err != nil || got.ID != 101 {
						t.Errorf("webhook = %+v, %v, want the new one", got, err)
					}
				} else if failure := wantKind(t, err, rest.KindUnknown); got != nil || failure.Candidates != nil || failure.CannotList ||
					failure.Cause == nil || took < 30*time.Second {
					t.Errorf("webhook = %+v, error = %+v after %v, want an unknown outcome after 30s", got, failure, took)
				}
				time.Sleep(time.Minute)
				if got := a.named("orders"); !slices.Equal(got, test.want) || a.sent("POST") != 1 {
					t.Errorf("webhooks = %v after %d POSTs, want %v after one", got, a.sent("POST"), test.want)
				}
			})
		}
	}
}

// Only the API's own words prove that its work has ended. Then the POST is sent again, once lists that show another
// webhook of the location have lacked this one for ten seconds.
func TestCreate_ended(t *testing.T) {
	words := `{"Message":"Ooops! There was a problem while running this action. Please try again.","WasSuccessful":false}`
	for name, answer := range map[string]http.HandlerFunc{
		"500": ooops, "400": serveJSON(400, words), "200": serveJSON(200, words), "other words": serveJSON(500, `{"Message":"An error has occurred."}`),
	} {
		tests := []struct {
			name    string
			writes  []fault
			lag     time.Duration
			hidden  []int64
			posts   int
			records int
			took    time.Duration
			kind    rest.Kind
		}{
			{name: "done", writes: []fault{after(answer)}, posts: 1, records: 1},
			{name: "done, list lags", writes: []fault{after(answer)}, lag: 5 * time.Second, posts: 1, records: 1, took: 7 * time.Second},
			{name: "not done", writes: []fault{before(answer)}, posts: 2, records: 1, took: 10 * time.Second},
			{name: "not done, then done", writes: []fault{before(answer), after(answer)}, posts: 2, records: 1, took: 10 * time.Second},
			{name: "never done", writes: slices.Repeat([]fault{before(answer)}, 9), posts: 5, took: 50 * time.Second, kind: rest.KindUnavailable},
			{name: "not done, then lost", writes: []fault{before(answer), before(reset)}, posts: 2, took: 40 * time.Second, kind: rest.KindUnknown},
			{name: "location not shown", writes: []fault{before(answer)}, hidden: []int64{100}, posts: 1, took: 10 * time.Second, kind: rest.KindUnknown},
			{
				name: "done, location not shown", writes: []fault{after(answer)}, hidden: []int64{100, 101}, posts: 1, records: 1,
				took: 10 * time.Second, kind: rest.KindUnknown,
			},
			{name: "list without a total", writes: []fault{before(answer, withoutTotal)}, posts: 1, took: 10 * time.Second, kind: rest.KindUnknown},
			{name: "list fails", writes: []fault{before(answer, reads("/webhooks", html))}, posts: 1, took: 10 * time.Second, kind: rest.KindUnknown},
		}
		for _, test := range tests {
			virtual(t, name+", "+test.name, func(t *testing.T, a *account) {
				a.AddWebhook(simulator.Webhook{ID: 90, BusinessID: 5002, Action: 6})
				a.ListLag, a.writes = test.lag, test.writes
				a.Hidden = func(id int64) bool { return slices.Contains(test.hidden, id) }
				started := time.Now()
				got, err := a.client.CreateWebhook(t.Context(), orders)
				if took := time.Since(started); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
				wantKind(t, err, test.kind)
				if err == nil && !slices.Equal(a.named("orders"), []int64{got.ID}) || len(a.named("orders")) != test.records ||
					a.sent("POST") != test.posts {
					t.Errorf("returned %d of %v after %d POSTs, want %d after %d", idOf(got), a.named("orders"), a.sent("POST"), test.records, test.posts)
				}
			})
		}
	}
}

// How long a webhook is looked for after its response was lost, and how often.
func TestCreate_search(t *testing.T) {
	tests := []struct {
		name     string
		timeout  time.Duration
		late     time.Duration // 0 means never
		throttle bool          // the first list after the POST
		found    bool
		lists    int // after the first one
	}{
		{name: "at the end", timeout: 30 * time.Second, late: 29 * time.Second, found: true, lists: 6},
		{name: "too late", timeout: 30 * time.Second, late: 31 * time.Second, lists: 6},
		{name: "never", timeout: time.Minute, lists: 7},
		{name: "short, twice at least", timeout: 100 * time.Millisecond, late: 900 * time.Millisecond, found: true, lists: 2},
		{name: "short, never", timeout: time.Millisecond, lists: 2},
		{name: "throttled, twice at least", timeout: 30 * time.Second, throttle: true, lists: 3},
	}
	for _, test := range tests {
		virtual(t, test.name, func(t *testing.T, a *account) {
			a.signIn(t, "admin", func(c *rest.Config) { c.RequestTimeout = test.timeout })
			a.writes = []fault{before(reset)}
			if test.late > 0 {
				a.writes = []fault{late(test.late, reset)}
			} else if test.throttle {
				a.writes = []fault{before(reset, reads("", func(w http.ResponseWriter, r *http.Request) { a.onRead("", nil); wait(409, "60")(w, r) }))}
			}
			got, err := a.client.CreateWebhook(t.Context(), orders)
			if (err == nil) != test.found {
				t.Errorf("webhook = %+v, %v, want found: %v", got, err, test.found)
			}
			lists := 0
			for _, r := range a.Requests() {
				if r.Method == http.MethodGet && strings.HasSuffix(r.Path, "/webhooks") {
					lists++
				}
			}
			if lists-1 != test.lists {
				t.Errorf("%d lists after the POST, want %d", lists-1, test.lists)
			}
			time.Sleep(time.Minute)
		})
	}
}

// If it cannot be found out whether the webhook was created, the error says so, and names those that may be it.
func TestCreate_unknown(t *testing.T) {
	trim := func(a *account) { a.EditWebhook(101, func(w *simulator.Webhook) { w.Name = "order" }) }
	another := func(a *account) { a.AddWebhook(twin(0)) }
	others := func(a *account) {
		for range 12 {
			a.AddWebhook(simulator.Webhook{BusinessID: 5001, Name: "other", Action: 6})
		}
	}
	hide := func(a *account) { a.Hidden = func(id int64) bool { return id > 100 } }
	readable := func(a *account) { a.onRead("", nil) }
	tests := []struct {
		name       string
		user       string           // admin if it is empty
		first      func(a *account) // before the list that precedes the POST
		fault      fault
		candidates []int64
		records    int
	}{
		{name: "user may not list", user: "writer", fault: after(reset), records: 1},
		{name: "hidden", fault: after(unavailable, hide), records: 1},
		{name: "the list fails", fault: after(reset, reads("/webhooks", ooops)), records: 1},
		{name: "the list has no total", fault: after(reset, withoutTotal), records: 1},
		// What it would have shown is not known: the twin may be the new one.
		{name: "the first list fails", first: reads("/webhooks", html), fault: after(reset, readable), records: 2},
		{name: "the first list has no total", first: withoutTotal, fault: after(reset, readable), records: 2},
		{name: "one that cannot be read", fault: after(reset, reads("/101", html)), candidates: []int64{101}, records: 1},
		{name: "two that are equal", fault: after(reset, another), candidates: []int64{101, 102}, records: 2},
		{name: "one of two cannot be read", fault: after(reset, another, reads("/102", html)), candidates: []int64{101, 102}, records: 2},
		{name: "trimmed", fault: after(reset, trim), candidates: []int64{101}},
		{name: "trimmed, Ooops", fault: after(ooops, trim), candidates: []int64{101}},
		{name: "not done, among others", fault: before(reset, others), candidates: []int64{101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112}},
	}
	for _, test := range tests {
		for _, retries := range []int{0, 4} {
			virtual(t, test.name, func(t *testing.T, a *account) {
				a.signIn(t, cmp.Or(test.user, "admin"), func(c *rest.Config) { c.MaxRetries = retries })
				if test.first != nil {
					a.AddWebhook(twin(90))
					test.first(a)
				}
				a.writes = []fault{test.fault}
				got, err := a.client.CreateWebhook(t.Context(), orders)
				failure := wantKind(t, err, rest.KindUnknown)
				if got != nil || failure.Verb != rest.VerbCreate || !slices.Equal(failure.Candidates, test.candidates) ||
					failure.CannotList != (test.user == "writer") {
					t.Errorf("webhook = %+v, error = %+v, want the candidates %v", got, failure, test.candidates)
				}
				if n := len(a.named("orders")); n != test.records || a.sent("POST") != 1 {
					t.Errorf("%d webhooks after %d POSTs, want %d after one", n, a.sent("POST"), test.records)
				}
			})
		}
	}
}

// A lost webhook is found at once among new ones of others, one of which vanishes meanwhile, even if lists do not
// include its event and location.
func TestCreate_found(t *testing.T) {
	virtual(t, "among others", func(t *testing.T, a *account) {
		sparse := regexp.MustCompile(`"(Action|BusinessId)":\d+`)
		a.writes = []fault{after(reset, func(a *account) {
			for range 12 {
				a.AddWebhook(simulator.Webhook{BusinessID: 5001, Name: "other", Action: 6})
			}
			a.onRead("", func(w http.ResponseWriter, r *http.Request) {
				a.RemoveWebhook(map[string]int64{"103": 103}[path.Base(r.URL.Path)])
				response := httptest.NewRecorder()
				a.Handle(response, r)
				body := response.Body.Bytes()
				if path.Base(r.URL.Path) == "webhooks" {
					body = sparse.ReplaceAll(body, []byte(`"$1":null`))
				}
				w.WriteHeader(response.Code)
				w.Write(body)
			})
		})}
		started := time.Now()
		got, err := a.client.CreateWebhook(t.Context(), orders)
		if took := time.Since(started); err != nil || got.ID != 101 || took != 0 {
			t.Errorf("webhook = %+v, %v after %v, want 101 at once", got, err, took)
		}
	})
	virtual(t, "not done, beside others", func(t *testing.T, a *account) {
		a.writes = []fault{before(ooops, func(a *account) {
			a.AddWebhook(simulator.Webhook{BusinessID: 5001, Name: "another event", Action: 7})
			a.AddWebhook(simulator.Webhook{BusinessID: 5002, Name: "another location", Action: 6})
		})}
		if got, err := a.client.CreateWebhook(t.Context(), orders); err != nil || got.ID != 103 || a.sent("POST") != 2 {
			t.Errorf("webhook = %+v, %v after %d POSTs, want 103 after two", got, err, a.sent("POST"))
		}
	})
}

// What was certainly not processed is sent again without a search, or is final.
func TestCreate_notProcessed(t *testing.T) {
	refused := `{"Message":"URL: is bad","Errors":[{"AttemptedValue":"s","Message":"is bad","PropertyName":"URL"}],"WasSuccessful":false}`
	tests := []struct {
		name   string
		answer http.HandlerFunc
		posts  int
		want   string // the error's text
	}{
		{name: "throttled", answer: throttled, posts: 2},
		{name: "permission or quota", answer: serveJSON(401, `"Access Denied"`), posts: 1, want: "create webhook: 401: permission missing: Access Denied"},
		{name: "field", answer: serveJSON(400, refused), posts: 1, want: "create webhook: 400: rejected: URL: is bad"},
		{name: "field under 500", answer: serveJSON(500, refused), posts: 1, want: "create webhook: 500: rejected: URL: is bad"},
	}
	for _, test := range tests {
		virtual(t, test.name, func(t *testing.T, a *account) {
			a.writes = []fault{before(test.answer)}
			got, err := a.client.CreateWebhook(t.Context(), orders)
			wantText(t, err, test.want)
			if n := len(a.named("orders")); (got == nil) != (err != nil) || n != test.posts-1 || a.sent("POST") != test.posts {
				t.Errorf("webhook = %+v, one of %d after %d POSTs, want %d POSTs", got, n, a.sent("POST"), test.posts)
			}
		})
	}
}

// A webhook that was created is returned in any case.
func TestCreate_readBack(t *testing.T) {
	virtual(t, "not readable", func(t *testing.T, a *account) {
		a.onRead("/101", unavailable)
		got, err := a.client.CreateWebhook(t.Context(), orders)
		if failure := wantKind(t, err, rest.KindUnverified); got == nil || *got != (Webhook{ID: 101}) || failure.ID != 101 ||
			!rest.Is(failure.Cause, rest.KindUnavailable) {
			t.Errorf("webhook = %+v, error = %+v, want the ID and why it could not be read", got, failure)
		}
	})
	virtual(t, "trimmed", func(t *testing.T, a *account) {
		a.TrimNames = true
		fields := orders
		fields.Name = new("orders ")
		got, err := a.client.CreateWebhook(t.Context(), fields)
		failure := wantKind(t, err, rest.KindNotApplied)
		if got == nil || *got.Name != "orders" || failure.ID != 101 || len(failure.Fields) != 1 || failure.Fields[0].Field != "Name" {
			t.Errorf("webhook = %+v, error = %+v, want the webhook and its field", got, failure)
		}
	})
}

// Creates at once list once, and nothing waits, except for the limits of the service: 60 writes a minute.
func TestCreate_many(t *testing.T) {
	for _, test := range []struct {
		name, user string
		creates    int
		limits     float64 // as documented, or none
		least      time.Duration
	}{
		{name: "twelve", user: "admin", creates: 12, limits: -1},
		{name: "twelve, user may not list", user: "writer", creates: 12, limits: -1},
		{name: "150", user: "admin", creates: 150, limits: 1, least: 2 * time.Minute},
	} {
		virtual(t, test.name, func(t *testing.T, a *account) {
			a.LimitFactor = test.limits
			a.signIn(t, test.user, func(c *rest.Config) { c.MaxRequestsPerSecond = max(0, test.limits*rest.DefaultMaxRequestsPerSecond) })
			started := time.Now()
			var group sync.WaitGroup
			for i := range test.creates {
				group.Go(func() {
					fields := orders
					fields.Action = new(Action(i/2%90 + 1))
					_, err := a.client.CreateWebhook(t.Context(), fields)
					wantKind(t, err, "")
				})
			}
			group.Wait()
			if took := time.Since(started); took < test.least || test.least == 0 && took != 0 {
				t.Errorf("they took %v, want %v", took, test.least)
			}
			if gets := a.sent("GET"); test.limits < 0 && gets != 1+12 || len(a.named("orders")) != test.creates {
				t.Errorf("%d GETs and %d webhooks, want one list and a read of each of %d", gets, len(a.named("orders")), test.creates)
			}
		})
	}
}

// Equal creates in one run end with as many webhooks, each returned once.
func TestCreate_equal(t *testing.T) {
	for name, writes := range map[string][]fault{
		"lost":      {after(reset), late(8*time.Second, unavailable), after(hang), before(throttled), after(ooops), before(ooops)},
		"first one": {late(20*time.Second, html)},
		"lagging":   {after(ooops), before(ooops), after(serve(200, "", ""))},
	} {
		virtual(t, name, func(t *testing.T, a *account) {
			if name == "lagging" {
				a.ListLag = 5 * time.Second
			}
			a.writes = writes
			ids := make([]int64, 8)
			var group sync.WaitGroup
			for i := range ids {
				group.Go(func() {
					w, err := a.client.CreateWebhook(t.Context(), orders)
					wantKind(t, err, "")
					ids[i] = idOf(w)
				})
			}
			group.Wait()
			slices.Sort(ids)
			if got := a.named("orders"); !slices.Equal(got, ids) {
				t.Errorf("webhooks = %v, returned %v, want the same", got, ids)
			}
		})
	}
}

// Once the outcome of one create is unknown, no other one of its group takes what a search finds for its own.
func TestCreate_afterUnknown(t *testing.T) {
	virtual(t, "done too late", func(t *testing.T, a *account) {
		a.writes = []fault{late(31*time.Second, reset), after(reset), before(ooops)}
		_, err := a.client.CreateWebhook(t.Context(), orders)
		wantKind(t, err, rest.KindUnknown)
		time.Sleep(2 * time.Second)
		_, err = a.client.CreateWebhook(t.Context(), orders) // done, and lost
		if failure := wantKind(t, err, rest.KindUnknown); !slices.Equal(failure.Candidates, []int64{101, 102}) {
			t.Errorf("candidates = %v, want both", failure.Candidates)
		}
		a.RemoveWebhook(102)
		_, err = a.client.CreateWebhook(t.Context(), orders) // not done
		if failure := wantKind(t, err, rest.KindUnknown); !slices.Equal(failure.Candidates, []int64{101}) || a.sent("POST") != 3 {
			t.Errorf("candidates = %v after %d POSTs, want that of the first create after three", failure.Candidates, a.sent("POST"))
		}
		// A response that names the new webhook is good, and other groups are not affected.
		other := orders
		other.Action = new(Action(7))
		a.writes = []fault{slow(0), after(reset)}
		for _, fields := range []WebhookFields{orders, other} {
			if _, err := a.client.CreateWebhook(t.Context(), fields); err != nil {
				t.Error(err)
			}
		}
	})
}

// What another create has made, or is making, is not taken for a lost webhook; those that could be confused wait for
// each other, and no others do.
func TestCreate_beside(t *testing.T) {
	change := func(f func(*WebhookFields)) WebhookFields { fields := orders; f(&fields); return fields }
	tests := []struct {
		name  string
		other WebhookFields
		waits bool
	}{
		{name: "another description", other: change(func(f *WebhookFields) { f.Description = new("other") }), waits: true},
		{name: "a name that is trimmed", other: change(func(f *WebhookFields) { f.Name = new("orders ") }), waits: true},
		{name: "another event", other: change(func(f *WebhookFields) { f.Action = new(Action(7)) })},
		{name: "another location", other: change(func(f *WebhookFields) { f.BusinessID = new(int64(5002)) })},
	}
	for _, test := range tests {
		virtual(t, test.name, func(t *testing.T, a *account) {
			a.TrimNames = true
			a.writes = []fault{slow(20 * time.Second), after(reset)}
			var first *Webhook
			var group sync.WaitGroup
			group.Go(func() { first, _ = a.client.CreateWebhook(t.Context(), test.other) })
			time.Sleep(time.Second)
			started := time.Now()
			second, err := a.client.CreateWebhook(t.Context(), orders)
			if took := time.Since(started); (took > 10*time.Second) != test.waits {
				t.Errorf("it took %v, want waiting: %v", took, test.waits)
			}
			group.Wait()
			wantKind(t, err, "")
			if idOf(first) != 101 || idOf(second) != 102 || *second.Description != *orders.Description {
				t.Errorf("webhooks = %+v and %+v, want the first and the second", first, second)
			}
		})
	}
}

// An interrupt ends waits at once, and a request that has been sent is awaited:
// its response names the new webhook.
func TestCreate_interrupted(t *testing.T) {
	tests := []struct {
		name    string
		fault   fault
		took    time.Duration
		kind    rest.Kind // empty for the end of the context
		id      int64
		records int
	}{
		{name: "answered", fault: slow(5 * time.Second), took: 5 * time.Second, kind: rest.KindUnverified, id: 101, records: 1},
		{name: "never answered", fault: after(hang), took: 30 * time.Second, kind: rest.KindUnknown, records: 1},
		{name: "throttled", fault: before(throttled), took: time.Second / 2},
		{name: "search", fault: before(reset), took: time.Second / 2, kind: rest.KindUnknown},
		{name: "search after Ooops", fault: before(ooops), took: time.Second / 2, kind: rest.KindUnknown},
	}
	for _, test := range tests {
		virtual(t, test.name, func(t *testing.T, a *account) {
			a.writes = []fault{test.fault}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second/2, cancel)
			started := time.Now()
			got, err := a.client.CreateWebhook(ctx, orders)
			if took := time.Since(started); took != test.took || idOf(got) != test.id {
				t.Errorf("webhook = %+v after %v, want the ID %d after %v", got, took, test.id, test.took)
			}
			if test.kind != "" {
				wantKind(t, err, test.kind)
			} else if !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want the end of the context", err)
			}
			if len(a.named("orders")) != test.records || a.sent("POST") != 1 {
				t.Errorf("webhooks = %v after %d POSTs, want %d after one", a.named("orders"), a.sent("POST"), test.records)
			}
		})
	}
	virtual(t, "waiting for another create", func(t *testing.T, a *account) {
		a.writes = []fault{slow(5 * time.Second)}
		first := make(chan error)
		go func() { _, err := a.client.CreateWebhook(t.Context(), orders); first <- err }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := a.client.CreateWebhook(ctx, orders)
		if !errors.Is(err, context.DeadlineExceeded) || a.sent("POST") != 1 {
			t.Errorf("error = %v after %d POSTs, want the end of the context after one", err, a.sent("POST"))
		}
		wantKind(t, <-first, "")
	})
}

// A list that takes long shows what was there when it began, so it is no proof that the webhook does not exist.
func TestCreate_slowList(t *testing.T) {
	virtual(t, "the second list takes 12 s", func(t *testing.T, a *account) {
		a.ListLag = 5 * time.Second
		lists := 0
		a.writes = []fault{after(ooops, reads("/webhooks", func(w http.ResponseWriter, r *http.Request) {
			lists++
			recorder := httptest.NewRecorder()
			a.Handle(recorder, r)
			if lists == 2 {
				time.Sleep(12 * time.Second)
			}
			w.WriteHeader(recorder.Code)
			io.WriteString(w, recorder.Body.String())
		}))}
		if got, err := a.client.CreateWebhook(t.Context(), orders); err != nil || idOf(got) != 101 || a.sent("POST") != 1 {
			t.Errorf("webhook = %d, %v, after %d POSTs, want the first one", idOf(got), err, a.sent("POST"))
		}
	})
}

// A webhook that an early look has found counts, although the last list lacks it.
func TestCreate_candidateOfEarlierLook(t *testing.T) {
	virtual(t, "the last list lacks it", func(t *testing.T, a *account) {
		a.TrimNames = true
		started := time.Now()
		a.Hidden = func(id int64) bool {
			return id == 101 && time.Since(started) > 8*time.Second && time.Since(started) < 12*time.Second
		}
		fields := orders
		fields.Name = new("orders ")
		a.writes = []fault{after(ooops)}
		_, err := a.client.CreateWebhook(t.Context(), fields)
		if failure := wantKind(t, err, rest.KindUnknown); !slices.Equal(failure.Candidates, []int64{101}) || a.sent("POST") != 1 {
			t.Errorf("candidates = %d, after %d POSTs, want 101 after one", failure.Candidates, a.sent("POST"))
		}
	})
}
