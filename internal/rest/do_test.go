package rest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// script answers each request with the next of its answers, and then with a record.
type script struct {
	requestLog
	answers []http.HandlerFunc
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := s.add(r); n <= len(s.answers) {
		s.answers[n-1](w, r)
		return
	}
	serveJSON(200, `{"Id":1,"WasSuccessful":true,"Value":{"Id":1}}`)(w, r)
}

func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// throttle answers as the throttle does.
func throttle(retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", retryAfter)
		w.WriteHeader(http.StatusConflict)
	}
}

// Each row is a request that meets a fault as often as it is sent. A read and an update are sent again, a
// create only if it was certainly not processed. TestJudge_read and TestJudge_create list more responses.
func TestDo_repeated(t *testing.T) {
	empty := func(status int) http.HandlerFunc { return serve(status, "", "") }
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://evil.test/?key=secret", http.StatusTemporaryRedirect)
	}
	tests := []struct {
		name                   string
		fault                  http.HandlerFunc
		reads, updates, posted int // attempts
	}{
		{name: "500", fault: serveJSON(500, `{"Message":"Oh."}`), reads: 5, updates: 5, posted: 1},
		{name: "503", fault: empty(503), reads: 5, updates: 5, posted: 1},
		{name: "internal error", fault: serveJSON(200, ooops), reads: 5, updates: 5, posted: 1},
		{name: "cut off", fault: cut, reads: 5, updates: 5, posted: 1},
		{name: "no response", fault: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, reads: 5, updates: 5, posted: 1},
		{name: "rejected", fault: serveJSON(400, `{"Message":"No."}`), reads: 1, updates: 1, posted: 1},
		{name: "not found", fault: serveJSON(404, `"Not found"`), reads: 1, updates: 1, posted: 1},
		{name: "firewall", fault: serve(403, "text/html", htmlPage), reads: 1, updates: 1, posted: 1},
		{name: "redirect", fault: redirect, reads: 1, updates: 1, posted: 1},
		{name: "unauthorized", fault: empty(401), reads: 1, updates: 1, posted: 1},
		{name: "too long a wait", fault: throttle("121"), reads: 1, updates: 1, posted: 1},
		{name: "throttled", fault: throttle("20"), reads: 10, updates: 10, posted: 10},
	}
	for _, test := range tests {
		for r, want := range map[*Request]int{get(1): test.reads, update(): test.updates, create(): test.posted} {
			t.Run(test.name+" "+string(r.Verb), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &script{answers: slices.Repeat([]http.HandlerFunc{test.fault}, 99)}
					_, err := newTestClient(t, s.ServeHTTP).loop.do(t.Context(), r)
					if failure := failureOf(t, err); failure.Attempts != want || len(s.paths) != want {
						t.Errorf("error = %v after %d attempts, %d requests, want %d", failure, failure.Attempts, len(s.paths), want)
					}
				})
			})
		}
	}
}

// What never left is sent again in any case, and does not hold up the next request.
func TestDo_recovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, r := range []*Request{get(1), update(), create()} {
			requests := 0
			c := newTestClient(t, nil, func(c *Config) {
				c.Transport = transport(func(request *http.Request) (*http.Response, error) {
					if requests++; requests < 5 {
						httptrace.ContextClientTrace(request.Context()).GetConn("")
						return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
					}
					return memory{serveJSON(200, `{"WasSuccessful":true}`)}.RoundTrip(request)
				})
			})
			if _, err := c.loop.do(t.Context(), r); err != nil || requests != 5 {
				t.Errorf("%s: %v after %d requests, want success after five", r.Verb, err, requests)
			}
		}
		started := time.Now()
		readAll(t.Context(), newTestClient(t, nil, func(c *Config) {
			c.MaxRetries = 0
			c.Transport = transport(func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED })
		}), 10)
		if took := time.Since(started); took != 9*110*time.Millisecond {
			t.Errorf("ten reads failed in %v, want 110 ms between two", took)
		}
	})
}

