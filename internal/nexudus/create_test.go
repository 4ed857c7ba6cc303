package nexudus

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

var orders = WebhookFields{
	BusinessID: 5001, Name: "orders", Description: "for the shop", URL: "https://example.com/hook?key=1", Action: 6, Active: true,
}

// fault answers a request instead of the server. do lets the server do the work
// and returns its response.
type fault func(w http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder)

// writeTest is a simulated account, a client of it, and faults for the requests
// to come: each write meets the first of faults, if there is one.
type writeTest struct {
	*simulator.Server
	client *Client
	mu     sync.Mutex
	faults []fault
}

func newWriteTest(t *testing.T, changes ...func(*Config)) *writeTest {
	t.Helper()
	w := &writeTest{Server: &simulator.Server{LimitFactor: -1}}
	w.AddUser(simulator.User{Username: "a@example.com", Password: "p"})
	w.AddUser(
		simulator.User{Username: "writer@example.com", Roles: []string{"WebHook-Create", "WebHook-Edit", "WebHook-Delete", "WebHook-Read"}},
	)
	w.AddWebhook(simulator.Webhook{ID: 100, BusinessID: 5001, Name: "other", URL: "https://example.com", Action: 3})
	w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
		w.mu.Lock()
		if r.Method == http.MethodGet || r.URL.Path == "/api/token" || len(w.faults) == 0 {
			w.mu.Unlock()
			return false
		}
		next := w.faults[0]
		w.faults = w.faults[1:]
		w.mu.Unlock()
		next(out, r, func() *httptest.ResponseRecorder {
			recorder := httptest.NewRecorder()
			w.Handle(recorder, r)
			return recorder
		})
		return true
	})
	token := w.IssueToken("a@example.com")
	w.client = newTestClient(t, w.ServeHTTP, append([]func(*Config){func(c *Config) { c.Auth = Token{NewSecret(token)} }}, changes...)...)
	return w
}

// sent counts the requests with a method.
func (w *writeTest) sent(method string) (n int) {
	for _, r := range w.Requests() {
		if r.Method == method && r.Path != "/api/token" {
			n++
		}
	}
	return n
}

// named returns the Ids of the webhooks with a name.
func (w *writeTest) named(name string) (ids []int64) {
	for _, webhook := range w.Webhooks() {
		if webhook.Name == name {
			ids = append(ids, webhook.ID)
		}
	}
	return ids
}

// What can happen to a write, before the work is done or after.
func reset(http.ResponseWriter, *http.Request)       { panic(http.ErrAbortHandler) }
func hang(_ http.ResponseWriter, r *http.Request)    { <-r.Context().Done() }
func trouble(w http.ResponseWriter, _ *http.Request) { simulator.Ooops(w) }

func before(f http.HandlerFunc) fault {
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) { f(w, r) }
}

func after(f http.HandlerFunc) fault {
	return func(w http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder) { do(); f(w, r) }
}

// idOf returns the Id in the response to a create.
func idOf(t *testing.T, response *httptest.ResponseRecorder) int64 {
	t.Helper()
	var said envelope
	if err := json.Unmarshal(response.Body.Bytes(), &said); err != nil {
		t.Error(err)
	}
	return idIn(said.Value)
}

