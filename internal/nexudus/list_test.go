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

// pagesOf cuts Ids into pages and describes them as the API does.
func pagesOf(size int, ids ...int) func(number int) page[int] {
	return func(number int) page[int] {
		from, to := min((number-1)*size, len(ids)), min(number*size, len(ids))
		return page[int]{Records: ids[from:to], HasNextPage: new(to < len(ids)), TotalItems: new(int64(len(ids)))}
	}
}

// Row D11.
func TestList(t *testing.T) {
	honest := pagesOf(2, 1, 2, 3, 4, 5)
	tests := []struct {
		name     string
		read     func(number, request int) page[int]
		want     []int
		reason   string
		requests int
	}{
		{"honest", func(number, _ int) page[int] { return honest(number) }, []int{1, 2, 3, 4, 5}, "", 3},
		{"empty", func(number, _ int) page[int] { return pagesOf(2)(number) }, []int{}, "", 1},
		{"in no order", func(number, _ int) page[int] { return pagesOf(2, 5, 3, 1, 4, 2)(number) }, []int{1, 2, 3, 4, 5}, "", 3},
		{"last page repeated for ever", func(number, _ int) page[int] {
			p := honest(min(number, 3))
			p.HasNextPage = new(true)
			return p
		}, []int{1, 2, 3, 4, 5}, "", 4},
		{"HasNextPage always true, then empty pages", func(number, _ int) page[int] {
			p := honest(number)
			p.HasNextPage = new(true)
			return p
		}, []int{1, 2, 3, 4, 5}, "", 4},
		{"HasNextPage never true", func(number, _ int) page[int] {
			p := honest(number)
			p.HasNextPage = new(false)
			return p
		}, []int{1, 2, 3, 4, 5}, "", 3},
		{"total too large", func(number, _ int) page[int] {
			p := honest(number)
			p.TotalItems = new(int64(99))
			return p
		}, []int{1, 2, 3, 4, 5}, "", 8},
		{"total too small", func(number, _ int) page[int] {
			p := honest(number)
			p.TotalItems = new(int64(0))
			return p
		}, []int{1, 2, 3, 4, 5}, "", 6},
		{"no word of further pages", func(number, _ int) page[int] { return page[int]{Records: honest(number).Records} }, []int{1, 2, 3, 4, 5}, "", 4},
		{"the total alone", func(number, _ int) page[int] {
			p := honest(number)
			p.HasNextPage = nil
			return p
		}, []int{1, 2, 3, 4, 5}, "", 3},
		{"a record on two pages", func(number, _ int) page[int] { return pagesOf(2, 1, 2, 2, 3)(number) }, []int{1, 2, 3}, "", 6},
		{"page ignored", func(int, int) page[int] { return honest(1) }, nil, "2 of 5 records came, and the pages after them bring no others", 4},
		{"moved to the page before", func(number, request int) page[int] {
			if request == 2 {
				return page[int]{Records: []int{2, 4}, HasNextPage: new(true), TotalItems: new(int64(5))}
			}
			return honest(number)
		}, []int{1, 2, 3, 4, 5}, "", 7},
		{"one deleted after the first page", func(number, request int) page[int] {
			if request == 1 {
				return honest(number)
			}
			return pagesOf(2, 2, 3, 4, 5)(number)
		}, []int{2, 3, 4, 5}, "", 4},
		{"another one each time", func(_, request int) page[int] {
			return page[int]{Records: []int{request}, HasNextPage: new(false), TotalItems: new(int64(0))}
		}, nil, "the records changed each time while they were read", 3},
		{"no end", func(number, _ int) page[int] {
			return page[int]{Records: []int{number}, HasNextPage: new(true), TotalItems: new(int64(1_000_000))}
		}, nil, "there are more than 1000 of them", 1000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			requests := 0
			got, err := list(&call{name: "list webhooks"},
				func(number int) (page[int], error) {
					requests++
					return test.read(number, requests), nil
				},
				func(id int) int64 { return int64(id) },
			)
			reason := ""
			if err != nil {
				failure := failureOf(t, err)
				if failure.Kind != KindIncomplete || failure.Call != "list webhooks" {
					t.Errorf("error = %v, want an incomplete list", err)
				}
				reason = failure.Reason
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

func TestClient_webhooks(t *testing.T) {
	server, c := account(t, 1000)
	for _, test := range []struct {
		size     int
		requests int
	}{{0, 1}, {25, 40}, {300, 4}} {
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

// Filters reach the API in its own words, and hold although the server ignores
// them: row D11.
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
		{"business", WebhookFilter{BusinessID: new(int64(2))}, "WebHook_Business=2", count(func(i int) bool { return i%3 == 1 })},
		{"action", WebhookFilter{Action: new(Action(6))}, "WebHook_Action=6", count(func(i int) bool { return i%90 == 5 })},
		{"active", WebhookFilter{Active: new(true)}, "WebHook_Active=true", count(func(i int) bool { return i%5 != 0 })},
		{"not active", WebhookFilter{Active: new(false)}, "WebHook_Active=false", count(func(i int) bool { return i%5 == 0 })},
		{"name", WebhookFilter{Name: new("webhook 1")}, "WebHook_Name=webhook+1", 10},
		{"URL", WebhookFilter{URL: new("https://example.com/1?key=&+")}, "WebHook_URL=https%3A%2F%2Fexample.com%2F1%3Fkey%3D%26%2B", 25},
		{"errors from", WebhookFilter{MinErrorCount: new(int64(10))}, "from_WebHook_ErrorCount=10", count(func(i int) bool { return i%12 >= 10 })},
		{"errors to", WebhookFilter{MaxErrorCount: new(int64(0))}, "to_WebHook_ErrorCount=0", count(func(i int) bool { return i%12 == 0 })},
		{"all that Nexudus switched off", WebhookFilter{Active: new(false), MinErrorCount: new(int64(10))}, "WebHook_Active=false&from_WebHook_ErrorCount=10",
			count(func(i int) bool { return i%5 == 0 && i%12 >= 10 })},
		{"none", WebhookFilter{Name: new("")}, "WebHook_Name=", 0},
	}
	for _, ignored := range []bool{false, true} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s, ignored %v", test.name, ignored), func(t *testing.T) {
				server.Answer = nil
				if ignored {
					server.Answer = func(_ http.ResponseWriter, r *http.Request) bool {
						query := r.URL.Query()
						maps.DeleteFunc(query, func(name string, _ []string) bool { return strings.Contains(name, "WebHook_") })
						r.URL.RawQuery = query.Encode()
						return false
					}
				}
				got, err := c.Webhooks(t.Context(), test.filter)
				if err != nil || len(got) != test.want {
					t.Errorf("%d webhooks, %v, want %d", len(got), err, test.want)
				}
				requests := server.Requests()
				if query := requests[len(requests)-1].Query; query != test.query+"&dir=1&orderBy=Id&page=1&size=1000" {
					sent, _ := url.ParseQuery(query)
					want, _ := url.ParseQuery(test.query + "&dir=1&orderBy=Id&page=1&size=1000")
					if !reflect.DeepEqual(sent, want) {
						t.Errorf("query = %s, want %s", query, test.query)
					}
				}
			})
		}
	}
}

