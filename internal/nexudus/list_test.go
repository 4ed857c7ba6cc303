package nexudus

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// ids is a page of a list, as the API describes it.
type ids struct {
	Records     []map[string]int64
	HasNextPage *bool  `json:",omitempty"`
	TotalItems  *int64 `json:",omitempty"`
}

// idsOf returns a page of a list.
func idsOf(number, size int, all ...int64) ids {
	from, to := min((number-1)*size, len(all)), min(number*size, len(all))
	p := ids{Records: []map[string]int64{}, HasNextPage: new(to < len(all)), TotalItems: new(int64(len(all)))}
	for _, id := range all[from:to] {
		p.Records = append(p.Records, map[string]int64{"Id": id})
	}
	return p
}

// Each record is listed once, whatever the pages say about each other; a strict listing, whose caller relies on the
// absence of records, fails instead of missing one.
func TestList_pages(t *testing.T) {
	honest := func(number int) ids { return idsOf(number, 2, 1, 2, 3, 4, 5) }
	five := []int64{1, 2, 3, 4, 5}
	lie := func(change func(p *ids)) func(number, request int) ids {
		return func(number, _ int) ids {
			p := honest(number)
			change(&p)
			return p
		}
	}
	const (
		changed = "the pages contradict each other: 5 records were received, and the last total is 5"
		silent  = "the pages do not say how many records there are"
	)
	tests := []struct {
		name     string
		page     func(number, request int) ids
		want     []int64
		requests int
		reason   string
		strict   string // reason of a strict listing, if it is another one
		passes   int    // requests of a strict listing
	}{
		{name: "honest", page: lie(func(*ids) {}), want: five, requests: 3, passes: 6},
		{name: "empty", page: func(number, _ int) ids { return idsOf(number, 2) }, requests: 1, passes: 1},
		{name: "one page", page: func(number, _ int) ids { return idsOf(number, 9, five...) }, want: five, requests: 1, passes: 1},
		{name: "in no order", page: func(number, _ int) ids { return idsOf(number, 2, 5, 3, 1, 4, 2) }, want: five, requests: 3, passes: 6},
		{name: "last page repeated for ever", page: func(number, _ int) ids {
			p := honest(min(number, 3))
			p.HasNextPage = new(true)
			return p
		}, want: five, requests: 4, passes: 8},
		{name: "HasNextPage always true", page: lie(func(p *ids) { p.HasNextPage = new(true) }), want: five, requests: 4, passes: 8},
		{name: "HasNextPage never true", page: lie(func(p *ids) { p.HasNextPage = new(false) }), want: five, requests: 3, passes: 6},
		{name: "total alone", page: lie(func(p *ids) { p.HasNextPage = nil }), want: five, requests: 3, passes: 6},
		{name: "no total", page: lie(func(p *ids) { p.TotalItems = nil }), want: five, requests: 3, strict: silent, passes: 9},
		{name: "neither", page: lie(func(p *ids) { *p = ids{Records: p.Records} }), want: five, requests: 4, strict: silent, passes: 12},
		{
			name: "total too large", page: lie(func(p *ids) { p.TotalItems = new(int64(99)) }), want: five, requests: 8,
			strict: "the pages contradict each other: 5 records were received, and the last total is 99", passes: 12,
		},
		{
			name: "total too small", page: lie(func(p *ids) { p.TotalItems = new(int64(0)) }), want: five, requests: 6,
			strict: "the pages contradict each other: 5 records were received, and the last total is 0", passes: 9,
		},
		{name: "another total on the last page", page: func(number, _ int) ids {
			p := honest(number)
			p.TotalItems = new(int64(number + 2))
			return p
		}, want: five, requests: 6, strict: changed, passes: 9},
		{
			name: "record on two pages", page: func(number, _ int) ids { return idsOf(number, 2, 1, 2, 2, 3) }, want: []int64{1, 2, 3}, requests: 6,
			strict: "the pages contradict each other: 3 records were received, and the last total is 4", passes: 9,
		},
		{
			name: "page ignored", page: func(int, int) ids { return honest(1) }, requests: 6,
			reason: "the pages contradict each other: 2 records were received, and the last total is 5", passes: 6,
		},
		{name: "one deleted after the first page", page: func(number, request int) ids {
			if request == 1 {
				return honest(number)
			}
			return idsOf(number, 2, 2, 3, 4, 5)
		}, want: []int64{2, 3, 4, 5}, requests: 4, passes: 6},
		// The total stays, and the record 3 is on no page of the first pass.
		{name: "one created and one deleted after the first page", page: func(number, request int) ids {
			if request == 1 {
				return honest(number)
			}
			return idsOf(number, 2, 2, 3, 4, 5, 6)
		}, want: []int64{1, 2, 4, 5, 6}, requests: 3, passes: 9},
		{name: "another one each time", page: func(_, request int) ids {
			p := idsOf(1, 1, int64(request))
			p.TotalItems = new(int64(0))
			return p
		}, requests: 3, reason: "the pages contradict each other: 1 records were received, and the last total is 0", passes: 3},
		{name: "no end", page: func(number, _ int) ids {
			p := idsOf(1, 1, int64(number))
			p.HasNextPage = new(true)
			return p
		}, requests: 1000, reason: "there are more than 1000 pages", passes: 1000},
	}
	for _, test := range tests {
		for _, strict := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, strict %v", test.name, strict), func(t *testing.T) {
				requests := 0
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					requests++
					number, _ := strconv.Atoi(r.URL.Query().Get("page"))
					json.NewEncoder(w).Encode(test.page(number, requests))
				})
				want, wantReason, wantRequests := test.want, test.reason, test.requests
				if strict {
					wantReason, wantRequests = cmp.Or(test.strict, test.reason), test.passes
				}
				got, err := c.webhooks.all(t.Context(), listing[Webhook]{strict: strict})
				var ids []int64
				for _, w := range got {
					ids = append(ids, w.ID)
				}
				if wantReason != "" {
					want = nil
					if failure := wantKind(t, err, rest.KindIncomplete); failure.Reason != wantReason {
						t.Errorf("reason = %q, want %q", failure.Reason, wantReason)
					}
				} else if wantKind(t, err, ""); strict && strings.HasPrefix(test.name, "one created") {
					want = []int64{2, 3, 4, 5, 6}
				}
				if !slices.Equal(ids, want) || requests != wantRequests {
					t.Errorf("%v after %d requests, want %v after %d", ids, requests, want, wantRequests)
				}
			})
		}
	}
}