func TestClient_createWebhook(t *testing.T) {
	w := newWriteTest(t)
	id, err := w.client.CreateWebhook(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.client.Webhook(t.Context(), id)
	if err != nil || len(orders.Differs(got)) != 0 {
		t.Errorf("webhook = %+v, %v, want what was sent", got, err)
	}
	if n := len(w.Requests()); n != 3 {
		t.Errorf("%d requests, want a list, the create and the read", n)
	}
	if body := string(w.Requests()[1].Body); !strings.Contains(body, `"Active":true`) {
		t.Errorf("body = %s, want Active in it", body)
	}
	paused := orders
	paused.Name, paused.Active = "paused", false
	if id, err = w.client.CreateWebhook(t.Context(), paused); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.Webhook(id); got.Active {
		t.Error("Active = true, want false")
	}
}

// A lost response leaves one webhook, whether the work was done or not, and
// nobody else's is taken for it.
func TestClient_createWebhookLost(t *testing.T) {
	moved := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://evil.test/")
		w.WriteHeader(http.StatusFound)
	}
	tooLarge := serveJSON(200, strings.Repeat(" ", maxBody+1))
	tests := []struct {
		name   string
		faults []fault
		posts  int
		kind   Kind // of the error
	}{
		{name: "done, reset", faults: []fault{after(reset)}, posts: 1},
		{name: "done, no response in time", faults: []fault{after(hang)}, posts: 1},
		{name: "done, 500", faults: []fault{after(trouble)}, posts: 1},
		{
			name:   "done, 400 with the text of a 500",
			faults: []fault{after(serveJSON(400, `{"Message":"Ooops! There was a problem while running this action"}`))},
			posts:  1,
		},
		{name: "done, 502", faults: []fault{after(serve(502, "text/html", "<html>"))}, posts: 1},
		{name: "done, 504", faults: []fault{after(serve(504, "", ""))}, posts: 1},
		{name: "done, 520 with JSON", faults: []fault{after(serveJSON(520, `{"title":"Unknown error"}`))}, posts: 1},
		{name: "done, 524 with HTML", faults: []fault{after(serve(524, "text/html", "<html>"))}, posts: 1},
		{name: "done, 408", faults: []fault{after(serve(408, "", ""))}, posts: 1},
		{
			name:   "done, the text of a 500 under 200",
			faults: []fault{after(serveJSON(200, `{"Message":"Ooops! There was","WasSuccessful":false}`))},
			posts:  1,
		},
		{name: "done, 409 with HTML", faults: []fault{after(serve(409, "text/html", "<html>"))}, posts: 1},
		{name: "done, redirected", faults: []fault{after(moved)}, posts: 1},
		{name: "done, HTML", faults: []fault{after(serve(200, "text/html", "<html>"))}, posts: 1},
		{name: "done, nothing", faults: []fault{after(serve(200, "", ""))}, posts: 1},
		{name: "done, too large", faults: []fault{after(tooLarge)}, posts: 1},
		{name: "done, no Id", faults: []fault{after(serveJSON(200, `{"WasSuccessful":true,"Value":null}`))}, posts: 1},
		{name: "not done, reset", faults: []fault{before(reset)}, posts: 2},
		{name: "not done, 500", faults: []fault{before(trouble)}, posts: 2},
		{name: "not done, then done", faults: []fault{before(reset), after(trouble)}, posts: 2},
		{name: "not done, no response in time", faults: []fault{before(hang)}, posts: 1, kind: KindConnection},
		{name: "not done, 524", faults: []fault{before(serve(524, "text/html", "<html>"))}, posts: 1, kind: KindUnavailable},
		{name: "not done, 408", faults: []fault{before(serve(408, "", ""))}, posts: 1, kind: KindUnexpected},
		{name: "not done, 504", faults: []fault{before(serve(504, "", ""))}, posts: 1, kind: KindUnavailable},
		{
			name:   "not done, said to be",
			faults: []fault{before(serveJSON(200, `{"WasSuccessful":true,"Value":null}`))},
			posts:  1,
			kind:   KindUnexpected,
		},
		{name: "never done", faults: slices.Repeat([]fault{before(trouble)}, 9), posts: 1 + DefaultMaxRetries, kind: KindUnavailable},
	}
	for _, test := range tests {
		for _, twin := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWriteTest(t)
					want := []int64{101}
					if twin { // an equal webhook from before, dated in the future
						w.AddWebhook(simulator.Webhook{
							ID: 200, BusinessID: orders.BusinessID, Name: orders.Name, Description: &orders.Description, URL: orders.URL,
							Action: int64(orders.Action), Active: true, CreatedOn: "2099-01-01T00:00:00Z",
						})
						want = []int64{200, 201}
					}
					w.faults = test.faults
					id, err := w.client.CreateWebhook(t.Context(), orders)
					if test.kind != "" {
						want = want[:len(want)-1]
						failure := failureOf(t, err)
						if failure.Kind != test.kind || failure.Unknown == (test.posts > 1) || len(failure.Candidates) != 0 ||
							failure.Attempts != test.posts {
							t.Errorf("error = %+v, want %q after %d attempts, with an unknown outcome if it was sent once",
								failure, test.kind, test.posts)
						}
					} else if err != nil || id != want[len(want)-1] {
						t.Errorf("id = %d, %v, want %d", id, err, want[len(want)-1])
					}
					if got := w.named("orders"); !slices.Equal(got, want) {
						t.Errorf("webhooks = %v, want %v", got, want)
					}
					if n := w.sent(http.MethodPost); n != test.posts {
						t.Errorf("%d POSTs, want %d", n, test.posts)
					}
				})
			})
		}
	}
}