// The pauses grow. Waits that Nexudus asks for are no retries, and a retry waits for the longer of the two.
func TestDo_pauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: slices.Repeat([]http.HandlerFunc{serve(503, "", "")}, 4)}
		for range 8 {
			s.answers = append(s.answers, throttle("119"))
		}
		if _, err := newTestClient(t, s.ServeHTTP).loop.do(t.Context(), get(1)); err != nil {
			t.Fatal(err)
		}
		for i, least := range []time.Duration{250, 500, 1000, 2000, 119_000} {
			if gap := s.times[i+1].Sub(s.times[i]); gap < least*time.Millisecond || gap > 3*least*time.Millisecond+110*time.Millisecond {
				t.Errorf("pause %d took %v, want about %v ms", i, gap, 2*int(least))
			}
		}
		asks := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "20")
			w.WriteHeader(503)
		}
		for _, retries := range []int{0, 2} {
			s = &script{answers: slices.Repeat([]http.HandlerFunc{asks}, 9)}
			_, err := newTestClient(t, s.ServeHTTP, func(c *Config) { c.MaxRetries = retries }).loop.do(t.Context(), get(1))
			if failure := failureOf(t, err); failure.Kind != KindUnavailable || failure.Attempts != 1+retries || failure.Wait != 0 {
				t.Errorf("error = %v after %d attempts, want %d retries", failure, failure.Attempts, retries)
			}
			if retries > 0 && s.times[1].Sub(s.times[0]) < 20*time.Second {
				t.Errorf("requests at %v, want 20 s between", s.times)
			}
		}
		s = &script{answers: []http.HandlerFunc{serve(503, "", "")}}
		r := get(1)
		r.NoRetry = true
		if _, err := newTestClient(t, s.ServeHTTP).loop.do(t.Context(), r); err == nil || len(s.paths) != 1 {
			t.Errorf("error = %v after %d requests, want one without retries", err, len(s.paths))
		}
	})
}

// In an outage, 500 reads fail soon and with few retries. After a success, all are allowed again.
func TestDo_outage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, down := &script{}, true
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if s.ServeHTTP(w, r); down {
				panic(http.ErrAbortHandler)
			}
		})
		started := time.Now()
		for range 50 {
			for _, err := range readAll(t.Context(), c, 10) {
				if failureOf(t, err).Kind != KindConnection {
					t.Fatal(err)
				}
			}
		}
		if n, took := len(s.times), time.Since(started); n < 500 || n > 500+retryBudget || took > 2*time.Minute {
			t.Errorf("%d requests for 500 reads in %v, want at most %d retries", n, took, retryBudget)
		}
		down = false
		if _, err := c.loop.do(t.Context(), get(1)); err != nil {
			t.Fatal(err)
		}
		down = true
		r := get(1)
		for i := range 2 { // the second time, the request is sent once more as a whole
			_, err := c.loop.do(t.Context(), r)
			if failure := failureOf(t, err); failure.Attempts != (1+i)*(1+DefaultMaxRetries) {
				t.Errorf("%d attempts after a success, want all again", failure.Attempts)
			}
		}
	})
}

// One response that asks to wait holds back all requests, which then go on, spaced.
func TestDo_allWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []http.HandlerFunc{throttle("6.1")}}
		c := newTestClient(t, s.ServeHTTP)
		for _, err := range readAll(t.Context(), c, 10) {
			if err != nil {
				t.Error(err)
			}
		}
		for i := 1; i < len(s.times); i++ {
			gap := s.times[i].Sub(s.times[i-1])
			if i == 1 && (gap < 7*time.Second || gap > 8*time.Second) || i > 1 && gap != 110*time.Millisecond {
				t.Errorf("request %d came %v after the one before, want 7 s and then 110 ms", i, gap)
			}
		}
		if len(s.times) != 11 || c.Throttled() != 7*time.Second {
			t.Errorf("%d requests with a wait of %v, want one throttled and ten more after 7 s", len(s.times), c.Throttled())
		}
	})
}