// A response that is not a page is an error, never an empty list.
func TestList_otherResponses(t *testing.T) {
	const unexpected = "200: unexpected response: "
	tests := []struct{ name, body, want string }{
		{name: "empty", body: ``, want: unexpected + "an empty body"},
		{name: "null", body: `null`, want: unexpected + "the JSON value null (4 bytes) without Records"},
		{name: "no records", body: `{"TotalItems":1}`, want: unexpected + "a JSON object (16 bytes) without Records"},
		{name: "no ID", body: `{"Records":[{"Id":1},{}]}`, want: unexpected + "a JSON object (25 bytes) in which a record has no Id"},
		{name: "null record", body: `{"Records":[null]}`, want: unexpected + "a JSON object (18 bytes) in which a record has no Id"},
		{name: "rejected", body: `{"WasSuccessful":false,"Message":"Not today"}`, want: "200: rejected: Not today"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := newTestClient(t, serveJSON(200, test.body)).Webhooks(t.Context(), WebhookFilter{})
			wantText(t, err, "list webhooks, page 1: "+test.want)
		})
	}
	// An empty list may be null. Any 404 to a list is about the address.
	all, err := newTestClient(t, serveJSON(200, `{"Records":null,"TotalItems":0}`)).Webhooks(t.Context(), WebhookFilter{})
	if err != nil || len(all) != 0 {
		t.Errorf("webhooks = %v, %v, want none", all, err)
	}
	_, err = newTestClient(t, notFound).Webhooks(t.Context(), WebhookFilter{})
	wantKind(t, err, rest.KindUnexpected)
}