// What was certainly not processed is sent again without a search, or is final.
func TestClient_createWebhookNotProcessed(t *testing.T) {
	tests := []struct {
		name  string
		fault fault
		posts int
		want  string // the error's text
	}{
		{name: "throttled", fault: before(serve(409, "", "")), posts: 2},
		{name: "throttled with 429", fault: before(serveJSON(429, `{"Message":"Wait 7 seconds"}`)), posts: 2},
		{
			name:  "conflict",
			fault: before(serveJSON(409, `{"Message":"Locked."}`)),
			posts: 1,
			want:  "create webhook: 409: rejected: Locked.",
		},
		{name: "role or quota", fault: before(serveJSON(401, `"Access Denied"`)), posts: 1, want: "create webhook: 401: unauthorized"},
		{name: "firewall", fault: before(serve(403, "text/html", "<html>")), posts: 1, want: "create webhook: 403: blocked"},
		{name: "wrong address", fault: before(serveJSON(404, `{"Message":"No route"}`)), posts: 1,
			want: "create webhook: 404: unexpected response: a JSON object (application/json, 22 bytes): No route"},
		{
			name: "refused field",
			fault: before(
				serveJSON(
					400,
					`{"Message":"URL: is bad","Errors":[{"AttemptedValue":"s","Message":"is bad","PropertyName":"URL"}],"WasSuccessful":false}`,
				),
			),
			posts: 1,
			want:  "create webhook: 400: rejected: URL: is bad",
		},
		{
			name:  "refused field under 200",
			fault: before(serveJSON(200, `{"Message":null,"Errors":[{"Message":"is bad","PropertyName":"URL"}],"WasSuccessful":false}`)),
			posts: 1,
			want:  "create webhook: 200: rejected: URL: is bad",
		},
		{
			name:  "refused field under 500",
			fault: before(serveJSON(500, `{"Message":null,"Errors":[{"Message":"is bad","PropertyName":"URL"}],"WasSuccessful":false}`)),
			posts: 1,
			want:  "create webhook: 500: rejected: URL: is bad",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t)
				w.faults = []fault{test.fault}
				_, err := w.client.CreateWebhook(t.Context(), orders)
				if test.want == "" && err != nil ||
					test.want != "" && (failureOf(t, err).Error() != test.want || failureOf(t, err).Unknown) {
					t.Errorf("error = %v, want %s", err, test.want)
				}
				if posts, gets := w.sent(http.MethodPost), w.sent(http.MethodGet); posts != test.posts || gets != 1 {
					t.Errorf("%d POSTs and %d GETs, want %d POSTs and the first list", posts, gets, test.posts)
				}
				if n := len(w.named("orders")); n != test.posts-1 {
					t.Errorf("%d webhooks, want %d", n, test.posts-1)
				}
			})
		})
	}
}

// A token that ends is renewed, and a connection that is refused is tried again:
// nothing was processed in between.
func TestClient_createWebhookUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w *writeTest
		refuse := 0
		w = newWriteTest(t, withPassword(Password{Username: "a@example.com", Password: NewSecret("p")}), func(c *Config) {
			c.Transport = transport(func(request *http.Request) (*http.Response, error) {
				if request.Method == http.MethodPost && refuse > 0 {
					refuse--
					httptrace.ContextClientTrace(request.Context()).GetConn("")
					return nil, syscall.ECONNREFUSED
				}
				return memory{w}.RoundTrip(request)
			})
		})
		if _, err := w.client.Webhook(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		w.RevokeTokens()
		if _, err := w.client.CreateWebhook(t.Context(), orders); err != nil {
			t.Fatal(err)
		}
		refuse = 2
		if _, err := w.client.CreateWebhook(t.Context(), orders); err != nil {
			t.Fatal(err)
		}
		if n := len(w.named("orders")); n != 2 {
			t.Errorf("%d webhooks for two creates, want two", n)
		}
	})
}

