package nexudus

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// withCode is an account with two-factor sign-in.
func withCode() Password {
	password := someone
	password.TOTPSecret = NewSecret("JBSWY3DPEHPK3PXP")
	return password
}

// An answer of the API other than 401 shows that the token works. When it ends
// later, the client signs in again, instead of sending its user to look for a role
// that is there.
func TestPassword_tokenWorks(t *testing.T) {
	tests := []struct {
		name  string
		first http.HandlerFunc
		works bool
	}{
		{name: "record", first: record, works: true},
		{name: "400", first: serveJSON(400, `{"Message":"Id: is too large","WasSuccessful":false}`), works: true},
		{name: "200 that says no", first: serveJSON(200, `{"Message":"No.","WasSuccessful":false}`), works: true},
		{name: "403", first: serveJSON(403, `{"Message":"Not yours."}`), works: true},
		{name: "404", first: serveJSON(404, `"Not found"`), works: true},
		{name: "409", first: serveJSON(409, `{"Message":"Locked."}`), works: true},
		{name: "500", first: serveJSON(500, `{"Message":"Ooops!","WasSuccessful":false}`), works: true},
		{name: "firewall", first: serve(403, "text/html", "<html>Access denied</html>"), works: false},
		{name: "gateway", first: serve(502, "text/html", "<html>Bad gateway</html>"), works: false},
		{name: "redirect", first: serve(302, "", ""), works: false},
		{name: "401", first: serve(401, "", ""), works: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &tokenServer{}
				server.read = func(w http.ResponseWriter, r *http.Request) bool {
					if strings.HasSuffix(r.URL.Path, "/1") {
						test.first(w, r)
						return true
					}
					return false
				}
				c := newTestClient(t, server.ServeHTTP, withPassword(someone), func(c *Config) { c.MaxRetries = 0 })
				c.Webhook(t.Context(), 1)
				server.revoke()
				_, err := c.Webhook(t.Context(), 2)
				if n := server.count(tokenPath); test.works && (err != nil || n != 2) {
					t.Errorf("error = %v after %d sign-ins, want a second sign-in", err, n)
				}
				if n := server.count(tokenPath); !test.works && (failureOf(t, err).Kind != KindRoleMissing || n != 1) {
					t.Errorf("error = %v after %d sign-ins, want the role missing after one", err, n)
				}
			})
		})
	}
}

// A read whose 401 arrives when another one has signed in again takes the new
// token. Else each late 401 would cost a sign-in, and a one-time code given by hand
// would be used up.
func TestPassword_lateRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{}
		late := make(chan struct{})
		c := newTestClient(t, nil, withPassword(someone), func(c *Config) {
			c.Transport = transport(func(request *http.Request) (*http.Response, error) {
				response, err := memory{server}.RoundTrip(request)
				if strings.HasSuffix(request.URL.Path, "/2") && err == nil && response.StatusCode == http.StatusUnauthorized {
					<-late
				}
				return response, err
			})
		})
		if _, err := c.Webhook(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		server.revoke()
		second := make(chan error)
		go func() { _, err := c.Webhook(t.Context(), 2); second <- err }()
		time.Sleep(time.Second)
		if _, err := c.Webhook(t.Context(), 3); err != nil {
			t.Error(err)
		}
		close(late)
		if err := <-second; err != nil {
			t.Error(err)
		}
		if n := server.count(tokenPath); n != 2 {
			t.Errorf("%d sign-ins, want the first and one after the end", n)
		}
	})
}

// A service that takes each code once refuses the one that a lost answer has used,
// so the next sign-in waits for the next code, however long that is.
func TestPassword_waitsForNextCode(t *testing.T) {
	for _, into := range []time.Duration{0, time.Second, 10 * time.Second, 29 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(into) // the clock of the test starts with a period
			server := &tokenServer{signIn: func(n int, w http.ResponseWriter, _ *http.Request) bool {
				if n == 1 {
					w.WriteHeader(http.StatusBadGateway)
				}
				return n == 1
			}}
			if _, err := newTestClient(t, server.ServeHTTP, withPassword(withCode())).Webhook(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			first, second := server.forms[0].Get("totp"), server.forms[1].Get("totp")
			if gap := server.times[1].Sub(server.times[0]); first == second || gap < 30*time.Second-into-time.Second || gap > 31*time.Second {
				t.Errorf("%v into a period: codes %s and %s, %v apart, want the next one's", into, first, second, gap)
			}
		})
	}
}

// setClockBack makes the last code look as if the wall clock had been set back
// since.
func setClockBack(c *Client, by time.Duration) {
	s := c.auth.(*session)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codeMade = s.codeMade.Add(by)
}

// A wall clock that is set back by an hour must not stop a plan for an hour.
func TestPassword_clockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{}
		c := newTestClient(t, server.ServeHTTP, withPassword(withCode()))
		if _, err := c.Webhook(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		setClockBack(c, time.Hour)
		server.revoke()
		started := time.Now()
		if _, err := c.Webhook(t.Context(), 2); err != nil || time.Since(started) > 31*time.Second {
			t.Errorf("error = %v after %v, want a new sign-in after one period at most", err, time.Since(started))
		}
	})
}
