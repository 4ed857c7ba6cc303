package nexudus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
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

// throttled answers 409, and how long to wait where it is given.
func throttled(w http.ResponseWriter, retryAfter string) {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(http.StatusConflict)
}

// max_throttle_wait is about what Nexudus asks for. Where it does not say how long,
// the client's own growing waits end at the limit: they must neither fail a call nor
// be reported as something that Nexudus asked for.
func TestThrottle_ownWaitWithinLimit(t *testing.T) {
	limit := func(c *Config) { c.MaxThrottleWait = 3 * time.Second }
	for _, reads := range []int{1, 50} {
		t.Run(fmt.Sprintf("passes, %d reads", reads), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log requestLog
				lines := &requestLines{}
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					if log.add(r) <= 8 {
						throttled(w, "")
						return
					}
					record(w, r)
				}, limit, lines.config)
				for _, err := range readAll(t.Context(), c, reads) {
					if err != nil {
						t.Error(err)
					}
				}
				for i := range min(8, len(log.times)-1) {
					if gap := log.times[i+1].Sub(log.times[i]); gap > 3*time.Second+300*time.Millisecond {
						t.Errorf("wait %d took %v, want the limit of 3 s at most, and jitter", i+1, gap)
					}
				}
				text := lines.text.String()
				if asked, own := strings.Count(text, "Nexudus asks to wait"), strings.Count(text, "Throttled without a time to wait"); asked != 0 ||
					own != 8 {
					t.Errorf("the log has %d waits that Nexudus asked for and %d others, want eight others", asked, own)
				}
			})
		})
	}
	for _, reads := range []int{1, 50} {
		t.Run(fmt.Sprintf("for ever, %d reads", reads), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { throttled(w, "") }, limit)
				for range 3 { // those that come next are told of the same wait
					for _, err := range readAll(t.Context(), c, reads) {
						if failure := failureOf(t, err); failure.Kind != KindThrottled || failure.Wait != 0 {
							t.Errorf("error = %v with the wait %v, want throttled, and none that Nexudus asked for", failure, failure.Wait)
						}
					}
				}
			})
		})
	}
	t.Run("asked for too long", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { throttled(w, "4") }, limit)
			for _, err := range readAll(t.Context(), c, 50) {
				if failure := failureOf(t, err); failure.Wait <= 3*time.Second || failure.Wait > 4*time.Second {
					t.Errorf("error = %v with the wait %v, want what is left of the 4 s that Nexudus asked for", failure, failure.Wait)
				}
			}
		})
	})
}

// A date in Retry-After is a time by the server's clock. Compared with a local clock that
// is five minutes off, a wait of ten seconds would be too long or no wait at all.
func TestThrottle_dateByServerClock(t *testing.T) {
	for _, off := range []time.Duration{-5 * time.Minute, 0, 5 * time.Minute, 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			var log requestLog
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				if log.add(r) == 1 {
					now := time.Now().Add(off).UTC()
					w.Header().Set("Date", now.Format(http.TimeFormat))
					throttled(w, now.Add(10*time.Second).Format(http.TimeFormat))
					return
				}
				record(w, r)
			})
			if _, err := c.Webhook(t.Context(), 1); err != nil {
				t.Fatalf("clocks %v apart: %v", off, err)
			}
			if gap := log.times[1].Sub(log.times[0]); gap < 10*time.Second || gap > 12*time.Second {
				t.Errorf("clocks %v apart: waited %v, want 10 s and jitter", off, gap)
			}
		})
	}
	for _, date := range []string{"", "yesterday"} {
		synctest.Test(t, func(t *testing.T) {
			var log requestLog
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				if log.add(r) == 1 {
					w.Header().Set("Date", date)
					throttled(w, time.Now().Add(10*time.Second).UTC().Format(http.TimeFormat))
					return
				}
				record(w, r)
			})
			if _, err := c.Webhook(t.Context(), 1); err != nil || log.times[1].Sub(log.times[0]) < 10*time.Second {
				t.Errorf("Date %q: requests at %v, %v; want 10 s by our own clock", date, log.times, err)
			}
		})
	}
}

// Programs that were told the same must not all come back at the same moment, or
// they are refused together again and again.
func TestThrottle_programsComeBackApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const programs = 50
		var mu sync.Mutex
		var back []time.Duration
		var group sync.WaitGroup
		started := time.Now()
		for range programs {
			var log requestLog
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				if log.add(r) == 1 {
					throttled(w, "30")
					return
				}
				mu.Lock()
				defer mu.Unlock()
				back = append(back, time.Since(started).Truncate(10*time.Millisecond))
				record(w, r)
			})
			group.Go(func() {
				if _, err := c.Webhook(t.Context(), 1); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		slices.Sort(back)
		if back[0] < 30*time.Second || back[programs-1] > 32*time.Second {
			t.Errorf("back after %v to %v, want 30 s and a little", back[0], back[programs-1])
		}
		if n := len(slices.Compact(back)); n < programs/4 {
			t.Errorf("%d programs came back at %d moments, want them apart", programs, n)
		}
	})
}