// A wait ends with the context, and nothing is sent afterwards.
func TestDo_cancelled(t *testing.T) {
	gone := errors.New("gone")
	never := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	tests := []struct {
		name    string
		answers []http.HandlerFunc
		request func() *Request
		want    Kind // of the error, instead of the context's cause
	}{
		{name: "read, throttled", answers: []http.HandlerFunc{throttle("60")}, request: func() *Request { return get(1) }},
		{name: "read, retry", answers: slices.Repeat([]http.HandlerFunc{serve(503, "", "")}, 9), request: func() *Request { return get(1) }},
		{name: "read, in flight", answers: []http.HandlerFunc{never}, request: func() *Request { return get(1) }},
		{name: "read, cut off before", answers: []http.HandlerFunc{cut, never}, request: func() *Request { return get(1) }},
		{name: "write, throttled", answers: []http.HandlerFunc{throttle("60")}, request: update},
		// That it may have been processed matters more.
		{name: "write, retry", answers: slices.Repeat([]http.HandlerFunc{serve(503, "", "")}, 9), request: update, want: KindUnavailable},
		{name: "write, throttled then", answers: []http.HandlerFunc{cut, throttle("60")}, request: update, want: KindThrottled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: test.answers}
				c := newTestClient(t, s.ServeHTTP)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(2*time.Second, func() { cancel(gone) })
				started := time.Now()
				_, err := c.loop.do(ctx, test.request())
				if test.want == "" && !errors.Is(err, gone) || test.want != "" && !Is(err, test.want) || time.Since(started) != 2*time.Second {
					t.Errorf("error = %v after %v, want %q or the context's cause", err, time.Since(started), test.want)
				}
				if test.want != "" && failureOf(t, err).Outcome != Pending {
					t.Errorf("outcome = %v, want that it may have been processed", failureOf(t, err).Outcome)
				}
				sent := len(s.paths)
				time.Sleep(2 * time.Minute)
				if len(s.paths) != sent {
					t.Error("a request was sent after the end")
				}
			})
		})
	}
}

// Waiting for a connection does not count against the time of an attempt.
func TestDo_connections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sending, most := 0, 0
		var mu sync.Mutex
		count := func(change int) {
			mu.Lock()
			defer mu.Unlock()
			sending += change
			most = max(most, sending)
		}
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			count(1)
			defer count(-1)
			time.Sleep(20 * time.Second)
			record(w, r)
		}, func(c *Config) { c.MaxRetries = 0 })
		started := time.Now()
		for _, err := range readAll(t.Context(), c, 3*maxConnections) {
			if err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(started); most != maxConnections || took > 63*time.Second {
			t.Errorf("%d requests at a time, %v in all, want %d, and three times 20 s", most, took, maxConnections)
		}
	})
}

// 200 reads, ten at a time, against the documented limits. They need 68 s: 120 requests in a minute, and 8 s
// for the rest.
func TestDo_documentedLimits(t *testing.T) {
	tests := []struct {
		name     string
		programs int // with one account, none of which knows of the others
		reads    int
		within   time.Duration
		refused  int
	}{
		{name: "20 reads", programs: 1, reads: 20, within: 2500 * time.Millisecond},
		{name: "200 reads", programs: 1, reads: 200, within: 75 * time.Second, refused: 2},
		{name: "three programs", programs: 3, reads: 100, within: 150 * time.Second, refused: 120},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &simulator.Server{}
				server.AddUser(simulator.User{Username: "a@example.com"})
				for range test.reads {
					server.AddWebhook(simulator.Webhook{Name: "webhook", Action: 6})
				}
				token := server.IssueToken("a@example.com")
				started := time.Now()
				var group sync.WaitGroup
				for range test.programs {
					c := newTestClient(t, server.ServeHTTP, func(c *Config) { c.Auth = Token{NewSecret(token)} })
					for worker := range 10 {
						group.Go(func() {
							for id := worker; id < test.reads; id += 10 {
								if _, err := c.loop.do(t.Context(), get(int64(id+1))); err != nil {
									t.Error(err)
								}
							}
						})
					}
				}
				group.Wait()
				refused := len(server.Requests()) - test.programs*test.reads
				if took := time.Since(started); took > test.within || refused > test.refused {
					t.Errorf("took %v with %d requests refused, want %v and %d at most", took, refused, test.within, test.refused)
				}
			})
		})
	}
}

// newAccount returns an account with the webhooks 1 to 10, and a client that signs in to it as a user who may not list them.
func newAccount(t *testing.T) (*simulator.Server, *Client) {
	server := &simulator.Server{LimitFactor: -1}
	server.AddBusiness(simulator.Business{ID: 1})
	server.AddUser(simulator.User{Username: "a@example.com", Password: "hunter2", Roles: []string{"WebHook-Read", "WebHook-Create"}})
	for id := range int64(10) {
		server.AddWebhook(simulator.Webhook{ID: id + 1, BusinessID: 1, Name: "webhook", Action: 6})
	}
	return server, newTestClient(t, server.ServeHTTP, func(c *Config) {
		c.Auth = Password{Username: "a@example.com", Password: NewSecret("hunter2")}
	})
}

