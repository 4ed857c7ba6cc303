package nexudus

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// throttleOnce answers the first request with 409 and the headers, and serves
// the rest.
func throttleOnce(log *requestLog, retryAfter ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if log.add(r) == 1 {
			w.Header()["Retry-After"] = retryAfter
			w.WriteHeader(http.StatusConflict)
			return
		}
		record(w, r)
	}
}

func TestThrottled_allWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, throttleOnce(&log, "7"))
		for _, err := range readAll(t.Context(), c, 10) {
			if err != nil {
				t.Error(err)
			}
		}
		if len(log.times) != 11 {
			t.Fatalf("%d requests, want one refused and ten more", len(log.times))
		}
		if gap := log.times[1].Sub(log.times[0]); gap < 7*time.Second || gap > 9*time.Second {
			t.Errorf("the second request came after %v, want 7 s and a little", gap)
		}
		for i := 2; i < len(log.times); i++ {
			if gap := log.times[i].Sub(log.times[i-1]); gap < 100*time.Millisecond || gap > 110*time.Millisecond {
				t.Errorf("request %d came %v after the one before, want the documented 100 ms", i, gap)
			}
		}
	})
}

// Requests go in the order in which they came.
func TestLimiter_order(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newLimiter(10)
		p.hold(time.Second)
		var order []int
		done := make(chan int, 5)
		for i := range 5 {
			go func() {
				if sent, _, err := p.wait(t.Context(), time.Minute); err == nil {
					sent()
				}
				done <- i
			}()
			synctest.Wait()
		}
		for range 5 {
			order = append(order, <-done)
		}
		for i, n := range order {
			if i != n {
				t.Fatalf("order = %v, want that of arrival", order)
			}
		}
	})
}

// A short wait does not end a long one.
func TestLimiter_longestHoldWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, started := newLimiter(10), time.Now()
		p.hold(7 * time.Second)
		p.hold(time.Second)
		if _, _, err := p.wait(t.Context(), time.Minute); err != nil || time.Since(started) < 7*time.Second {
			t.Errorf("went after %v, %v; want 7 s", time.Since(started), err)
		}
	})
}

// A request that leaves the queue, or is refused in it, passes its turn on.
func TestLimiter_turnPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newLimiter(10)
		p.hold(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := p.wait(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the end of the context", err)
		}
		p.refused(refusal{kind: KindThrottled, status: 409, wait: time.Minute}, time.Hour)
		if _, refused, err := p.wait(t.Context(), time.Second); refused == nil || err != nil {
			t.Errorf("refused = %v, %v, want a wait that is too long", refused, err)
		}
		if _, refused, err := p.wait(t.Context(), time.Hour); refused != nil || err != nil {
			t.Errorf("refused = %v, %v, want the next turn", refused, err)
		}
		time.Sleep(2 * maxSending)
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name   string
		values []string
		want   time.Duration
	}{
		{name: "seconds", values: []string{"7"}, want: 7 * time.Second},
		{name: "spaces", values: []string{" 7 "}, want: 7 * time.Second},
		{name: "date", values: []string{"Fri, 02 Jan 2026 03:05:05 GMT"}, want: time.Minute},
		{name: "past date", values: []string{"Fri, 02 Jan 2026 03:03:05 GMT"}, want: 0},
		{name: "zero", values: []string{"0"}, want: 0},
		{name: "negative", values: []string{"-5"}, want: 0},
		{name: "negative beyond a Duration", values: []string{"-9999999999"}, want: 0},
		{name: "text", values: []string{"soon"}, want: 0},
		{name: "fraction", values: []string{"1.5"}, want: 0},
		{name: "25 digits", values: []string{strings.Repeat("9", 25)}, want: 0},
		{name: "above a Duration", values: []string{"9999999999"}, want: 0},
		{name: "twice", values: []string{"3", "7"}, want: 7 * time.Second},
		{name: "twice, one text", values: []string{"3", "soon"}, want: 3 * time.Second},
		{name: "missing", values: nil, want: 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := retryAfter(response{header: http.Header{"Retry-After": test.values, "Date": {now.Format(http.TimeFormat)}}}); got != test.want {
				t.Errorf("retryAfter(%q) = %v, want %v", test.values, got, test.want)
			}
		})
	}
}