// fleet returns an account with n webhooks, from 1 on.
func fleet(t *testing.T, n int) *account {
	a := newAccount(t)
	a.RemoveWebhook(100)
	for i := range n {
		a.AddWebhook(simulator.Webhook{ID: int64(i + 1), BusinessID: 5001, Name: "fleet", URL: "https://example.com", Action: 6})
	}
	return a
}

// summaries asks for the summaries of the webhooks 1 to n at once, and returns how many there are.
func summaries(ctx context.Context, c *Client, n int) int {
	var found atomic.Int64
	var group sync.WaitGroup
	for id := range n {
		group.Go(func() {
			if w := c.WebhookSummary(ctx, int64(id+1)); w != nil && w.ID == int64(id+1) {
				found.Add(1)
			}
		})
	}
	group.Wait()
	return int(found.Load())
}

// A fleet of a thousand is read in a few requests: the first three reads of a client are single ones, and one list
// answers the others, for a minute and until the first write.
func TestSummary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := fleet(t, 1000)
		listed := 0
		a.onRead("/webhooks", func(w http.ResponseWriter, r *http.Request) {
			listed++
			time.Sleep(time.Second) // so that others ask meanwhile
			a.Handle(w, r)
		})
		check := func(when string, n, want, wantLists int) {
			t.Helper()
			if got := summaries(t.Context(), a.client, n); got != want || listed != wantLists {
				t.Errorf("%s: %d summaries, %d lists, want %d and %d", when, got, listed, want, wantLists)
			}
		}
		check("the first", 3, 0, 0)
		check("more than there are", 1010, 1000, 1)
		time.Sleep(59 * time.Second)
		check("within a minute", 1000, 1000, 1)
		time.Sleep(time.Second)
		check("after a minute", 1000, 1000, 2)
		a.client.WebhookSummary(t.Context(), 1).Name = new("changed")
		if name := *a.client.WebhookSummary(t.Context(), 1).Name; name != "fleet" {
			t.Errorf("Name = %q, which another caller has set", name)
		}

		a.writes = []fault{slow(5 * time.Second)}
		var group sync.WaitGroup
		group.Go(func() { wantKind(t, a.client.DeleteWebhook(t.Context(), 1), "") })
		synctest.Wait()
		check("during a write", 1000, 0, 2)
		group.Wait()
		time.Sleep(time.Minute)
		check("after a write", 1000, 0, 2)
	})
}

// A list that fails is not asked for by each record, but again after a minute.
func TestSummary_failure(t *testing.T) {
	for name, test := range map[string]struct {
		list     http.HandlerFunc
		requests int
	}{
		"no permission":        {serve(401, "", ""), 1},
		"truncated":            {serveJSON(200, `{"Records":[{"Id":1},`), 1},
		"unavailable":          {unavailable, 1 + rest.DefaultMaxRetries},
		"never answered":       {hang, 1 + rest.DefaultMaxRetries},
		"fewer than announced": {serveJSON(200, `{"Records":[{"Id":1}],"TotalItems":2,"HasNextPage":true}`), 6},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := fleet(t, 50)
				a.onRead("/webhooks", test.list)
				for range 2 {
					if got := summaries(t.Context(), a.client, 50); got != 0 {
						t.Errorf("%d summaries, want none", got)
					}
				}
				if n := a.sent("GET"); n != test.requests {
					t.Errorf("%d requests, want %d", n, test.requests)
				}
				a.onRead("", nil)
				time.Sleep(time.Minute)
				if got := summaries(t.Context(), a.client, 50); got != 50 {
					t.Errorf("%d summaries after a minute, want all", got)
				}
			})
		})
	}
}

// A list that was cancelled has not failed: others read it again.
func TestSummary_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := fleet(t, 50)
		summaries(t.Context(), a.client, 3)
		a.onRead("/webhooks", hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if w := a.client.WebhookSummary(ctx, 1); w != nil {
			t.Errorf("summary = %+v, want none", w)
		}
		a.onRead("", nil)
		if got := summaries(t.Context(), a.client, 50); got != 50 {
			t.Errorf("%d summaries afterwards, want all", got)
		}
	})
}
