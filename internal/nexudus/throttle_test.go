package nexudus

import (
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

// Slow answers do not slow down the next requests: ten reads leave within about a
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