// Without a usable header the waits grow, but not for ever: the request fails.
func TestThrottled_growingWait(t *testing.T) {
	for _, header := range []string{"", "0", "soon"} {
		synctest.Test(t, func(t *testing.T) {
			var log requestLog
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				log.add(r)
				w.Header().Set("Retry-After", header)
				w.WriteHeader(http.StatusTooManyRequests)
			})
			started := time.Now()
			_, err := c.Webhook(t.Context(), 1)
			failure := failureOf(t, err)
			if n := len(log.times); failure.Kind != KindThrottled || failure.Attempts != n || n < maxRefusals || n > 2*maxRefusals {
				t.Fatalf("error = %v after %d attempts and %d requests, want throttled after %d or some more", failure,
					failure.Attempts, n, maxRefusals)
			}
			if first, last := log.times[1].Sub(log.times[0]), log.times[9].Sub(log.times[8]); first < 500*time.Millisecond ||
				last < 4*first {
				t.Errorf("waits from %v to %v, want them to grow", first, last)
			}
			if took := time.Since(started); failure.Elapsed != took || took < DefaultMaxThrottleWait || took > 2*DefaultMaxThrottleWait {
				t.Errorf("Elapsed = %v, want the %v that it took, bounded", failure.Elapsed, took)
			}
		})
	}
}

// Many short waits do not make a request fail early, but they do not go on for ever.
func TestThrottled_shortWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusConflict)
		})
		started := time.Now()
		_, err := c.Webhook(t.Context(), 1)
		if took := time.Since(started); failureOf(t, err).Kind != KindThrottled || took < DefaultMaxThrottleWait ||
			took > DefaultMaxThrottleWait+2*time.Second {
			t.Errorf("error = %v after %v, want throttled after %v", err, took, DefaultMaxThrottleWait)
		}
	})
}

// If the service refuses all requests again and again, all reads fail together. After
// the last wait, it is tried again.
func TestThrottled_outage(t *testing.T) {
	tests := []struct {
		name   string
		status int
		kind   Kind
	}{
		{name: "409", status: http.StatusConflict, kind: KindThrottled},
		{name: "503", status: http.StatusServiceUnavailable, kind: KindUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log requestLog
				down := true
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					if log.add(r); down {
						w.Header().Set("Retry-After", "60")
						w.WriteHeader(test.status)
						return
					}
					record(w, r)
				})
				started := time.Now()
				for range 50 {
					for _, err := range readAll(t.Context(), c, 10) {
						if failure := failureOf(t, err); failure.Kind != test.kind || failure.Status != test.status || failure.Wait != 0 {
							t.Fatalf("error = %v, wait %v", failure, failure.Wait)
						}
					}
				}
				if n := len(log.times); n > maxRefusals || time.Since(started) > maxRefusals*61*time.Second {
					t.Errorf("%d requests in %v, want %d at most", n, time.Since(started), maxRefusals)
				}
				down = false
				time.Sleep(time.Minute)
				for _, err := range readAll(t.Context(), c, 10) {
					if err != nil {
						t.Errorf("after the outage: %v", err)
					}
				}
			})
		})
	}
}

// If only one address is refused, its read fails in the end, and others succeed.
func TestThrottled_oneRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/1") {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusConflict)
				return
			}
			record(w, r)
		})
		refused := make(chan error)
		go func() { _, err := c.Webhook(t.Context(), 1); refused <- err }()
		for {
			select {
			case err := <-refused:
				if failure := failureOf(t, err); failure.Kind != KindThrottled {
					t.Errorf("error = %v, want throttled", failure)
				}
				return
			case <-time.After(time.Second):
			}
			if _, err := c.Webhook(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A wait as long as allowed is kept; what jitter adds does not count.
func TestThrottled_justNotTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, throttleOnce(&log, "120"))
		for _, err := range readAll(t.Context(), c, 10) {
			if err != nil {
				t.Error(err)
			}
		}
		if len(log.times) != 11 || log.times[1].Sub(log.times[0]) < 2*time.Minute {
			t.Errorf("requests at %v, want ten more after two minutes", log.times)
		}
	})
}

// The time of an attempt does not count while others have the connections.
func TestThrottled_connections(t *testing.T) {
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
		for _, err := range readAll(t.Context(), c, 3*maxConnections) {
			if err != nil {
				t.Error(err)
			}
		}
		if most != maxConnections {
			t.Errorf("%d requests at a time, want %d", most, maxConnections)
		}
	})
}

