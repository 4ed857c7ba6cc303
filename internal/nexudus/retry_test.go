package nexudus

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// Waits for the throttle are no retries, however long they take together: a read
// that waited for a quarter of an hour must still survive one failure.
func TestRetry_afterLongWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			switch n := log.add(r); {
			case n < maxRefusals:
				throttled(w, "119")
			case n == maxRefusals:
				w.WriteHeader(http.StatusServiceUnavailable)
			default:
				record(w, r)
			}
		})
		started := time.Now()
		if _, err := c.Webhook(t.Context(), 1); err != nil || time.Since(started) < 15*time.Minute {
			t.Errorf("error = %v after %v, want the record", err, time.Since(started))
		}
	})
}

// A sign-in that has used up its retries has failed: reads that share it must not
// pause and "retry" without sending anything.
func TestRetry_failedSignInIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}}
		c := newTestClient(t, server.ServeHTTP, withPassword(someone))
		for _, err := range readAll(t.Context(), c, 10) {
			if failure := failureOf(t, err); failure.Kind != KindUnavailable {
				t.Errorf("error = %v, want unavailable", failure)
			}
		}
		last := server.times[len(server.times)-1]
		if since := time.Since(last); since != 0 || len(server.paths) != 1+DefaultMaxRetries {
			t.Errorf("the reads failed %v after the last of %d requests, want at once", since, len(server.paths))
		}
		started := time.Now()
		if _, err := c.Webhook(t.Context(), 11); err == nil || time.Since(started) != 0 {
			t.Errorf("a later read: %v after %v, want the same failure at once", err, time.Since(started))
		}
	})
}

// A write that is interrupted before its retry may have been processed: its caller
// learns that, not only of the interrupt. One that never left was not processed.
func TestRetry_interrupted(t *testing.T) {
	tests := []struct {
		name    string
		fail    func(*http.Request) (*http.Response, error)
		unknown bool
	}{
		{name: "unavailable", fail: memory{serve(503, "", "")}.RoundTrip, unknown: true},
		{name: "never left", fail: func(request *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(request.Context()).GetConn("")
			return nil, syscall.ECONNREFUSED
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, interrupt := context.WithCancel(t.Context())
				c := newTestClient(t, nil, func(c *Config) {
					c.Transport = transport(func(request *http.Request) (*http.Response, error) {
						time.AfterFunc(time.Millisecond, interrupt)
						return test.fail(request)
					})
				})
				err := c.DeleteWebhook(ctx, 1)
				failure, failed := errors.AsType[*Error](err)
				if failed != test.unknown || failed && !failure.Unknown || !failed && !errors.Is(err, context.Canceled) {
					t.Errorf("error = %v, want one with an unknown outcome: %v", err, test.unknown)
				}
			})
		})
	}
}

// A read that begins while a cancelled one of the same webhook is still ending is a
// new one: its caller has cancelled nothing.
func TestRetry_afterCancelledRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		c := newTestClient(t, nil, func(c *Config) {
			c.Transport = transport(func(request *http.Request) (*http.Response, error) {
				if requests++; requests == 1 {
					<-request.Context().Done()
					time.Sleep(time.Second) // ends in its own time
					return nil, request.Context().Err()
				}
				return memory{http.HandlerFunc(record)}.RoundTrip(request)
			})
		})
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error)
		go func() { _, err := c.Webhook(ctx, 1); first <- err }()
		synctest.Wait()
		cancel()
		if err := <-first; err == nil {
			t.Error("the first read succeeded, want it cancelled")
		}
		if webhook, err := c.Webhook(t.Context(), 1); err != nil || webhook.ID != 1 {
			t.Errorf("webhook = %v, %v, want the record", webhook, err)
		}
		time.Sleep(2 * time.Second)
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
		{name: "no response", handler: broken, want: "get webhook 1: connection failed: the request timed out"},
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

// The log tells of requests and retries, and never what a response says.
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
		if n := len(log.times); n < 500 || n > 500+retryBudget {
			t.Errorf("%d requests for 500 reads, want at most %d retries", n, retryBudget)
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