// A page that is none is an error, never an empty list.
func TestClient_webhooksErrors(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"D1 nothing", ``, "list webhooks, page 1: 200: unexpected answer: an empty body"},
		{"D1 null", `null`, "list webhooks, page 1: 200: unexpected answer: the JSON value null (application/json, 4 bytes), which has no Records"},
		{"D1 array", `[]`, "list webhooks, page 1: 200: unexpected answer: a JSON array (application/json, 2 bytes)"},
		{"D1 no records", `{"TotalItems":1}`, "list webhooks, page 1: 200: unexpected answer: a JSON object (application/json, 16 bytes), which has no Records"},
		{"D1 cut off", `{"Records":[{"Id":1}`, "list webhooks, page 1: 200: unexpected answer: broken JSON (application/json, 20 bytes)"},
		{"D3 wrong type", `{"Records":[{"Id":1},{"Id":2,"Name":3}]}`, "list webhooks, page 1: 200: unexpected answer: the field Name with a JSON number instead of the JSON type string"},
		{"D3 wrong count", `{"Records":[],"TotalItems":"many"}`, "list webhooks, page 1: 200: unexpected answer: the field TotalItems with a JSON string instead of the JSON type integer"},
		{"D5 no Id", `{"Records":[{"Id":1},{}]}`, "list webhooks, page 1: 200: unexpected answer: a JSON object (application/json, 25 bytes), in which a record has no Id"},
		{"D5 null", `{"Records":[null]}`, "list webhooks, page 1: 200: unexpected answer: a JSON object (application/json, 18 bytes), in which a record has no Id"},
		{"D9 no", `{"WasSuccessful":false,"Message":"Not today"}`, "list webhooks, page 1: 200: rejected: Not today"},
		{"D2 more records than asked for by far", `{"Records":[` + strings.Repeat("0,", 10_000) + `0]}`, "list webhooks, page 1: 200: unexpected answer: a page of more than 10000 records"},
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

// Row D4: none at all may come as null.
func TestClient_webhooksNull(t *testing.T) {
	webhooks, err := newTestClient(t, serveJSON(http.StatusOK, `{"Records":null,"TotalItems":0}`)).Webhooks(t.Context(), WebhookFilter{})
	if err != nil || len(webhooks) != 0 {
		t.Errorf("webhooks = %v, %v, want none", webhooks, err)
	}
}

// Terraform hands on the composed form of a text, whatever Nexudus holds.
func TestClient_webhooksNormalForms(t *testing.T) {
	const composed, decomposed = "Zo\u00eb", "Zoe\u0308"
	var sent url.Values
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		sent = r.URL.Query()
		serveJSON(http.StatusOK, `{"Records":[{"Id":1,"Name":"`+decomposed+`"},{"Id":2,"Name":"`+composed+`"},{"Id":3,"Name":"Zoe"}],"TotalItems":3}`)(w, r)
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
