package nexudus

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func pointers(ids ...int64) []*int64 {
	all := make([]*int64, len(ids))
	for i := range ids {
		all[i] = &ids[i]
	}
	return all
}

// pagesOf cuts Ids into pages and describes them as the API does.
func pagesOf(size int, ids ...int64) func(number int) page[int64] {
	return func(number int) page[int64] {
		from, to := min((number-1)*size, len(ids)), min(number*size, len(ids))
		return page[int64]{Records: pointers(ids[from:to]...), HasNextPage: new(to < len(ids)), TotalItems: new(int64(len(ids)))}
	}
}

func TestList(t *testing.T) {
	honest := pagesOf(2, 1, 2, 3, 4, 5)
	tests := []struct {
		name     string
		read     func(number, request int) page[int64]
		want     []int64
		reason   string
		requests int
	}{
		{
			name:     "honest",
			read:     func(number, _ int) page[int64] { return honest(number) },
			want:     []int64{1, 2, 3, 4, 5},
			reason:   "",
			requests: 3,
		},
		{name: "empty", read: func(number, _ int) page[int64] { return pagesOf(2)(number) }, want: []int64{}, reason: "", requests: 1},
		{
			name:     "in no order",
			read:     func(number, _ int) page[int64] { return pagesOf(2, 5, 3, 1, 4, 2)(number) },
			want:     []int64{1, 2, 3, 4, 5},
			reason:   "",
			requests: 3,
		},
		{name: "last page repeated for ever", read: func(number, _ int) page[int64] {
			p := honest(min(number, 3))
			p.HasNextPage = new(true)
			return p
		}, want: []int64{1, 2, 3, 4, 5}, reason: "", requests: 4},
		{name: "HasNextPage always true, then empty pages", read: func(number, _ int) page[int64] {
			p := honest(number)
			p.HasNextPage = new(true)
			return p
		}, want: []int64{1, 2, 3, 4, 5}, reason: "", requests: 4},
		{name: "HasNextPage never true", read: func(number, _ int) page[int64] {
			p := honest(number)
			p.HasNextPage = new(false)
			return p
		}, want: []int64{1, 2, 3, 4, 5}, reason: "", requests: 3},
		{name: "total too large", read: func(number, _ int) page[int64] {
			p := honest(number)
			p.TotalItems = new(int64(99))
			return p
		}, want: []int64{1, 2, 3, 4, 5}, reason: "", requests: 8},
		{name: "total too small", read: func(number, _ int) page[int64] {
			p := honest(number)
			p.TotalItems = new(int64(0))
			return p
		}, want: []int64{1, 2, 3, 4, 5}, reason: "", requests: 6},
		{
			name:     "no word of further pages",
			read:     func(number, _ int) page[int64] { return page[int64]{Records: honest(number).Records} },
			want:     []int64{1, 2, 3, 4, 5},
			reason:   "",
			requests: 4,
		},
		{name: "the total alone", read: func(number, _ int) page[int64] {
			p := honest(number)
			p.HasNextPage = nil
			return p
		}, want: []int64{1, 2, 3, 4, 5}, reason: "", requests: 3},
		{
			name:     "a record on two pages",
			read:     func(number, _ int) page[int64] { return pagesOf(2, 1, 2, 2, 3)(number) },
			want:     []int64{1, 2, 3},
			reason:   "",
			requests: 6,
		},
		{
			name:     "page ignored",
			read:     func(int, int) page[int64] { return honest(1) },
			want:     nil,
			reason:   "2 of 5 records were received, and later pages contain no others",
			requests: 4,
		},
		{name: "moved to the page before", read: func(number, request int) page[int64] {
			if request == 2 {
				return page[int64]{Records: pointers(2, 4), HasNextPage: new(true), TotalItems: new(int64(5))}
			}
			return honest(number)
		}, want: []int64{1, 2, 3, 4, 5}, reason: "", requests: 7},
		{name: "one deleted after the first page", read: func(number, request int) page[int64] {
			if request == 1 {
				return honest(number)
			}
			return pagesOf(2, 2, 3, 4, 5)(number)
		}, want: []int64{2, 3, 4, 5}, reason: "", requests: 4},
		{name: "another one each time", read: func(_, request int) page[int64] {
			return page[int64]{Records: pointers(int64(request)), HasNextPage: new(false), TotalItems: new(int64(0))}
		}, want: nil, reason: "the records changed each time they were read", requests: 3},
		{name: "no end", read: func(number, _ int) page[int64] {
			return page[int64]{Records: pointers(int64(number)), HasNextPage: new(true), TotalItems: new(int64(1_000_000))}
		}, want: nil, reason: "there are more than 1000 pages", requests: 1000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			requests := 0
			records, err := walkPages(func(number int) (page[int64], error) {
				requests++
				return test.read(number, requests), nil
			}, func(id *int64) int64 { return *id }, false)
			var got []int64
			if err == nil {
				got = make([]int64, 0)
			}
			for _, id := range records {
				got = append(got, *id)
			}
			reason := ""
			if err != nil {
				reason = err.Error()
			}
			if !reflect.DeepEqual(got, test.want) || reason != test.reason || requests != test.requests {
				t.Errorf("%v, %q after %d requests, want %v, %q after %d", got, reason, requests, test.want, test.reason, test.requests)
			}
		})
	}
}

