package nexudus

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

const (
	listPath = "GET /api/sys/webhooks"
	tooFew   = fewReads // reads that are not answered from a list
)

// fleetServer answers a list with n webhooks, and records the requests.
func fleetServer(n int, log *requestLog) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		log.add(r)
		if r.Method != http.MethodGet {
			serveJSON(200, `{"WasSuccessful":true}`)(w, r)
			return
		}
		if r.URL.Path != "/api/sys/webhooks" {
			record(w, r)
			return
		}
		records := ""
		for id := range n {
			records += fmt.Sprintf(`,{"Id":%d,"Name":"orders","UpdatedOn":"2024-05-02T08:00:00Z"}`, id+1)
		}
		serveJSON(200, fmt.Sprintf(`{"Records":[%s],"TotalItems":%d,"HasNextPage":false}`, records[min(1, len(records)):], n))(w, r)
	}
}

// summarize asks for the summaries of the webhooks 1 to n at once, and returns
// how many came.
func summarize(ctx context.Context, c *Client, n int) (came int) {
	var mu sync.Mutex
	var group sync.WaitGroup
	for id := range n {
		group.Go(func() {
			summary := c.WebhookSummary(ctx, int64(id+1))
			mu.Lock()
			defer mu.Unlock()
			if summary != nil && summary.ID == int64(id+1) {
				came++
			}
		})
	}
	group.Wait()
	return came
}

func TestWebhookSummary(t *testing.T) {
	tests := []struct {
		name string
		// use uses the client and returns how many summaries came.
		use       func(context.Context, *Client) int
		want      int
		wantLists int
	}{
		{name: "few", use: func(ctx context.Context, c *Client) int { return summarize(ctx, c, tooFew) }},
		{name: "many at once", use: func(ctx context.Context, c *Client) int { return summarize(ctx, c, 100) }, want: 100 - tooFew, wantLists: 1},
		{
			name: "within a minute",
			use: func(ctx context.Context, c *Client) int {
				summarize(ctx, c, 100)
				time.Sleep(summariesAge - time.Second)
				return summarize(ctx, c, 100)
			},
			want: 100, wantLists: 1,
		},
		{
			name: "after a minute",
			use: func(ctx context.Context, c *Client) int {
				summarize(ctx, c, 100)
				time.Sleep(summariesAge)
				return summarize(ctx, c, 100)
			},
			want: 100, wantLists: 2,
		},
		{
			name: "after a write",
			use: func(ctx context.Context, c *Client) int {
				summarize(ctx, c, 100)
				if err := c.DeleteWebhook(ctx, 1); err != nil {
					panic(err)
				}
				return summarize(ctx, c, 100)
			},
			wantLists: 1,
		},
		{
			name: "not in the list",
			use: func(ctx context.Context, c *Client) int {
				summarize(ctx, c, 100)
				return summarize(ctx, c, 110) - 100
			},
			wantLists: 1,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := new(requestLog)
				c := newTestClient(t, fleetServer(100, log))
				if got := test.use(t.Context(), c); got != test.want {
					t.Errorf("%d summaries, want %d", got, test.want)
				}
				if got := log.count(listPath); got != test.wantLists {
					t.Errorf("%d lists, want %d", got, test.wantLists)
				}
			})
		})
	}
}

// While a write runs, nobody knows what a list holds.
func TestWebhookSummary_duringWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(requestLog)
		serve := fleetServer(100, log)
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				time.Sleep(5 * time.Second)
			}
			serve(w, r)
		})
		summarize(t.Context(), c, 100)
		var group sync.WaitGroup
		group.Go(func() {
			if err := c.DeleteWebhook(t.Context(), 1); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		if got := summarize(t.Context(), c, 100); got != 0 {
			t.Errorf("%d summaries while a write runs, want none", got)
		}
		group.Wait()
	})
}

