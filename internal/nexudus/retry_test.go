package nexudus

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
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
