package nexudus

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func TestWebhook_fields(t *testing.T) {
	// As documented at https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
	c := newTestClient(t, serveJSON(200, `{"Id":9007199254740993,"BusinessId":5001,"Name":"Zoë \"Türen\" 🚪\u001b[31m","Description":"",
		"URL":"https://example.com/hook?key=1","Action":6,"Active":false,"LastError":"(410) Gone","ErrorCount":11,
		"LastTrigger":"2025-01-15T10:30:00","CreatedOn":"2025-01-15T10:30:00Z","UpdatedOn":"2025-01-15T10:30:00.123Z",
		"UpdatedBy":"a@example.com","UniqueId":"e267ee8a-15eb-49d5-a156-bb132fb27d26","IsNew":false,"SystemId":"ours",
		"ToStringText":"orders","LocalizationDetails":null,"CustomFields":null,"Added":[1,{"later":2}]}`))
	got, err := c.Webhook(t.Context(), 9007199254740993)
	want := &Webhook{
		ID: 9007199254740993, BusinessID: new(int64(5001)), Name: new("Zoë \"Türen\" 🚪\x1b[31m"), Description: new(""),
		URL: new("https://example.com/hook?key=1"), Action: new(Action(6)), Active: new(false), LastError: new("(410) Gone"),
		ErrorCount: new(int64(11)), LastTrigger: new("2025-01-15T10:30:00"), CreatedOn: new("2025-01-15T10:30:00Z"),
		UpdatedOn: new("2025-01-15T10:30:00.123Z"), UpdatedBy: new("a@example.com"),
		UniqueID: new("e267ee8a-15eb-49d5-a156-bb132fb27d26"), SystemID: new("ours"),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("webhook = %+v, %v\nwant      %+v", got, err, want)
	}
}

// wantNulls checks that a field is nil if it is null or missing in the response.
func wantNulls[T any](t *testing.T, want *T, get func(c *Client) (*T, error)) {
	t.Helper()
	nulls := `{"Id":42`
	for field := range reflect.TypeFor[T]().Fields() {
		if name := field.Tag.Get("json"); name != "Id" {
			nulls += `,"` + name + `":null`
		}
	}
	for _, body := range []string{`{"Id":42}`, nulls + "}"} {
		if got, err := get(newTestClient(t, serveJSON(200, body))); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want only the ID", body, got, err)
		}
	}
}

// Older responses show 0 for a reference that is not set. An action of 0 stays.
func TestWebhook_nulls(t *testing.T) {
	wantNulls(t, &Webhook{ID: 42}, func(c *Client) (*Webhook, error) { return c.Webhook(t.Context(), 42) })
	body := `{"Id":42,"BusinessId":0,"Action":0}`
	want := &Webhook{ID: 42, Action: new(Action(0))}
	if got, err := newTestClient(t, serveJSON(200, body)).Webhook(t.Context(), 42); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("webhook = %+v, %v, want no location", got, err)
	}
	c := newTestClient(t, serveJSON(200, `{"Records":[`+body+`],"TotalItems":1}`))
	if got, err := c.Webhooks(t.Context(), WebhookFilter{}); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("webhooks = %+v, %v, want one without a location", got, err)
	}
}

// A message does not repeat the secret parts of the address that was sent, nor of the one before.
func TestWebhook_addresses(t *testing.T) {
	a := newAccount(t)
	a.AddWebhook(simulator.Webhook{ID: 300, BusinessID: 5001, Name: "n", Action: 6, URL: "https://example.com/oldsecret"})
	a.writes = slices.Repeat([]fault{before(serveJSON(400, `{"Message":"Neither oldsecret nor newsecret is good","WasSuccessful":false}`))}, 2)
	_, err := a.client.UpdateWebhook(t.Context(), 300, "", WebhookFields{URL: new("https://example.com/newsecret")})
	wantText(t, err, "update webhook 300: 400: rejected: Neither … nor … is good")
	fields := orders
	fields.URL = new("https://example.com/newsecret")
	_, err = a.client.CreateWebhook(t.Context(), fields)
	wantText(t, err, "create webhook: 400: rejected: Neither oldsecret nor … is good")
}

// A webhook is compared with the fields that are set. Unicode normal forms do not matter.
func TestWebhookFields_differs(t *testing.T) {
	fields := WebhookFields{
		BusinessID: new(int64(5001)), Name: new("Zoe\u0308"), Description: new(""), URL: new("https://example.com/Zo\u00eb"),
		Action: new(Action(6)), Active: new(true),
	}
	tests := []struct {
		name   string
		fields WebhookFields
		change func(*Webhook)
		want   []string
	}{
		{name: "equal, without a description", fields: fields, change: func(*Webhook) {}},
		{name: "same form", fields: fields, change: func(w *Webhook) { w.Name = new("Zoe\u0308") }},
		{name: "description", fields: fields, change: func(w *Webhook) { w.Description = new("old") }, want: []string{"Description"}},
		{name: "null", fields: fields, change: func(w *Webhook) { w.Name, w.Active = nil, nil }, want: []string{"Name", "Active"}},
		{name: "none set", change: func(w *Webhook) { *w = Webhook{Description: new("old")} }},
		{
			name: "all", fields: fields, change: func(w *Webhook) { *w = Webhook{Description: new("old")} },
			want: []string{"BusinessId", "Name", "Description", "URL", "Action", "Active"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := Webhook{
				BusinessID: new(int64(5001)), Name: new("Zo\u00eb"), URL: new("https://example.com/Zoe\u0308"), Action: new(Action(6)), Active: new(true),
			}
			test.change(&w)
			if got := test.fields.Differs(&w); !slices.Equal(got, test.want) {
				t.Errorf("Differs = %q, want %q", got, test.want)
			}
		})
	}
}