func signInsAt(server *simulator.Server) (n int) {
	for _, r := range server.Requests() {
		if r.Path == "/api/token" {
			n++
		}
	}
	return n
}

func TestDo_tokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		server.Hook = func(http.ResponseWriter, *http.Request) bool { time.Sleep(2 * time.Second); return false }
		for i := range 3 {
			for _, err := range readAll(t.Context(), c, 10) {
				if err != nil {
					t.Error(err)
				}
			}
			// Ten reads and a sign-in, then ten reads that were refused, and the same again.
			if n, want := len(server.Requests()), 11+21*i; signInsAt(server) != i+1 || n != want {
				t.Errorf("%d sign-ins and %d requests, want %d and %d", signInsAt(server), n, i+1, want)
			}
			time.Sleep(renewalPause)
			server.RevokeTokens()
		}
		r := create()
		r.Body = []byte(`{"BusinessId":1,"Name":"x","URL":"https://h.example","Action":1,"Active":true}`)
		if resp, err := c.loop.do(t.Context(), r); err != nil || resp.ValueID() == 0 || r.attempts != 2 {
			t.Errorf("create = %v after %d attempts, want it sent again after the 401", err, r.attempts)
		}
	})
}

// A 401 with a token that has just been issued is about the permission, and costs one sign-in at most.
func TestDo_permissionMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		list := func(signIns int) {
			t.Helper()
			r := &Request{Verb: VerbList, Record: "webhook", Permission: "WebHook-List", Method: http.MethodGet, Path: "sys/webhooks"}
			_, err := c.loop.do(t.Context(), r)
			if failure := failureOf(t, err); failure.Kind != KindPermission || failure.Permission != "WebHook-List" || failure.Status != 401 {
				t.Errorf("error = %+v, want the permission missing", failure)
			}
			if signInsAt(server) != signIns {
				t.Errorf("%d sign-ins, want %d", signInsAt(server), signIns)
			}
		}
		list(1)
		for range 3 {
			if _, err := c.loop.do(t.Context(), get(1)); err != nil {
				t.Error(err)
			}
			list(2) // the second one is to find out
		}
	})
}

// A given token cannot be renewed. If it has worked, the permission is missing.
func TestDo_givenToken(t *testing.T) {
	for want, responses := range map[Kind][]http.HandlerFunc{
		KindPermission: {
			record, serveJSON(400, `{"Message":"No."}`), serveJSON(403, `{"Message":"No."}`), serveJSON(404, `"Not found"`), serveJSON(500, ooops),
		},
		KindUnauthorized: {serve(403, "text/html", htmlPage), serve(502, "text/html", htmlPage), serve(302, "", ""), throttle("121"), serve(401, "", "")},
	} {
		for i, first := range responses {
			t.Run(fmt.Sprint(want, i), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &script{answers: []http.HandlerFunc{first, serve(401, "", "")}}
					c := newTestClient(t, s.ServeHTTP, func(c *Config) { c.MaxRetries = 0 })
					c.loop.do(t.Context(), get(1))
					time.Sleep(time.Hour)
					if _, err := c.loop.do(t.Context(), get(2)); !Is(err, want) || len(s.paths) != 2 {
						t.Errorf("error = %v after %d requests, want %q after two", err, len(s.paths), want)
					}
				})
			})
		}
	}
}

// A sign-in goes through the same loop: it waits for the throttle, is retried, and no code is sent twice
// that may have been used.
func TestDo_signIn(t *testing.T) {
	given := Password{TOTP: NewSecret(code)}
	tests := []struct {
		name   string
		auth   Password
		faults []http.HandlerFunc
		want   string
		posts  int
		takes  time.Duration
	}{
		{name: "throttled", auth: given, faults: []http.HandlerFunc{throttle("90")}, posts: 2, takes: 90 * time.Second},
		{name: "lost", auth: given, faults: []http.HandlerFunc{cut}, posts: 1, want: "sign in: one-time code used: the first attempt got no usable response"},
		{name: "401", faults: []http.HandlerFunc{serve(401, "", "")}, posts: 1, want: "sign in: 401: sign-in rejected"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: append(test.faults, serveJSON(200, `{"access_token":"issued"}`))}
				c := newTestClient(t, s.ServeHTTP, func(c *Config) { c.Auth = test.auth })
				started := time.Now()
				for _, err := range readAll(t.Context(), c, 10) {
					if test.want == "" && err != nil || test.want != "" && fmt.Sprint(err) != test.want {
						t.Errorf("error = %v, want %q", err, test.want)
					}
				}
				if n := s.count("POST /api/token"); n != test.posts || time.Since(started) < test.takes {
					t.Errorf("%d sign-ins in %v, want %d in %v at least", n, time.Since(started), test.posts, test.takes)
				}
			})
		})
	}
}