// account is a simulated account with n webhooks on three locations, and a
// client of it without pacing.
func account(t *testing.T, n int) (*simulator.Server, *Client) {
	t.Helper()
	server := &simulator.Server{LimitFactor: -1}
	server.AddUser(simulator.User{Username: "a@example.com"})
	for i := range n {
		server.AddWebhook(simulator.Webhook{
			BusinessID: int64(i%3 + 1), Name: fmt.Sprintf("webhook %d", i%10), Description: new("not in listings"),
			URL: fmt.Sprintf("https://example.com/%d?key=&+", i%4), Action: int64(i%90 + 1), Active: i%5 != 0, ErrorCount: int64(i % 12),
		})
	}
	token := server.IssueToken("a@example.com")
	return server, newTestClient(t, server.ServeHTTP, func(c *Config) {
		c.Auth, c.MaxRequestsPerSecond = Token{NewSecret(token)}, 0
	})
}

// A list whose pages announce different totals does not prove that a record is absent.
func TestList_differentTotals(t *testing.T) {
	read := func(number int) (page[int64], error) {
		if number == 1 {
			return page[int64]{Records: pointers(1), HasNextPage: new(true), TotalItems: new(int64(2))}, nil
		}
		return page[int64]{Records: pointers(2), HasNextPage: new(false)}, nil
	}
	id := func(id *int64) int64 { return *id }
	if got, err := walkPages(read, id, true); err == nil || err.Error() != "the pages announce different totals" {
		t.Errorf("records = %v, %v, want an error about the totals", got, err)
	}
	if got, err := walkPages(read, id, false); len(got) != 2 || err != nil {
		t.Errorf("records = %v, %v, want both if nothing depends on it", got, err)
	}
}

func TestClient_webhooks(t *testing.T) {
	server, c := account(t, 1000)
	for _, test := range []struct {
		size     int
		requests int
	}{{size: 0, requests: 1}, {size: 25, requests: 40}, {size: 300, requests: 4}} {
		server.MaxPageSize = test.size
		before := len(server.Requests())
		got, err := c.Webhooks(t.Context(), WebhookFilter{})
		if err != nil || len(got) != 1000 {
			t.Fatalf("%d webhooks, %v, want 1000", len(got), err)
		}
		if n := len(server.Requests()) - before; n != test.requests {
			t.Errorf("%d requests with pages of %d, want %d", n, test.size, test.requests)
		}
		for i, w := range got {
			if w.ID != int64(i+1) || w.Description != nil {
				t.Fatalf("webhook %d has the Id %d and a description %v", i, w.ID, w.Description)
			}
		}
	}
}