// Too long a wait fails at once, for those that come later too.
func TestThrottled_tooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, throttleOnce(&log, "3000"))
		started := time.Now()
		for id := range int64(3) {
			_, err := c.Webhook(t.Context(), id+1)
			if failure := failureOf(t, err); failure.Kind != KindThrottled || failure.Wait.Round(10*time.Second) != 50*time.Minute {
				t.Errorf("error = %v, wait %v, want 50 minutes", failure, failure.Wait)
			}
		}
		if len(log.times) != 1 || time.Since(started) > time.Second {
			t.Errorf("%d requests in %v, want one and no wait", len(log.times), time.Since(started))
		}
	})
}

func TestThrottled_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, throttleOnce(&log, "60"))
		ctx, cancel := context.WithCancel(t.Context())
		var cancelled time.Time
		time.AfterFunc(5*time.Second, func() { cancelled = time.Now(); cancel() })
		for _, err := range readAll(ctx, c, 10) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want cancelled", err)
			}
		}
		if took := time.Since(cancelled); took > 50*time.Millisecond {
			t.Errorf("ended %v after the cancellation", took)
		}
		time.Sleep(2 * time.Minute)
		if len(log.times) != 1 {
			t.Errorf("%d requests, want none after the first", len(log.times))
		}
	})
}

// Transient failures are tried again, with growing pauses.
func TestRetry(t *testing.T) {
	broken := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{name: "500 JSON", handler: serveJSON(500, `{"Message":"Oops."}`), want: "get webhook 1: 500: unavailable: Oops."},
		{name: "502 HTML", handler: serve(502, "text/html", "<html>secret"), want: "get webhook 1: 502: unavailable"},
		{name: "503", handler: serve(503, "", ""), want: "get webhook 1: 503: unavailable"},
		{name: "504", handler: serve(504, "", ""), want: "get webhook 1: 504: unavailable"},
		{name: "no answer", handler: broken, want: "get webhook 1: connection failed: the request timed out"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log requestLog
				failing := 4
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					if log.add(r) <= failing {
						test.handler(w, r)
						return
					}
					record(w, r)
				})
				if _, err := c.Webhook(t.Context(), 1); err != nil {
					t.Errorf("four failures: %v", err)
				}
				log = requestLog{}
				failing = 5
				_, err := c.Webhook(t.Context(), 1)
				failure := failureOf(t, err)
				if failure.Error() != test.want || failure.Attempts != 5 {
					t.Fatalf("five failures: %v after %d attempts, want %s after five", failure, failure.Attempts, test.want)
				}
				if first, last := log.times[1].Sub(log.times[0]), log.times[4].Sub(log.times[3]); last < first+time.Second {
					t.Errorf("pauses from %v to %v, want them to grow", first, last)
				}
			})
		})
	}
}

// The log tells of requests and retries, and never what an answer says.
func TestRetry_log(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := newTestClient(t, serveJSON(503, `{"Message":"Oops."}`), func(c *Config) {
			c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		_, err := c.Webhook(t.Context(), 1)
		if failure := failureOf(t, err); len(failure.Messages) != 1 {
			t.Errorf("messages = %q, want the service's", failure.Messages)
		}
		if got := log.String(); strings.Contains(got, "Oops") || strings.Count(got, "Request to Nexudus") != 1+DefaultMaxRetries ||
			strings.Count(got, "status=503 kind=unavailable") != DefaultMaxRetries {
			t.Errorf("log = %s\nwant each request and each retry, and not what the service says", got)
		}
	})
}

// After a 503 with Retry-After, there is no retry before that time.
func TestRetry_retryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if log.add(r) == 1 {
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(503)
				return
			}
			record(w, r)
		})
		if _, err := c.Webhook(t.Context(), 1); err != nil || log.times[1].Sub(log.times[0]) < 20*time.Second {
			t.Errorf("requests at %v, %v; want 20 s between", log.times, err)
		}
	})
}