// A list that fails is not asked for by each record.
func TestWebhookSummary_failure(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		tries   int
	}{
		{name: "no role", handler: serve(401, "", ""), tries: 1},
		{name: "firewall", handler: serve(403, "text/html", "<html>"), tries: 1},
		{name: "truncated", handler: serveJSON(200, `{"Records":[{"Id":1},`), tries: 1},
		{name: "outage", handler: serve(503, "", ""), tries: DefaultMaxRetries + 1},
		{name: "fewer than announced", handler: serveJSON(200, `{"Records":[{"Id":1}],"TotalItems":2,"HasNextPage":true}`), tries: 2 * 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := new(requestLog)
				good := fleetServer(100, log)
				failing := true
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					if !failing {
						good(w, r)
						return
					}
					log.add(r)
					test.handler(w, r)
				})
				for range 2 {
					if got := summarize(t.Context(), c, 100); got != 0 {
						t.Errorf("%d summaries, want none", got)
					}
				}
				if got := log.count(listPath); got != test.tries {
					t.Errorf("%d requests for lists, want %d", got, test.tries)
				}
				// It may have been an outage.
				failing = false
				time.Sleep(summariesAge)
				if got := summarize(t.Context(), c, 100); got != 100 {
					t.Errorf("%d summaries after a minute, want all", got)
				}
			})
		})
	}
}

// A caller that leaves does not make the list fail for the others.
func TestWebhookSummary_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(requestLog)
		serve := fleetServer(100, log)
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			serve(w, r)
		})
		summarize(t.Context(), c, tooFew)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			if summary := c.WebhookSummary(ctx, 1); summary != nil {
				t.Errorf("a cancelled call returned %+v", summary)
			}
		})
		synctest.Wait()
		group.Go(func() {
			if c.WebhookSummary(t.Context(), 2) == nil {
				t.Error("no summary after another caller has left")
			}
		})
		time.Sleep(100 * time.Millisecond)
		cancel()
		group.Wait()
		if got := log.count(listPath); got != 1 {
			t.Errorf("%d lists, want 1", got)
		}

		// If nobody waits any more, the list has not failed: it is read again.
		time.Sleep(summariesAge)
		ctx, cancel = context.WithCancel(t.Context())
		group.Go(func() { summarize(ctx, c, 1) })
		time.Sleep(100 * time.Millisecond)
		cancel()
		group.Wait()
		time.Sleep(10 * time.Second)
		if got := summarize(t.Context(), c, 100); got != 100 {
			t.Errorf("%d summaries after a cancelled list, want all", got)
		}
	})
}

func TestWebhookSummary_copies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, fleetServer(100, new(requestLog)))
		summarize(t.Context(), c, tooFew)
		c.WebhookSummary(t.Context(), 1).Description = new("changed")
		if got := c.WebhookSummary(t.Context(), 1).Description; got != nil {
			t.Errorf("Description = %q, which another caller has set", *got)
		}
	})
}

// A list that never answers costs the time of its retries once, and not again for
// each batch of reads.
func TestWebhookSummary_slowFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(requestLog)
		good := fleetServer(60, log)
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/webhooks") {
				log.add(r)
				hang(w, r)
				return
			}
			good(w, r)
		})
		if got := summarize(t.Context(), c, 60); got != 0 {
			t.Errorf("%d summaries, want none", got)
		}
		if got := log.count(listPath); got != DefaultMaxRetries+1 {
			t.Errorf("%d requests for lists, want %d", got, DefaultMaxRetries+1)
		}
	})
}