// A sign-in that was cancelled between two attempts is no failure for later requests.
func TestDo_signInCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []http.HandlerFunc{serve(503, "", ""), serveJSON(200, `{"access_token":"issued"}`)}}
		c := newTestClient(t, s.ServeHTTP, func(c *Config) { c.Auth = Password{} })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := c.loop.do(ctx, get(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the end of the context", err)
		}
		if _, err := c.loop.do(t.Context(), get(1)); err != nil {
			t.Errorf("a later read: %v", err)
		}
	})
}

// No secret appears in an error or in the log, whatever happens. Each attempt is one line.
func TestDo_noSecrets(t *testing.T) {
	const password, address = "pass-Canary-word", "https://h.example/CanaryPath?key=Canary"
	pair := base64.StdEncoding.EncodeToString([]byte("a@example.com:" + password))
	auths := []struct {
		name    string
		auth    Auth
		secrets []string // which an answer repeats as words
	}{
		{name: "token", auth: Token{NewSecret("token-Canary")}, secrets: []string{"token-Canary"}},
		{name: "basic", auth: Basic{"a@example.com", NewSecret(password)}, secrets: []string{password, pair}},
		{
			name:    "password",
			auth:    Password{Username: "a@example.com", Password: NewSecret(password), TOTPSecret: NewSecret(secret), ClientID: "id-Canary"},
			secrets: []string{password, "issued-Canary", secret},
		},
	}
	bodies := []string{
		"", "<html>%", `"%"`, `{"Message":"%","WasSuccessful":false}`, `{"error":"invalid_grant","error_description":"%"}`, `{"Id":"%`,
		`{"error":"must_reset_password","error_description":"% Canary"}`, `{"Errors":[{"PropertyName":"%","Message":"%","AttemptedValue":"Canary"}]}`,
	}
	for _, test := range auths {
		faults := []http.HandlerFunc{cut, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
		for _, status := range []int{200, 302, 400, 401, 403, 404, 409, 429, 500, 503} {
			for _, body := range bodies {
				faults = append(faults, func(w http.ResponseWriter, r *http.Request) {
					sent, _ := io.ReadAll(r.Body)
					secrets := append([]string{"CanaryPath"}, test.secrets...)
					if r.URL.Path == "/api/token" {
						secrets = []string{password, secret} // that it knows
					}
					echo := fmt.Sprintln(secrets, r.Header.Get("Authorization"), r.URL, string(sent))
					w.Header().Set("Location", "https://Canary@evil.test/Canary")
					w.Header().Set("Retry-After", "Canary")
					serve(status, "text/Canary", strings.ReplaceAll(body, "%", strings.NewReplacer(`"`, `\"`, "\n", " ").Replace(echo)))(w, r)
				})
			}
		}
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var lines bytes.Buffer
				sent := 0
				for i, fault := range slices.Concat(faults, faults) {
					c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
						if sent++; i < len(faults) && r.URL.Path == "/api/token" {
							serveJSON(200, `{"access_token":"issued-Canary"}`)(w, r)
							return
						}
						fault(w, r)
					}, func(c *Config) {
						c.Auth = test.auth
						c.Logger = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
					})
					for _, r := range []*Request{get(1), create()} {
						r.Query, r.Addresses = url.Values{"key": {"Canary"}}, []string{address}
						_, err := c.loop.do(t.Context(), r)
						fmt.Fprintf(&lines, "error=%v %+v\n", err, err)
					}
				}
				for line := range strings.Lines(lines.String()) {
					if strings.Contains(line, "Canary") || strings.Contains(line, pair) || strings.Contains(line, secret) {
						t.Fatalf("a secret is shown: %s", line)
					}
				}
				if n := strings.Count(lines.String(), `msg="Request to Nexudus"`); n != sent || n == 0 {
					t.Errorf("%d lines about %d requests", n, sent)
				}
			})
		})
	}
}