// Filters are sent as the API's parameters. They also work if the server ignores them.
func TestClient_webhooksFilter(t *testing.T) {
	server, c := account(t, 100)
	count := func(matches func(i int) bool) (n int) {
		for i := range 100 {
			if matches(i) {
				n++
			}
		}
		return n
	}
	tests := []struct {
		name   string
		filter WebhookFilter
		query  string
		want   int
	}{
		{
			name:   "business",
			filter: WebhookFilter{BusinessID: new(int64(2))},
			query:  "WebHook_Business=2",
			want:   count(func(i int) bool { return i%3 == 1 }),
		},
		{
			name:   "action",
			filter: WebhookFilter{Action: new(Action(6))},
			query:  "WebHook_Action=6",
			want:   count(func(i int) bool { return i%90 == 5 }),
		},
		{
			name:   "active",
			filter: WebhookFilter{Active: new(true)},
			query:  "WebHook_Active=true",
			want:   count(func(i int) bool { return i%5 != 0 }),
		},
		{
			name:   "not active",
			filter: WebhookFilter{Active: new(false)},
			query:  "WebHook_Active=false",
			want:   count(func(i int) bool { return i%5 == 0 }),
		},
		{name: "name", filter: WebhookFilter{Name: new("webhook 1")}, query: "WebHook_Name=webhook+1", want: 10},
		{
			name:   "URL",
			filter: WebhookFilter{URL: new("https://example.com/1?key=&+")},
			query:  "WebHook_URL=https%3A%2F%2Fexample.com%2F1%3Fkey%3D%26%2B",
			want:   25,
		},
		{
			name:   "errors from",
			filter: WebhookFilter{MinErrorCount: new(int64(10))},
			query:  "from_WebHook_ErrorCount=10",
			want:   count(func(i int) bool { return i%12 >= 10 }),
		},
		{
			name:   "errors to",
			filter: WebhookFilter{MaxErrorCount: new(int64(0))},
			query:  "to_WebHook_ErrorCount=0",
			want:   count(func(i int) bool { return i%12 == 0 }),
		},
		{
			name:   "all that Nexudus switched off",
			filter: WebhookFilter{Active: new(false), MinErrorCount: new(int64(10))},
			query:  "WebHook_Active=false&from_WebHook_ErrorCount=10",
			want:   count(func(i int) bool { return i%5 == 0 && i%12 >= 10 }),
		},
		{name: "none", filter: WebhookFilter{Name: new("")}, query: "WebHook_Name=", want: 0},
	}
	for _, ignored := range []bool{false, true} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s, ignored %v", test.name, ignored), func(t *testing.T) {
				server.SetHook(nil)
				if ignored {
					server.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
						query := r.URL.Query()
						maps.DeleteFunc(query, func(name string, _ []string) bool { return strings.Contains(name, "WebHook_") })
						r.URL.RawQuery = query.Encode()
						return false
					})
				}
				got, err := c.Webhooks(t.Context(), test.filter)
				if err != nil || len(got) != test.want {
					t.Errorf("%d webhooks, %v, want %d", len(got), err, test.want)
				}
				requests := server.Requests()
				if query := requests[len(requests)-1].Query; query != test.query+"&orderBy=Id&page=1&size=1000" {
					sent, _ := url.ParseQuery(query)
					want, _ := url.ParseQuery(test.query + "&orderBy=Id&page=1&size=1000")
					if !reflect.DeepEqual(sent, want) {
						t.Errorf("query = %s, want %s", query, test.query)
					}
				}
			})
		}
	}
}

