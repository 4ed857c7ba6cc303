package simulator_test

import (
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

// times sends accepted requests at a distance from each other.
func (c client) times(n int, distance time.Duration, method, target string) {
	c.t.Helper()
	for range n {
		w := c.do(method, target, "")
		if w.Code == http.StatusConflict {
			c.t.Fatalf("%s %s was throttled for %s s", method, target, w.Header().Get("Retry-After"))
		}
		time.Sleep(distance)
	}
}

// refused sends a request that must be told to wait.
func (c client) refused(after, method, target string) {
	c.t.Helper()
	w := c.want(http.StatusConflict, method, target, "")
	if got := w.Header().Get("Retry-After"); got != after || w.Body.Len() != 0 {
		c.t.Errorf("Retry-After = %q, want %q, with body %q", got, after, w.Body)
	}
}

// Documented: 1 request per 100 ms, 409 with Retry-After and no body. Assumed: a
// refused request does not count.
func TestThrottle_interval(t *testing.T) {
	throttled(t, 0, func(c client) {
		c.times(1, 100*time.Millisecond-1, "GET", read)
		c.refused("1", "GET", read)
		time.Sleep(time.Nanosecond)
		c.times(1, 0, "GET", read)
	})
}

// Documented: 120 per minute, in a window that slides.
func TestThrottle_minute(t *testing.T) {
	throttled(t, 1, func(c client) {
		c.times(120, 250*time.Millisecond, "GET", read) // half a minute
		c.refused("30", "GET", read)
		time.Sleep(29*time.Second + 500*time.Millisecond)
		c.refused("1", "GET", read)
		time.Sleep(500 * time.Millisecond)
		c.times(1, 0, "GET", read)
	})
}

// Documented: 5,000 per hour.
func TestThrottle_hour(t *testing.T) {
	throttled(t, 0, func(c client) {
		c.times(5000, 600*time.Millisecond, "GET", read) // 3,000 s
		c.refused("600", "GET", read)
		time.Sleep(10 * time.Minute)
		c.times(1, 0, "GET", read)
	})
}

// Documented: writes 60 per minute, reads not counting among them.
func TestThrottle_writes(t *testing.T) {
	throttled(t, 0, func(c client) {
		c.times(20, 500*time.Millisecond, "GET", read)
		c.times(60, 500*time.Millisecond, "DELETE", "/api/sys/webhooks/1")
		c.refused("30", "DELETE", "/api/sys/webhooks/1")
		c.refused("30", "PUT", "/api/sys/webhooks")
		c.refused("30", "POST", "/api/sys/webhooks")
		c.times(1, 0, "GET", read)
	})
}

// Documented: writes 5,000 per day.
func TestThrottle_writesPerDay(t *testing.T) {
	throttled(t, 0, func(c client) {
		c.times(5000, 2*time.Second, "DELETE", "/api/sys/webhooks/1")
		c.refused("76400", "DELETE", "/api/sys/webhooks/1")
		c.times(1, 0, "GET", read)
	})
}

// A request that is older than every limit is forgotten, and no other.
func TestThrottle_nextDay(t *testing.T) {
	throttled(t, 0, func(c client) {
		c.times(1, 24*time.Hour-40*time.Second, "GET", read)
		c.times(119, 250*time.Millisecond, "GET", read)
		time.Sleep(10*time.Second + 250*time.Millisecond)
		c.times(1, 100*time.Millisecond, "GET", read)
		c.refused("20", "GET", read)
	})
}

// Documented: limits are per client.
func TestThrottle_client(t *testing.T) {
	throttled(t, 0, func(c client) {
		c.server.AddUser(simulator.User{Username: "b", Password: "p"})
		c.times(1, 0, "GET", read)
		c.refused("1", "GET", read)
		newClient(c.t, c.server, basic("demo@example.com", "demo")).refused("1", "GET", read)
		newClient(c.t, c.server, basic("b", "p")).want(200, "GET", read, "")
		// Clients that are not signed in count together by address.
		newClient(c.t, c.server, "").want(401, "GET", read, "")
		newClient(c.t, c.server, "Bearer x").refused("1", "GET", read)
	})
}

func TestThrottle_signIn(t *testing.T) {
	throttled(t, 0, func(c client) {
		c.password()
		c.refused("1", "GET", read)
		time.Sleep(time.Second)
		// A client with a wrong password does not count as the user.
		c.signIn(400, "grant_type", "password", "username", "demo@example.com", "password", "x")
		c.times(1, 0, "GET", read)
	})
}

func TestThrottle_factor(t *testing.T) {
	t.Run("ten times", func(t *testing.T) {
		throttled(t, 10, func(c client) {
			c.times(1200, 10*time.Millisecond, "GET", read) // 12 s
			c.refused("48", "GET", read)
		})
	})
	t.Run("a thousandth", func(t *testing.T) {
		throttled(t, 0.001, func(c client) {
			c.times(1, 0, "GET", read)
			c.refused("100", "GET", read)
		})
	})
	t.Run("off", func(t *testing.T) {
		throttled(t, -1, func(c client) { c.times(300, 0, "DELETE", "/api/sys/webhooks/1") })
	})
}