// Filters are sent as the API's parameters, and applied again, since the service ignores those that it does not know.
func TestWebhooks_filter(t *testing.T) {
	a := newAccount(t)
	a.RemoveWebhook(100)
	for i := range 100 {
		a.AddWebhook(simulator.Webhook{
			BusinessID: int64(i%3 + 1), Name: fmt.Sprint("webhook ", i%10), Description: new("not in lists"),
			URL: fmt.Sprintf("https://example.com/%d?key=&+", i%4), Action: int64(i%90 + 1), Active: i%5 != 0, ErrorCount: int64(i % 12),
		})
	}
	tests := []struct {
		name, query string
		filter      WebhookFilter
		want        func(i int) bool
	}{
		{name: "all", want: func(int) bool { return true }},
		{name: "location", filter: WebhookFilter{BusinessID: new(int64(2))}, query: "WebHook_Business=2", want: func(i int) bool { return i%3 == 1 }},
		{name: "action", filter: WebhookFilter{Action: new(Action(6))}, query: "WebHook_Action=6", want: func(i int) bool { return i%90 == 5 }},
		{name: "active", filter: WebhookFilter{Active: new(true)}, query: "WebHook_Active=true", want: func(i int) bool { return i%5 != 0 }},
		{name: "name", filter: WebhookFilter{Name: new("webhook 1")}, query: "WebHook_Name=webhook 1", want: func(i int) bool { return i%10 == 1 }},
		{
			name: "URL", filter: WebhookFilter{URL: new("https://example.com/1?key=&+")},
			query: "WebHook_URL=https://example.com/1?key=%26%2B", want: func(i int) bool { return i%4 == 1 },
		},
		{
			name: "switched off by Nexudus", filter: WebhookFilter{Active: new(false), MinErrorCount: new(int64(10))},
			query: "WebHook_Active=false&from_WebHook_ErrorCount=10", want: func(i int) bool { return i%5 == 0 && i%12 >= 10 },
		},
		{
			name: "errors", filter: WebhookFilter{MinErrorCount: new(int64(1)), MaxErrorCount: new(int64(9))},
			query: "from_WebHook_ErrorCount=1&to_WebHook_ErrorCount=9", want: func(i int) bool { return i%12 >= 1 && i%12 <= 9 },
		},
		{name: "none", filter: WebhookFilter{Name: new("")}, query: "WebHook_Name=", want: func(int) bool { return false }},
	}
	for _, ignored := range []bool{false, true} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s, ignored: %v", test.name, ignored), func(t *testing.T) {
				a.onRead("/webhooks", func(w http.ResponseWriter, r *http.Request) {
					query := r.URL.Query()
					maps.DeleteFunc(query, func(name string, _ []string) bool { return ignored && strings.Contains(name, "WebHook_") })
					r.URL.RawQuery = query.Encode()
					a.Handle(w, r)
				})
				var want []int64
				for i := range 100 {
					if test.want(i) {
						want = append(want, int64(101+i))
					}
				}
				all, err := a.client.Webhooks(t.Context(), test.filter)
				got := slices.Sorted(maps.Keys(a.client.webhooks.index(all)))
				if err != nil || !slices.Equal(got, want) || len(all) > 0 && all[0].Description != nil {
					t.Errorf("webhooks = %v, %v, want %v", got, err, want)
				}
				requests := a.Requests()
				wantQuery(t, requests[len(requests)-1].Query, test.query)
			})
		}
	}
}

// wantQuery checks the query of a list, without what all lists have.
func wantQuery(t *testing.T, got, want string) {
	t.Helper()
	query, _ := url.ParseQuery(got)
	wanted, _ := url.ParseQuery(want + "&orderBy=Id&page=1&size=1000")
	if !reflect.DeepEqual(query, wanted) {
		t.Errorf("query = %v, want %v", query, wanted)
	}
}

