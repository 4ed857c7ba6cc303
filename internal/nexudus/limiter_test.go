package nexudus

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

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