// The webhooks of a fleet are settled when they are read back, and that takes no
// longer than the documented 120 requests per minute allow.
func TestClient_settle(t *testing.T) {
	const fleet = 120
	synctest.Test(t, func(t *testing.T) {
		account := &simulator.Server{}
		account.AddUser(simulator.User{Username: "a@example.com"})
		token := account.IssueToken("a@example.com")
		ids := make([]int64, fleet)
		fields := func(i int) WebhookFields {
			return WebhookFields{BusinessID: 1, Name: fmt.Sprint(i), URL: "https://example.com/", Action: 6, Active: true}
		}
		create := func(c *Client, i int) (*Webhook, error) {
			id, err := c.CreateWebhook(t.Context(), fields(i))
			if err != nil {
				return nil, err
			}
			ids[i] = id
			return c.Webhook(t.Context(), id)
		}
		update := func(c *Client, i int) (*Webhook, error) {
			changed := fields(i)
			changed.Description = "new"
			return c.UpdateWebhook(t.Context(), ids[i], changed)
		}
		tests := []struct {
			name        string
			write       func(c *Client, i int) (*Webhook, error)
			writes      int
			wantSettled int
			wantWithin  time.Duration
		}{
			{name: "few creates", write: create, writes: fewWrites, wantSettled: 0, wantWithin: time.Second},
			{name: "creates", write: create, writes: fleet, wantSettled: fleet - fewWrites, wantWithin: 2*time.Minute + 10*time.Second},
			{name: "20 creates", write: create, writes: 20, wantSettled: 20 - fewWrites, wantWithin: 12 * time.Second},
			{name: "few updates", write: update, writes: fewWrites, wantSettled: 0, wantWithin: time.Second},
			{name: "updates", write: update, writes: fleet, wantSettled: fleet - fewWrites, wantWithin: 3*time.Minute + 10*time.Second},
		}
		for _, test := range tests {
			time.Sleep(time.Hour) // so that earlier requests do not count
			c := newTestClient(t, account.ServeHTTP, func(c *Config) { c.Auth = Token{NewSecret(token)} })
			var settled atomic.Int64
			var group errgroup.Group
			group.SetLimit(maxConnections)
			started := time.Now()
			for i := range test.writes {
				group.Go(func() error {
					webhook, err := test.write(c, i)
					if err == nil && webhook.Settled() {
						settled.Add(1)
					}
					return err
				})
			}
			if err := group.Wait(); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			took := time.Since(started)
			if got := int(settled.Load()); got < test.wantSettled || test.wantSettled == 0 && got > 0 || took > test.wantWithin {
				t.Errorf("%s: %d settled after %v, want %d within %v", test.name, got, took, test.wantSettled, test.wantWithin)
			}
		}
	})
}

// The pause is long enough if the clock that sets UpdatedOn is a second ahead and the
// read takes most of a second.
func TestClient_settle_clockAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for offset := range 10 { // within the second
			time.Sleep(100 * time.Millisecond)
			var updated string
			list := serveJSON(200, `{"Records":[],"TotalItems":0,"HasNextPage":false}`)
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodPost:
					updated = time.Now().Add(time.Second).UTC().Format(time.RFC3339)
					serveJSON(200, `{"WasSuccessful":true,"Value":{"Id":7}}`)(w, r)
				case r.URL.Path == "/api/sys/webhooks":
					list(w, r)
				default:
					time.Sleep(900 * time.Millisecond)
					w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
					serveJSON(200, fmt.Sprintf(`{"Id":7,"UpdatedOn":%q}`, updated))(w, r)
				}
			})
			c.writes.Store(2 * fewWrites)
			id, err := c.CreateWebhook(t.Context(), WebhookFields{})
			if err != nil {
				t.Fatal(err)
			}
			if webhook, err := c.Webhook(t.Context(), id); err != nil || !webhook.Settled() {
				t.Errorf("offset %d: webhook = %+v, %v, want it settled", offset, webhook, err)
			}
		}
	})
}

// A caller that leaves while an updated webhook settles learns at once that it could not
// be read back.
func TestClient_settle_cancelledUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, fleetServer(1, new(requestLog)))
		c.writes.Store(2 * fewWrites)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		_, err := c.UpdateWebhook(ctx, 1, WebhookFields{})
		if took := time.Since(started); failureOf(t, err).Kind != KindUnverified || took != time.Second {
			t.Errorf("error = %v after %v, want not verified after 1s", err, took)
		}
	})
}

// A caller that leaves while a new webhook settles gets its Id at once.
func TestClient_settle_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		created := serveJSON(200, `{"WasSuccessful":true,"Value":{"Id":7}}`)
		list := serveJSON(200, `{"Records":[],"TotalItems":0,"HasNextPage":false}`)
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				created(w, r)
				return
			}
			list(w, r)
		})
		c.writes.Store(2 * fewWrites)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		id, err := c.CreateWebhook(ctx, WebhookFields{})
		if took := time.Since(started); id != 7 || err != nil || took != time.Second {
			t.Errorf("CreateWebhook = %d, %v after %v, want 7 after 1s", id, err, took)
		}
	})
}