// Terraform passes the composed form of a text, whatever Nexudus has. A webhook without a count of errors has none.
func TestWebhooks_filterTexts(t *testing.T) {
	var sent url.Values
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		sent = r.URL.Query()
		serveJSON(200, `{"Records":[{"Id":1,"Name":"Zoe\u0308"},{"Id":2,"Name":"Zo\u00eb"},{"Id":3,"Name":"Zoe","ErrorCount":1}],"TotalItems":3}`)(w, r)
	})
	for _, test := range []struct {
		name   string
		filter WebhookFilter
		want   []int64
		sent   string
	}{
		{name: "composed", filter: WebhookFilter{Name: new("Zo\u00eb")}, want: []int64{1, 2}},
		{name: "ASCII", filter: WebhookFilter{Name: new("Zoe")}, want: []int64{3}, sent: "Zoe"},
		{name: "no errors", filter: WebhookFilter{MaxErrorCount: new(int64(0))}, want: []int64{1, 2}},
	} {
		all, err := c.Webhooks(t.Context(), test.filter)
		got := slices.Sorted(maps.Keys(c.webhooks.index(all)))
		if err != nil || !slices.Equal(got, test.want) || sent.Get("WebHook_Name") != test.sent {
			t.Errorf("%s: webhooks = %v, %v, sent %q; want %v and %q", test.name, got, err, sent.Get("WebHook_Name"), test.want, test.sent)
		}
	}
}

// A webhook with the same location, event and address is a possible duplicate, unless this client has read it or created it.
func TestPossibleDuplicates(t *testing.T) {
	a := newAccount(t)
	for id := range int64(7) {
		a.AddWebhook(twin(201 + id))
	}
	a.EditWebhook(201, func(w *simulator.Webhook) { w.Name, w.Description, w.Active = "another name", nil, false })
	a.EditWebhook(202, func(w *simulator.Webhook) { w.BusinessID = 5002 })
	a.EditWebhook(203, func(w *simulator.Webhook) { w.Action = 7 })
	a.EditWebhook(204, func(w *simulator.Webhook) { w.URL += "/" })
	if _, err := a.client.Webhook(t.Context(), 205); err != nil {
		t.Fatal(err)
	}
	for range 4 { // until a list is asked
		a.client.WebhookSummary(t.Context(), 206)
	}
	before := len(a.Requests())
	for range 2 {
		if got := a.client.PossibleDuplicates(t.Context(), orders); !slices.Equal(got, []int64{201, 207}) {
			t.Errorf("possible duplicates = %v, want 201 and 207", got)
		}
	}
	created, err := a.client.CreateWebhook(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.client.PossibleDuplicates(t.Context(), orders); !slices.Equal(got, []int64{201, 207}) {
		t.Errorf("possible duplicates = %v after the create of %d, want those of before", got, created.ID)
	}
	if n := len(a.Requests()) - before; n != 3 {
		t.Errorf("%d requests, want one list, one POST and one read", n)
	}
}

// The search is silent: one request at most, whatever the answer is, for all webhooks of a plan.
func TestPossibleDuplicates_failures(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"unavailable":   unavailable,
		"no permission": serve(401, "", ""),
		"reset":         reset,
		"hang":          hang,
		"HTML":          html,
		"no total":      serveJSON(200, `{"Records":[]}`),
	} {
		virtual(t, name, func(t *testing.T, a *account) {
			a.AddWebhook(twin(201))
			a.onRead("/webhooks", answer)
			started := time.Now()
			for range 20 {
				if got := a.client.PossibleDuplicates(t.Context(), orders); got != nil {
					t.Errorf("possible duplicates = %v, want none", got)
				}
			}
			requests := 1
			if name == "no total" {
				requests = 3 // passes
			}
			if took, n := time.Since(started), len(a.Requests()); n != requests || took > rest.DefaultRequestTimeout {
				t.Errorf("%d requests in %v, want %d", n, took, requests)
			}
			// The first create lists again, for itself.
			a.onRead("", nil)
			a.writes = []fault{after(reset)}
			if got, err := a.client.CreateWebhook(t.Context(), orders); err != nil || got.ID != 202 {
				t.Errorf("webhook = %+v, %v, want 202", got, err)
			}
		})
	}
}

// A list that somebody else asks for at the same moment is retried.
func TestPossibleDuplicates_beside(t *testing.T) {
	virtual(t, "list of all", func(t *testing.T, a *account) {
		a.onRead("/webhooks", func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			a.onRead("", nil)
			unavailable(w, r)
		})
		go a.client.PossibleDuplicates(t.Context(), orders)
		synctest.Wait()
		_, err := a.client.Webhooks(t.Context(), WebhookFilter{})
		wantKind(t, err, "")
	})
}

// A list taken after the first create has begun would show what this client creates.
func TestPossibleDuplicates_afterCreate(t *testing.T) {
	virtual(t, "list failed", func(t *testing.T, a *account) {
		a.AddWebhook(twin(201))
		a.onRead("/webhooks", html)
		if _, err := a.client.CreateWebhook(t.Context(), orders); err != nil {
			t.Fatal(err)
		}
		a.onRead("", nil)
		before := len(a.Requests())
		if got := a.client.PossibleDuplicates(t.Context(), orders); got != nil || len(a.Requests()) != before {
			t.Errorf("possible duplicates = %v after %d requests, want none", got, len(a.Requests())-before)
		}
	})
}