func TestRetry_outage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		down := true
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if log.add(r); down {
				w.WriteHeader(503)
				return
			}
			record(w, r)
		})
		started := time.Now()
		for range 50 {
			for _, err := range readAll(t.Context(), c, 10) {
				if failureOf(t, err).Kind != KindUnavailable {
					t.Fatal(err)
				}
			}
		}
		if n := len(log.times); n < 500 || n > 500+retryBudgetSize {
			t.Errorf("%d requests for 500 reads, want at most %d retries", n, retryBudgetSize)
		}
		if took := time.Since(started); took > 2*time.Minute {
			t.Errorf("failed after %v, want it soon", took)
		}

		down = false
		if _, err := c.Webhook(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		down = true
		_, err := c.Webhook(t.Context(), 1)
		if failure := failureOf(t, err); failure.Attempts != 1+DefaultMaxRetries {
			t.Errorf("%d attempts after a success, want all again", failure.Attempts)
		}
	})
}

// Reads ten at a time, as a CLI sends them, against the documented limits. Of
// these, 200 need 68 s: 120 requests in a minute, and 8 s for the rest.
func TestThrottled_documentedLimits(t *testing.T) {
	tests := []struct {
		name     string
		programs int // with one account, none of which knows of the others
		reads    int64
		within   time.Duration
		refused  int
	}{
		{name: "20 reads", programs: 1, reads: 20, within: 2500 * time.Millisecond, refused: 0},
		{name: "200 reads", programs: 1, reads: 200, within: 75 * time.Second, refused: 2},
		{name: "three programs", programs: 3, reads: 100, within: 150 * time.Second, refused: 120},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, clients := sharedAccount(t, test.programs)
				started := time.Now()
				readTogether(t, clients, test.reads)
				if took := time.Since(started); took > test.within {
					t.Errorf("took %v, want %v at most", took, test.within)
				}
				if n := len(server.Requests()) - test.programs*int(test.reads); n > test.refused {
					t.Errorf("%d requests were refused, want %d at most", n, test.refused)
				}
			})
		})
	}
}

// Clients that were told to wait for the same time do not return at the same moment.
func TestJitter(t *testing.T) {
	seen := make(map[time.Duration]bool)
	for range 100 {
		more := jitter(30 * time.Second)
		if more < 0 || more > time.Second {
			t.Fatalf("jitter = %v, want a second at most", more)
		}
		seen[more.Truncate(10*time.Millisecond)] = true
	}
	if len(seen) < 30 {
		t.Errorf("100 waits end at %d moments, want them apart", len(seen))
	}
}

// A request that has to open a connection does not shorten the gap to the next, and one
// that hangs does not block the others for ever.
func TestLimiter_spacedFromSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newLimiter(10)
		started := time.Now()
		sent, _, err := p.wait(t.Context(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(500*time.Millisecond, sent)
		if _, _, err := p.wait(t.Context(), time.Minute); err != nil || time.Since(started) != 610*time.Millisecond {
			t.Errorf("the second went after %v, %v, want 500 ms for the first and 110 ms", time.Since(started), err)
		}
		if _, _, err := p.wait(t.Context(), time.Minute); err != nil ||
			time.Since(started) != 610*time.Millisecond+maxSending+110*time.Millisecond {
			t.Errorf("the third went after %v, %v, want maxSending for the second and 110 ms", time.Since(started), err)
		}
		time.Sleep(2 * maxSending)
	})
}

// sharedAccount is an account with the documented limits and the webhooks 1 to
// 200, and clients of it.
func sharedAccount(t *testing.T, clients int) (*simulator.Server, []*Client) {
	t.Helper()
	server := &simulator.Server{}
	server.AddUser(simulator.User{Username: "a@example.com"})
	for range 200 {
		server.AddWebhook(simulator.Webhook{Name: "webhook", Action: 6})
	}
	token := server.IssueToken("a@example.com")
	all := make([]*Client, clients)
	for i := range all {
		all[i] = newTestClient(t, server.ServeHTTP, func(c *Config) { c.Auth = Token{NewSecret(token)} })
	}
	return server, all
}

// readTogether reads the webhooks 1 to n with each client, ten at a time.
func readTogether(t *testing.T, clients []*Client, n int64) {
	t.Helper()
	var group sync.WaitGroup
	for _, c := range clients {
		ids := make(chan int64)
		go func() {
			defer close(ids)
			for id := range n {
				ids <- id + 1
			}
		}()
		for range 10 {
			group.Go(func() {
				for id := range ids {
					if _, err := c.Webhook(t.Context(), id); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	group.Wait()
}
