package nexudus

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A read that follows a write joins no read from before it.
func TestClient_readsAfterWritesAreFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t, func(c *Config) { c.MaxRequestsPerSecond = 0 })
		w.AddWebhook(lived)
		slow := true
		w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet || !slow {
				return false
			}
			slow = false
			recorder := httptest.NewRecorder()
			w.Handle(recorder, r)
			time.Sleep(5 * time.Second)
			out.Write(recorder.Body.Bytes())
			return true
		})
		first := make(chan string)
		go func() {
			webhook, err := w.client.Webhook(t.Context(), 300)
			if err != nil {
				t.Error(err)
			}
			first <- *webhook.Name
		}()
		synctest.Wait()
		if _, err := w.client.UpdateWebhook(t.Context(), 300, orders); err != nil {
			t.Fatal(err)
		}
		webhook, err := w.client.Webhook(t.Context(), 300)
		if err != nil || *webhook.Name != "orders" {
			t.Errorf("after the update: %v, %v, want the new name", webhook, err)
		}
		if old := <-first; old != "before" {
			t.Errorf("the read before = %q, want the old name", old)
		}
	})
}

// A read that was sent during a write, and is still in flight when the write ends,
// does not answer a read that follows it.
func TestClient_readsAfterWritesJoinNoReadFromDuringThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t, func(c *Config) { c.MaxRequestsPerSecond = 0 })
		w.AddWebhook(lived)
		started := time.Now()
		w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
			recorder := httptest.NewRecorder()
			switch {
			case r.Method == http.MethodPut:
				time.Sleep(2 * time.Second)
				w.Handle(recorder, r)
			case time.Since(started) < 2*time.Second && time.Since(started) > 0:
				w.Handle(recorder, r) // the old record
				time.Sleep(10 * time.Second)
			default:
				return false
			}
			out.WriteHeader(recorder.Code)
			out.Write(recorder.Body.Bytes())
			return true
		})
		go func() {
			time.Sleep(time.Second)
			w.client.Webhook(t.Context(), 300)
		}()
		if got, err := w.client.UpdateWebhook(t.Context(), 300, orders); err != nil || *got.Name != "orders" {
			t.Errorf("webhook = %v, %v, want the update's name", got, err)
		}
		time.Sleep(time.Minute)
	})
}

// Callers who share a response get values of their own.
func TestClient_sharedResponsesDistinctValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			record(w, r)
		})
		values := make(chan *Webhook)
		for range 2 {
			go func() {
				webhook, err := c.Webhook(t.Context(), 1)
				if err != nil {
					t.Error(err)
				}
				values <- webhook
			}()
		}
		if a, b := <-values, <-values; a == b || a.Name == b.Name {
			t.Error("two callers got the same value")
		}
	})
}

// Equal reads in flight are one request.
func TestClient_webhookShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			log.add(r)
			time.Sleep(time.Second)
			record(w, r)
		})
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if webhook, err := c.Webhook(t.Context(), 1); err != nil || webhook.ID != 1 {
					t.Errorf("webhook = %v, %v", webhook, err)
				}
			})
		}
		group.Wait()
		if n := len(log.paths); n != 1 {
			t.Errorf("%d requests for ten equal reads, want one", n)
		}
	})
}

// The error of a caller that shared another's request has that request's attempts and
// duration.
func TestClient_sharedFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			serve(200, "text/html", "<html>")(w, r)
		})
		for _, err := range readSame(t.Context(), c, 3) {
			if failure := failureOf(t, err); failure.Attempts != 1 || failure.Elapsed != time.Second {
				t.Errorf("error = %v after %d attempts in %v, want one in a second", failure, failure.Attempts, failure.Elapsed)
			}
		}
	})
}