// A retry after a 503 with Retry-After counts towards max_retries, or a user who asked for
// two would wait for ever.
func TestThrottle_unavailableCountsAsRetry(t *testing.T) {
	for _, retries := range []int{0, 2} {
		synctest.Test(t, func(t *testing.T) {
			var log requestLog
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				log.add(r)
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusServiceUnavailable)
			}, func(c *Config) { c.MaxRetries = retries })
			_, err := c.Webhook(t.Context(), 1)
			if failure := failureOf(t, err); failure.Kind != KindUnavailable || failure.Attempts != 1+retries ||
				len(log.times) != 1+retries {
				t.Errorf("error = %v after %d attempts, %d requests, want %d retries", failure, failure.Attempts, len(log.times), retries)
			}
		})
	}
}

// A refused read beside others that are answered, if only by a 404, is no outage:
// the others must not be told that Nexudus throttles them.
func TestThrottle_answersEndOutage(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusNotFound, http.StatusBadRequest} {
		synctest.Test(t, func(t *testing.T) {
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/1"):
					throttled(w, "5")
				case status == http.StatusOK:
					record(w, r)
				default:
					serveJSON(status, `{"Message":"No."}`)(w, r)
				}
			})
			refused := make(chan error)
			go func() { _, err := c.Webhook(t.Context(), 1); refused <- err }()
			for id := int64(2); ; id++ {
				select {
				case err := <-refused:
					if failure := failureOf(t, err); failure.Kind != KindThrottled {
						t.Errorf("error = %v, want throttled", failure)
					}
					return
				default:
				}
				if _, err := c.Webhook(t.Context(), id); is(err, KindThrottled) {
					t.Fatalf("webhook %d, answered with %d: %v", id, status, err)
				}
			}
		})
	}
}

// A gateway error between throttled responses does not end an outage: all reads still
// fail together after a limited time, not one after the other.
func TestThrottle_failuresDoNotEndOutage(t *testing.T) {
	tests := []struct {
		name string
		fail func(*http.Request) (*http.Response, error)
	}{
		{name: "gateway", fail: memory{serve(502, "text/html", "<html>")}.RoundTrip},
		{name: "no connection", fail: func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				requests := 0
				c := newTestClient(t, nil, func(c *Config) {
					c.Transport = transport(func(request *http.Request) (*http.Response, error) {
						mu.Lock()
						requests++
						odd := requests%2 == 1
						mu.Unlock()
						if odd {
							return memory{
								http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { throttled(w, "30") }),
							}.RoundTrip(request)
						}
						return test.fail(request)
					})
				})
				started := time.Now()
				for _, err := range readAll(t.Context(), c, 100) {
					if err == nil {
						t.Error("a read succeeded")
					}
				}
				if took := time.Since(started); took > 12*time.Minute {
					t.Errorf("took %v, want ten refusals of 30 s and the retries", took)
				}
			})
		})
	}
}

// Slow responses do not slow down the next requests: ten reads leave within about a
// second, however long each takes.
func TestThrottle_nextGoesWhenWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			log.add(r)
			time.Sleep(20 * time.Second)
			record(w, r)
		})
		for _, err := range readAll(t.Context(), c, 10) {
			if err != nil {
				t.Error(err)
			}
		}
		if took := log.times[9].Sub(log.times[0]); took > 1100*time.Millisecond {
			t.Errorf("ten requests left within %v, want 110 ms between two", took)
		}
	})
}

// Requests that never left do not slow down the next ones either: without a network, ten
// reads fail at once.
func TestThrottle_nextGoesWhenFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, nil, func(c *Config) {
			c.MaxRetries = 0
			c.Transport = transport(func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED })
		})
		started := time.Now()
		for _, err := range readAll(t.Context(), c, 10) {
			if failure := failureOf(t, err); failure.Reason != "the connection was refused" {
				t.Errorf("error = %v, want the connection refused", failure)
			}
		}
		if took := time.Since(started); took > 1100*time.Millisecond {
			t.Errorf("ten reads failed within %v, want 110 ms between two", took)
		}
	})
}

// The longest of several waits counts, and each is kept in full.
func TestThrottle_severalWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		waits := []int{7, 1, 30, 2}
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if n := log.add(r); n <= len(waits) {
				throttled(w, strconv.Itoa(waits[n-1]))
				return
			}
			record(w, r)
		})
		if _, err := c.Webhook(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		for i, wait := range waits {
			if gap := log.times[i+1].Sub(log.times[i]); gap < time.Duration(wait)*time.Second || gap > time.Duration(wait+1)*time.Second {
				t.Errorf("wait %d took %v, want %d s", i+1, gap, wait)
			}
		}
	})
}

func TestThrottle_allWait(t *testing.T) {
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
func TestThrottle_growingWait(t *testing.T) {
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
func TestThrottle_shortWaits(t *testing.T) {
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
func TestThrottle_outage(t *testing.T) {
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
func TestThrottle_oneRefused(t *testing.T) {
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
func TestThrottle_justNotTooLong(t *testing.T) {
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
func TestThrottle_connections(t *testing.T) {
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
func TestThrottle_tooLong(t *testing.T) {
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

func TestThrottle_cancelled(t *testing.T) {
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

// Reads ten at a time, as a CLI sends them, against the documented limits. Of
// these, 200 need 68 s: 120 requests in a minute, and 8 s for the rest.
func TestThrottle_documentedLimits(t *testing.T) {
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
