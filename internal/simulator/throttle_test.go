package simulator_test

import (
	"cmp"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// throttled starts virtual time with a throttled account.
func throttled(t *testing.T, factor float64, f func(c client)) {
	synctest.Test(t, func(t *testing.T) {
		server := simulator.Demo()
		server.LimitFactor = factor
		f(newClient(t, server, "Bearer "+server.IssueToken("demo@example.com")))
	})
}

const read = "/api/sys/webhooks/101"

// step is n requests of a client, each followed by a pause.
type step struct {
	n       int
	pause   time.Duration
	method  string // GET if it is empty
	refused string // their Retry-After, if they must be told to wait
}

func (c client) send(s step) {
	c.t.Helper()
	method, target := cmp.Or(s.method, "GET"), read
	switch method {
	case "DELETE":
		target = "/api/sys/webhooks/1"
	case "PUT", "POST":
		target = "/api/sys/webhooks"
	}
	for range s.n {
		w := c.do(method, target, "")
		if got := w.Header().Get("Retry-After"); got != s.refused || (w.Code == http.StatusConflict && w.Body.Len() == 0) != (s.refused != "") {
			c.t.Fatalf("%s %s: status %d, Retry-After = %q, want %q, with body %q", method, target, w.Code, got, s.refused, w.Body)
		}
		time.Sleep(s.pause)
	}
}

// The documented limits. Assumed: a throttled request does not count.
func TestThrottle(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name   string
		factor float64
		steps  []step
	}{
		{name: "1 in 100 ms", steps: []step{{n: 1, pause: 100*ms - 1}, {n: 1, refused: "1", pause: 1}, {n: 1}}},
		{name: "120 in a minute, which slides", factor: 1, steps: []step{
			{n: 120, pause: 250 * ms}, {n: 1, refused: "30", pause: 29_500 * ms}, {n: 1, refused: "1", pause: 500 * ms}, {n: 1},
		}},
		{name: "5,000 in an hour", steps: []step{{n: 5000, pause: 600 * ms}, {n: 1, refused: "600", pause: 10 * time.Minute}, {n: 1}}},
		{name: "60 writes in a minute", steps: []step{
			{n: 20, pause: 500 * ms}, {n: 60, pause: 500 * ms, method: "DELETE"},
			{n: 1, refused: "30", method: "DELETE"}, {n: 1, refused: "30", method: "PUT"}, {n: 1, refused: "30", method: "POST"}, {n: 1},
		}},
		{name: "5,000 writes in a day", steps: []step{
			{n: 5000, pause: 2 * time.Second, method: "DELETE"}, {n: 1, refused: "76400", method: "DELETE"}, {n: 1},
		}},
		{name: "next day, which forgets one", steps: []step{
			{n: 1, pause: 24*time.Hour - 40*time.Second}, {n: 118, pause: 250 * ms}, {n: 1, pause: 10_500 * ms}, {n: 1, pause: 100 * ms}, {n: 1, refused: "20"},
		}},
		{name: "ten times", factor: 10, steps: []step{{n: 1200, pause: 10 * ms}, {n: 1, refused: "48"}}},
		{name: "a thousandth", factor: 0.001, steps: []step{{n: 1}, {n: 1, refused: "100"}}},
		{name: "off", factor: -1, steps: []step{{n: 300, method: "DELETE"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			throttled(t, test.factor, func(c client) {
				for _, step := range test.steps {
					c.send(step)
				}
			})
		})
	}
}

// Documented: limits are per client.
func TestThrottle_client(t *testing.T) {
	throttled(t, 0, func(c client) {
		c.server.AddUser(simulator.User{Username: "b", Password: "p"})
		c.send(step{n: 1})
		c.send(step{n: 1, refused: "1"})
		newClient(c.t, c.server, basic("demo@example.com", "demo")).send(step{n: 1, refused: "1"})
		newClient(c.t, c.server, basic("b", "p")).send(step{n: 1})
		// Clients that are not signed in count together by address.
		newClient(c.t, c.server, "").want(401, "GET", read, "")
		newClient(c.t, c.server, "Bearer x").send(step{n: 1, refused: "1"})
	})
}

func TestThrottle_signIn(t *testing.T) {
	throttled(t, 0, func(c client) {
		signedIn := c.password()
		c.send(step{n: 1, refused: "1", pause: time.Second})
		// A client with a wrong password does not count as the user.
		c.signIn(400, "grant_type", "password", "username", "demo@example.com", "password", "x")
		c.send(step{n: 1, pause: time.Second})
		c.signIn(200, "grant_type", "refresh_token", "refresh_token", signedIn.Refresh)
		c.send(step{n: 1, refused: "1"})
	})
}