// A response that is not a page is an error, never an empty list.
func TestClient_webhooksErrors(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{name: "nothing", body: ``, want: "list webhooks, page 1: 200: unexpected response: an empty body"},
		{
			name: "null",
			body: `null`,
			want: "list webhooks, page 1: 200: unexpected response: the JSON value null (application/json, 4 bytes) without Records",
		},
		{name: "array", body: `[]`, want: "list webhooks, page 1: 200: unexpected response: a JSON array (application/json, 2 bytes)"},
		{
			name: "no records",
			body: `{"TotalItems":1}`,
			want: "list webhooks, page 1: 200: unexpected response: a JSON object (application/json, 16 bytes) without Records",
		},
		{
			name: "truncated",
			body: `{"Records":[{"Id":1}`,
			want: "list webhooks, page 1: 200: unexpected response: invalid JSON (application/json, 20 bytes)",
		},
		{
			name: "wrong type",
			body: `{"Records":[{"Id":1},{"Id":2,"Name":3}]}`,
			want: "list webhooks, page 1: 200: unexpected response: the field Name with a JSON number instead of the JSON type string",
		},
		{
			name: "wrong count",
			body: `{"Records":[],"TotalItems":"many"}`,
			want: "list webhooks, page 1: 200: unexpected response: the field TotalItems with a JSON string instead of the JSON type integer",
		},
		{
			name: "no Id",
			body: `{"Records":[{"Id":1},{}]}`,
			want: "list webhooks, page 1: 200: unexpected response: a JSON object (application/json, 25 bytes) in which a record has no Id",
		},
		{
			name: "null",
			body: `{"Records":[null]}`,
			want: "list webhooks, page 1: 200: unexpected response: a JSON object (application/json, 18 bytes) in which a record has no Id",
		},
		{name: "no", body: `{"WasSuccessful":false,"Message":"Not today"}`, want: "list webhooks, page 1: 200: rejected: Not today"},
		{
			name: "more records than asked for by far",
			body: `{"Records":[` + strings.Repeat("0,", 10_000) + `0]}`,
			want: "list webhooks, page 1: 200: unexpected response: a page of more than 10000 records",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := newTestClient(t, serveJSON(http.StatusOK, test.body)).Webhooks(t.Context(), WebhookFilter{})
			if err == nil || err.Error() != test.want {
				t.Errorf("error = %v, want %s", err, test.want)
			}
		})
	}
}

// An empty list may be null.
func TestClient_webhooksNull(t *testing.T) {
	webhooks, err := newTestClient(t, serveJSON(http.StatusOK, `{"Records":null,"TotalItems":0}`)).Webhooks(t.Context(), WebhookFilter{})
	if err != nil || len(webhooks) != 0 {
		t.Errorf("webhooks = %v, %v, want none", webhooks, err)
	}
}

// Terraform passes the composed form of a text, whatever Nexudus holds.
func TestClient_webhooksNormalForms(t *testing.T) {
	const composed, decomposed = "Zo\u00eb", "Zoe\u0308"
	var sent url.Values
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		sent = r.URL.Query()
		serveJSON(
			http.StatusOK,
			`{"Records":[{"Id":1,"Name":"`+decomposed+`"},{"Id":2,"Name":"`+composed+`"},{"Id":3,"Name":"Zoe"}],"TotalItems":3}`,
		)(w, r)
	})
	webhooks, err := c.Webhooks(t.Context(), WebhookFilter{Name: new(composed), URL: nil})
	if err != nil || len(webhooks) != 2 || webhooks[0].ID != 1 || webhooks[1].ID != 2 {
		t.Errorf("webhooks = %v, %v, want both forms", webhooks, err)
	}
	if sent.Has("WebHook_Name") {
		t.Error("sent a filter that Nexudus may hold in another form")
	}
	webhooks, err = c.Webhooks(t.Context(), WebhookFilter{Name: new("Zoe")})
	if err != nil || len(webhooks) != 1 || sent.Get("WebHook_Name") != "Zoe" {
		t.Errorf("webhooks = %v, %v, sent %v; want one, and the filter", webhooks, err, sent)
	}
}