// Retries after refused connections and after lost responses count together.
func TestClient_createWebhookRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w *writeTest
		posts := 0
		w = newWriteTest(t, func(c *Config) {
			c.MaxRetries = 3
			c.Transport = transport(func(request *http.Request) (*http.Response, error) {
				if request.Method != http.MethodPost {
					return memory{w}.RoundTrip(request)
				}
				posts++
				if posts%2 == 0 { // the others are lost
					httptrace.ContextClientTrace(request.Context()).GetConn("")
				}
				return nil, syscall.ECONNREFUSED
			})
		})
		_, err := w.client.CreateWebhook(t.Context(), orders)
		if failure := failureOf(t, err); failure.Kind != KindConnection || posts != 4 {
			t.Errorf("error = %v after %d POSTs, want no connection after one and three retries", err, posts)
		}
	})
}

// If the outcome of a create stays unknown, its error says so, and names the webhooks
// that the create may have made.
func TestClient_createWebhookUnsettled(t *testing.T) {
	tests := []struct {
		name       string
		user       string
		prepare    func(w *writeTest)
		candidates []int64
	}{
		{name: "no role to list", user: "writer@example.com", prepare: func(w *writeTest) { w.faults = []fault{after(reset)} }},
		{name: "the search fails", user: "a@example.com", prepare: func(w *writeTest) {
			w.faults = []fault{func(_ http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
				do()
				w.SetHook(func(w http.ResponseWriter, _ *http.Request) bool { simulator.Ooops(w); return true })
				panic(http.ErrAbortHandler)
			}}
		}},
		{name: "the first list fails", user: "a@example.com", prepare: func(w *writeTest) {
			w.AddWebhook(simulator.Webhook{BusinessID: orders.BusinessID, Name: "old", Action: int64(orders.Action)})
			lists := 0
			w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
				switch {
				case r.Method == http.MethodPost:
					w.Handle(httptest.NewRecorder(), r)
					reset(out, r)
				case lists < 2: // a retry, too
					lists++
					simulator.Ooops(out)
					return true
				}
				return false
			})
		}},
		{name: "a candidate cannot be read", user: "a@example.com", candidates: []int64{101}, prepare: func(w *writeTest) {
			w.faults = []fault{func(_ http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
				do()
				w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
					single := strings.HasSuffix(r.URL.Path, "/101")
					if single {
						out.WriteHeader(http.StatusForbidden)
					}
					return single
				})
				panic(http.ErrAbortHandler)
			}}
		}},
		{name: "two that are equal", user: "a@example.com", candidates: []int64{101, 102}, prepare: func(w *writeTest) {
			w.faults = []fault{func(_ http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
				do()
				webhook, _ := w.Webhook(101)
				webhook.ID, webhook.UniqueID = 0, ""
				w.AddWebhook(webhook)
				panic(http.ErrAbortHandler)
			}}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t, func(c *Config) { c.MaxRetries = 1 })
				w.client.auth = Token{NewSecret(w.IssueToken(test.user))}.authorizer(w.client)
				test.prepare(w)
				_, err := w.client.CreateWebhook(t.Context(), orders)
				if failure := failureOf(t, err); !failure.Unknown || failure.Verb != VerbCreate ||
					!slices.Equal(failure.Candidates, test.candidates) || failure.CannotList != (test.user == "writer@example.com") {
					t.Errorf("error = %+v, want an unknown outcome with the candidates %v", failure, test.candidates)
				}
				if n := w.sent(http.MethodPost); n != 1 {
					t.Errorf("%d POSTs, want one", n)
				}
			})
		})
	}
}

// A lost record is found among a few similar ones that others have just created. Among many,
// the search gives up.
func TestClient_createWebhookAmongSimilar(t *testing.T) {
	tests := []struct {
		name       string
		others     int
		found      bool
		candidates []int64 // if it is not found
	}{
		{name: "few", others: maxCandidates - 1, found: true},
		{name: "many", others: maxCandidates, candidates: []int64{101, 102, 103, 104, 105, 106, 107, 108, 109, 110}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t)
				w.faults = []fault{func(_ http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
					for range test.others {
						w.AddWebhook(simulator.Webhook{BusinessID: orders.BusinessID, Name: "other", Action: int64(orders.Action)})
					}
					do()
					panic(http.ErrAbortHandler)
				}}
				id, err := w.client.CreateWebhook(t.Context(), orders)
				if test.found {
					if err != nil || !slices.Equal(w.named("orders"), []int64{id}) {
						t.Errorf("Id = %d, error = %v, want one of %v", id, err, w.named("orders"))
					}
				} else if failure := failureOf(t, err); !failure.Unknown || !slices.Equal(failure.Candidates, test.candidates) {
					t.Errorf("error = %+v, want an unknown outcome with the candidates %v", failure, test.candidates)
				}
			})
		})
	}
}

// A webhook that is deleted while a create looks at it is not a candidate.
func TestClient_createWebhookVanished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.faults = []fault{before(func(http.ResponseWriter, *http.Request) {
			w.AddWebhook(simulator.Webhook{ID: 300, BusinessID: orders.BusinessID, Name: "other", Action: int64(orders.Action)})
			w.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "/300") {
					w.RemoveWebhook(300)
				}
				return false
			})
			panic(http.ErrAbortHandler)
		})}
		if _, err := w.client.CreateWebhook(t.Context(), orders); err != nil || len(w.named("orders")) != 1 {
			t.Errorf("error = %v with %v, want one webhook", err, w.named("orders"))
		}
	})
}

// A lost record is found even if lists leave its event and location out.
func TestClient_createWebhookSparseList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		sparse := func(out http.ResponseWriter, r *http.Request) bool {
			recorder := httptest.NewRecorder()
			w.Handle(recorder, r)
			body := recorder.Body.String()
			if strings.HasSuffix(r.URL.Path, "/webhooks") {
				body = regexp.MustCompile(`"(Action|BusinessId)":\d+`).ReplaceAllString(body, `"$1":null`)
			}
			_, _ = io.WriteString(out, body)
			return true
		}
		w.faults = []fault{func(_ http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
			do()
			w.SetHook(sparse)
			panic(http.ErrAbortHandler)
		}}
		id, err := w.client.CreateWebhook(t.Context(), orders)
		if err != nil || !slices.Equal(w.named("orders"), []int64{id}) {
			t.Errorf("Id = %d, error = %v, want one of %v", id, err, w.named("orders"))
		}
	})
}

// If the service changes a value, the new record differs from what was sent. A new record
// that no other create of this run has made may still be the one, so nothing is sent
// again.
func TestClient_createWebhookNormalized(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		trimmed := func(f http.HandlerFunc) fault {
			return func(out http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder) {
				do()
				for _, webhook := range w.Webhooks() {
					w.EditWebhook(webhook.ID, func(w *simulator.Webhook) { w.Name = strings.TrimSpace(w.Name) })
				}
				f(out, r)
			}
		}
		other := orders
		other.Name = "other of this run"
		if _, err := w.client.CreateWebhook(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		w.faults = []fault{trimmed(trouble), trimmed(trouble)}
		spaced := orders
		spaced.Name = "orders "
		_, err := w.client.CreateWebhook(t.Context(), spaced)
		if failure := failureOf(t, err); !failure.Unknown || !slices.Equal(failure.Candidates, w.named("orders")) {
			t.Errorf("error = %+v, want an unknown outcome with the candidates %v", failure, w.named("orders"))
		}
		if n := w.sent(http.MethodPost); n != 2 || len(w.named("orders")) != 1 {
			t.Errorf("%d POSTs and the webhooks %v, want one each for two creates", n, w.named("orders"))
		}
	})
}