// Time and memory grow with the number of records, not faster.
func BenchmarkWebhooks(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		record := `{"Id":%d,"BusinessId":5001,"Name":"Door access","URL":"https://example.com/hook?key=1","Action":6,"Active":true,"ErrorCount":0,` +
			`"LastTrigger":"2025-01-15T10:30:00Z","CreatedOn":"2025-01-15T10:30:00Z","UpdatedOn":"2025-01-15T10:30:00Z","UpdatedBy":"a@example.com"}`
		var pages [][]byte
		for ids := range slices.Chunk(slices.Repeat([]int{0}, n), pageSize) {
			records := make([]json.RawMessage, len(ids))
			for i := range ids {
				records[i] = fmt.Appendf(nil, record, len(pages)*pageSize+i+1)
			}
			body, err := json.Marshal(map[string]any{"Records": records, "TotalItems": n, "HasNextPage": (len(pages)+1)*pageSize < n})
			if err != nil {
				b.Fatal(err)
			}
			pages = append(pages, body)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			number, _ := strconv.Atoi(r.URL.Query().Get("page"))
			w.Header().Set("Content-Type", "application/json")
			w.Write(pages[number-1])
		}))
		b.Cleanup(server.Close)
		base, err := ParseBaseURL(server.URL)
		if err != nil {
			b.Fatal(err)
		}
		c := New(Config{BaseURL: base, Auth: Token{NewSecret("t")}})
		b.Cleanup(c.Close)
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				got, err := c.Webhooks(b.Context(), WebhookFilter{})
				if err != nil || len(got) != n {
					b.Fatalf("%d webhooks, %v", len(got), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/record")
		})
	}
}

// An endless list is given up before it fills the memory, even if each page is within
// the limits for one page.
func TestPaging_bounded(t *testing.T) {
	name := strings.Repeat("n", 7<<20)
	tests := []struct {
		name   string
		page   func(b *strings.Builder, number int)
		pages  int // read at most
		reason string
		slow   bool
	}{
		{
			name: "many records",
			page: func(b *strings.Builder, number int) {
				for i := range 10_000 {
					fmt.Fprintf(b, `{"Id":%d},`, number*10_000+i)
				}
			},
			pages:  21,
			reason: "there are more than 200000 records",
		},
		{
			name:   "large records",
			page:   func(b *strings.Builder, number int) { fmt.Fprintf(b, `{"Id":%d,"Name":"%s"},`, number, name) },
			pages:  19,
			reason: "they are larger than 128 MiB",
			slow:   true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if raceEnabled && test.slow {
				t.Skip("the race detector makes it take a minute")
			}
			requests := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				number, err := strconv.Atoi(r.URL.Query().Get("page"))
				if err != nil || number > 2*test.pages {
					t.Errorf("page %d: %v", number, err)
					w.WriteHeader(http.StatusNotFound)
					return
				}
				requests++
				var b strings.Builder
				b.WriteString(`{"HasNextPage":true,"Records":[`)
				test.page(&b, number)
				serveJSON(200, strings.TrimSuffix(b.String(), ",")+"]}")(w, r)
			}, func(c *Config) { c.MaxRequestsPerSecond = 0 })
			_, err := c.Webhooks(t.Context(), WebhookFilter{})
			if failure := failureOf(t, err); failure.Kind != KindIncomplete || failure.Reason != test.reason || requests > test.pages {
				t.Errorf("error = %v after %d pages, want %q after %d", failure, requests, test.reason, test.pages)
			}
		})
	}
}

// An account as large as the limit allows is read in full.
func TestPaging_large(t *testing.T) {
	const pages, size = 20, 10_000
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		number, _ := strconv.Atoi(r.URL.Query().Get("page"))
		var b strings.Builder
		for i := range size {
			fmt.Fprintf(&b, `{"Id":%d},`, (number-1)*size+i+1)
		}
		serveJSON(200, fmt.Sprintf(`{"TotalItems":%d,"Records":[%s]}`, pages*size, strings.TrimSuffix(b.String(), ",")))(w, r)
	}, func(c *Config) { c.MaxRequestsPerSecond = 0 })
	webhooks, err := c.Webhooks(t.Context(), WebhookFilter{})
	if err != nil || len(webhooks) != pages*size || webhooks[pages*size-1].ID != pages*size {
		t.Errorf("%d webhooks, %v, want %d", len(webhooks), err, pages*size)
	}
}