// A create whose POST is lost is sent again: what another create has made, or is making, is
// not taken for its record, nor for one of unknown origin.
func TestClient_createWebhookBesideOthers(t *testing.T) {
	description, event, location := orders, orders, orders
	description.Description, event.Action, location.BusinessID = "other", 7, 5002
	for name, other := range map[string]WebhookFields{"description": description, "event": event, "location": location} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t)
				slow := func(out http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
					response := do()
					time.Sleep(20 * time.Second)
					out.Write(response.Body.Bytes())
				}
				w.faults = []fault{slow, before(reset)}
				first := make(chan error)
				go func() { _, err := w.client.CreateWebhook(t.Context(), other); first <- err }()
				time.Sleep(5 * time.Second)
				id, err := w.client.CreateWebhook(t.Context(), orders)
				if err := errors.Join(err, <-first); err != nil {
					t.Fatal(err)
				}
				if got, _ := w.Webhook(id); *got.Description != orders.Description || len(w.named("orders")) != 2 {
					t.Errorf("webhook = %+v among %v, want one of two", got, w.named("orders"))
				}
			})
		})
	}
}

// A record whose name the service has changed, so that it is equal to what another create
// has sent, belongs to the create whose response names it.
func TestClient_createWebhookBesideNormalized(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		spaced := orders
		spaced.Name = "orders "
		w.faults = []fault{
			func(out http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
				response := do()
				w.EditWebhook(idOf(t, response), func(w *simulator.Webhook) { w.Name = orders.Name })
				time.Sleep(20 * time.Second)
				out.Write(response.Body.Bytes())
			},
			before(reset),
		}
		type result struct {
			id  int64
			err error
		}
		first := make(chan result)
		go func() {
			id, err := w.client.CreateWebhook(t.Context(), spaced)
			first <- result{id, err}
		}()
		time.Sleep(5 * time.Second)
		id, err := w.client.CreateWebhook(t.Context(), orders)
		other := <-first
		if err := errors.Join(err, other.err); err != nil {
			t.Fatal(err)
		}
		if got := []int64{other.id, id}; !slices.Equal(got, w.named("orders")) {
			t.Errorf("returned %v, want each of %v once", got, w.named("orders"))
		}
	})
}

// Creates for another event or at another location do not wait for a slow one.
func TestClient_createWebhookOtherGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.faults = []fault{before(hang)}
		first := make(chan error)
		go func() { _, err := w.client.CreateWebhook(t.Context(), orders); first <- err }()
		time.Sleep(time.Second)
		started := time.Now()
		event, location := orders, orders
		event.Action++
		location.BusinessID++
		for _, fields := range []WebhookFields{event, location} {
			if _, err := w.client.CreateWebhook(t.Context(), fields); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("the other creates took %v", took)
		}
		if failure := failureOf(t, <-first); !failure.Unknown || len(failure.Candidates) != 0 {
			t.Errorf("error = %+v, want an unknown outcome without candidates", failure)
		}
	})
}

// Equal creates in one run end with as many webhooks, each returned once.
func TestClient_createWebhookEqual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.faults = []fault{after(reset), before(reset), after(hang), before(serve(409, "", "")), after(trouble)}
		ids := make([]int64, 6)
		var group sync.WaitGroup
		for i := range ids {
			group.Go(func() {
				var err error
				if ids[i], err = w.client.CreateWebhook(t.Context(), orders); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		slices.Sort(ids)
		if got := w.named("orders"); !slices.Equal(got, ids) {
			t.Errorf("webhooks = %v, returned %v, want the same", got, ids)
		}
	})
}

// What Value holds after a create differs from record to record.
func TestIDIn(t *testing.T) {
	tests := []struct {
		name, value string
		want        int64
	}{
		{name: "Id alone", value: `{"Id":9007199254740993}`, want: 9007199254740993},
		{name: "record", value: `{"Name":"orders","Id":7,"Active":true}`, want: 7},
		{name: "number", value: `7`, want: 7},
		{name: "null", value: `null`, want: 0},
		{name: "missing", value: ``, want: 0},
		{name: "text", value: `"7"`, want: 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := idIn([]byte(test.value)); got != test.want {
				t.Errorf("idIn(%s) = %d, want %d", test.value, got, test.want)
			}
		})
	}
}

// A record may be that of an earlier create whose outcome is unknown, even if it is equal to
// what a later one has sent. So the later create does not take it for its own.
func TestClient_createWebhookAfterUnknown(t *testing.T) {
	spaced := orders
	spaced.Name = "orders "
	tests := []struct {
		name  string
		first WebhookFields
		fault func(w *writeTest) fault
	}{
		{name: "done late", first: orders, fault: func(*writeTest) fault {
			return func(out http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder) {
				hang(out, r)
				go func() { time.Sleep(30 * time.Second); do() }()
			}
		}},
		{name: "with another name", first: spaced, fault: func(w *writeTest) fault {
			return func(out http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder) {
				w.EditWebhook(idOf(t, do()), func(w *simulator.Webhook) { w.Name = orders.Name })
				reset(out, r)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t)
				w.faults = []fault{test.fault(w), before(reset)}
				_, err := w.client.CreateWebhook(t.Context(), test.first)
				if failure := failureOf(t, err); !failure.Unknown {
					t.Fatalf("error = %+v, want an unknown outcome", failure)
				}
				time.Sleep(time.Minute)
				id, err := w.client.CreateWebhook(t.Context(), orders)
				if id != 0 {
					t.Fatalf("Id = %d, want none", id)
				}
				if failure := failureOf(t, err); !failure.Unknown || !slices.Equal(failure.Candidates, w.named("orders")) {
					t.Errorf("error = %+v, want an unknown outcome with the candidates %v", failure, w.named("orders"))
				}
			})
		})
	}
}

// A create that waits for another one ends with its context, and sends nothing.
func TestClient_createWebhookEqualCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.faults = []fault{func(out http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
			response := do()
			time.Sleep(5 * time.Second)
			out.Write(response.Body.Bytes())
		}}
		first := make(chan error)
		go func() { _, err := w.client.CreateWebhook(t.Context(), orders); first <- err }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.client.CreateWebhook(ctx, orders); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the end of the context", err)
		}
		if err := <-first; err != nil || w.sent(http.MethodPost) != 1 {
			t.Errorf("the first: %v after %d POSTs, want one", err, w.sent(http.MethodPost))
		}
	})
}

// A list that ends after another create has begun may hold that create's record,
// which must still be found if its response is lost.
func TestCreated_lateList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s created
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			s.listed.Store(true) // by the other create
			serveJSON(200, `{"Records":[{"Id":1}],"TotalItems":1}`)(w, r)
		})
		listed := webhooks.listBefore(t.Context(), c, &s)
		if _, known := s.known.Load(int64(1)); known || !listed {
			t.Errorf("known = %v, listed = %v, want the other list to count", known, listed)
		}
	})
}

// A user who may not list is refused once, not again for each create.
func TestCreated_noRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.client.auth = Token{NewSecret(w.IssueToken("writer@example.com"))}.authorizer(w.client)
		for range 3 {
			if _, err := w.client.CreateWebhook(t.Context(), orders); err != nil {
				t.Fatal(err)
			}
		}
		if lists := w.sent(http.MethodGet); lists != 1 {
			t.Errorf("%d lists for three creates, want one", lists)
		}
	})
}

// An interrupt ends waits at once, and a request that has been sent is awaited:
// its response holds the Id of the new record.
func TestClient_createWebhookInterrupted(t *testing.T) {
	const answering = 5 * time.Second
	slow := func(out http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
		response := do()
		time.Sleep(answering)
		out.Write(response.Body.Bytes())
	}
	never := after(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	wait := before(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "60"); w.WriteHeader(409) })
	tests := []struct {
		name    string
		fault   fault
		took    time.Duration
		created bool
		check   func(error) bool
	}{
		{name: "sent, answered", fault: slow, took: answering, created: true, check: func(err error) bool { return err == nil }},
		{name: "sent, never answered", fault: never, took: DefaultRequestTimeout, created: true, check: func(err error) bool {
			var failure *Error
			return errors.As(err, &failure) && failure.Unknown
		}},
		{name: "waiting", fault: wait, took: time.Second, check: func(err error) bool { return errors.Is(err, context.Canceled) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t)
				w.faults = []fault{test.fault}
				ctx, cancel := context.WithCancel(t.Context())
				started := time.Now()
				time.AfterFunc(time.Second, cancel)
				id, err := w.client.CreateWebhook(ctx, orders)
				if took := time.Since(started).Round(time.Second); !test.check(err) || took != test.took {
					t.Errorf("id = %d, %v after %v, want it after %v", id, err, took, test.took)
				}
				if err == nil && !slices.Equal(w.named("orders"), []int64{id}) {
					t.Errorf("id = %d, webhooks = %v", id, w.named("orders"))
				}
				if n := len(w.Requests()); n != 2 {
					t.Errorf("%d requests, want the list and the create, and none after the interrupt", n)
				}
			})
		})
	}
}

// The service allows 60 writes a minute: 150 creates at once all succeed.
func TestClient_createWebhookLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.LimitFactor = 1
		var group sync.WaitGroup
		slots := make(chan struct{}, 10)
		for i := range 150 {
			group.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				fields := orders
				fields.Name = strings.Repeat("x", i+1)
				id, err := w.client.CreateWebhook(t.Context(), fields)
				if err == nil {
					_, err = w.client.Webhook(t.Context(), id)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := len(w.Webhooks()); n != 151 {
			t.Errorf("%d webhooks, want 150 and the first", n)
		}
	})
}

// A create over a real connection that is interrupted before it has one.
func TestClient_createWebhookInterruptedConnecting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := realClient(t, "http://127.0.0.1:1", func(tr *http.Transport) {
		tr.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	c.createdWebhooks.listed.Store(true)
	_, err := c.CreateWebhook(ctx, orders)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want cancelled", err)
	}
}

// The service may finish its work after it has lost the connection: a record that
// the first search does not find yet is found by the second, some seconds later.
func TestClient_createWebhookAppearsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.faults = []fault{
			func(_ http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
				time.AfterFunc(lookPause-time.Second, func() { do() })
				panic(http.ErrAbortHandler)
			},
		}
		id, err := w.client.CreateWebhook(t.Context(), orders)
		if err != nil || !slices.Equal(w.named("orders"), []int64{id}) || w.sent(http.MethodPost) != 1 {
			t.Errorf("id = %d, %v; webhooks = %v after %d POSTs, want one of each", id, err, w.named("orders"), w.sent(http.MethodPost))
		}
	})
}

// A write that was never sent does not have an unknown outcome.
func TestClient_createWebhookNeverSent(t *testing.T) {
	t.Run("sign-in", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newTestClient(t, serve(503, "", ""), withPassword(someone))
			_, err := c.CreateWebhook(t.Context(), orders)
			if failure := failureOf(t, err); failure.Verb != VerbSignIn || failure.Unknown {
				t.Errorf("error = %+v, want a failed sign-in", failure)
			}
			if failure := failureOf(t, c.DeleteWebhook(t.Context(), 5)); failure.Verb != VerbSignIn || failure.Unknown {
				t.Errorf("error = %+v, want a failed sign-in", failure)
			}
		})
	})
	t.Run("proxy", func(t *testing.T) {
		t.Setenv("HTTPS_PROXY", "ftp://x")
		t.Setenv("https_proxy", "ftp://x")
		c := newTestClient(t, nil, func(c *Config) { c.Transport = nil; c.MaxRetries = 0 })
		_, err := c.CreateWebhook(t.Context(), orders)
		if failure := failureOf(t, err); failure.Reason != errProxyAddress.Error() || failure.Unknown {
			t.Errorf("error = %+v, want the invalid proxy address", failure)
		}
	})
}

// The Id is in Value, even if other fields of the response have unexpected types.
func TestClient_createWebhookOtherTypes(t *testing.T) {
	w := newWriteTest(t)
	w.client.auth = Token{NewSecret(w.IssueToken("writer@example.com"))}.authorizer(w.client)
	w.faults = []fault{after(serveJSON(200, `{"Message":{"a":1},"Value":{"Id":101},"Errors":{},"WasSuccessful":true}`))}
	if id, err := w.client.CreateWebhook(t.Context(), orders); id != 101 || err != nil {
		t.Errorf("id = %d, %v, want 101", id, err)
	}
}
