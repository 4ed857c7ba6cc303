package simulator_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

type tokens struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Refresh string `json:"refresh_token"`
}

// signIn posts a form to /token.
func (c client) signIn(status int, pairs ...string) tokens {
	c.t.Helper()
	c.header = http.Header{"User-Agent": {"simulator-test"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if c.clientID != "" {
		c.header.Set("client_id", c.clientID)
	}
	return decode[tokens](c.t, c.want(status, "POST", "/api/token", form(pairs...)))
}

func (c client) password() tokens {
	c.t.Helper()
	return c.signIn(200, "grant_type", "password", "username", "demo@example.com", "password", "demo")
}

// works reports whether an access token is valid.
func (c client) works(token string) bool {
	return newClient(c.t, c.server, "Bearer "+token).do("GET", "/api/sys/webhooks/101", "").Code == 200
}

// The documented response to a sign-in.
func TestToken_password(t *testing.T) {
	_, c := newAccount(t)
	got := c.password()
	if got.Type != "bearer" || got.Expires != 604799 || got.Refresh == "" || !c.works(got.Access) {
		t.Errorf("response = %+v", got)
	}
	if again := c.password(); again.Access == got.Access || !c.works(got.Access) {
		t.Error("a second sign-in gives the same access token, or ends the first")
	}
}

// The documented refusals, and two that public client code has seen, to the letter.
func TestToken_refusals(t *testing.T) {
	server, c := newAccount(t)
	server.AddUser(simulator.User{Username: "two@example.com", Password: "p", TOTPSecret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"})
	server.AddUser(simulator.User{Username: "reset@example.com", Password: "p", ResetToken: "reset-1"})
	const (
		wrong   = `{"error":"invalid_grant","error_description":"The user name or password is incorrect."}`
		invalid = `{"error":"invalid_grant"}`
		grant   = `{"error":"unsupported_grant_type"}`
	)
	password := func(username, password string, more ...string) string {
		return form(append([]string{"grant_type", "password", "username", username, "password", password}, more...)...)
	}
	for _, test := range []struct{ name, body, want string }{
		{name: "JSON", body: `{"grant_type":"password","username":"demo@example.com","password":"demo"}`, want: grant},
		{name: "JSON in a form's name", body: `{"grant_type":"password"}`, want: grant},
		{name: "no grant", body: form("username", "demo@example.com", "password", "demo"), want: grant},
		{name: "other grant", body: form("grant_type", "client_credentials"), want: grant},
		{name: "refresh without a token", body: form("grant_type", "refresh_token"), want: invalid},
		{name: "two factors", body: password("two@example.com", "p"), want: `{"error":"two_factor_auth_check"}`},
		{name: "two factors, wrong password", body: password("two@example.com", "x"), want: wrong},
		{name: "two factors, wrong code", body: password("two@example.com", "p", "totp", "1"), want: wrong},
		{name: "reset", body: password("reset@example.com", "p"), want: `{"error":"must_reset_password","error_description":"reset-1"}`},
		{name: "reset, wrong password", body: password("reset@example.com", "x"), want: wrong},
		{name: "wrong password", body: password("demo@example.com", "x"), want: wrong},
		{name: "unknown user", body: password("x", "demo"), want: wrong},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := c
			c.t, c.header = t, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
			if test.name == "JSON" {
				c.header.Set("Content-Type", "application/json")
			}
			if got := c.want(400, "POST", "/api/token", test.body).Body.String(); got != test.want+"\n" {
				t.Errorf("body = %s, want %s", got, test.want)
			}
		})
	}
}

// Access tokens live as long as the response says.
func TestToken_lifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := newAccount(t)
		c.t = t
		got := c.password()
		time.Sleep(604799*time.Second - 1)
		if !c.works(got.Access) {
			t.Error("the access token ends early")
		}
		time.Sleep(time.Nanosecond)
		if c.works(got.Access) {
			t.Error("the access token does not end")
		}
	})
}

// Documented: a refresh gives a new pair, the old refresh token dies, and access tokens live on.
func TestToken_refresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		c.t = t
		server.AddUser(simulator.User{Username: "two@example.com", Password: "p"})
		first := c.password()
		refresh := func(status int, token string) tokens {
			t.Helper()
			return c.signIn(status, "grant_type", "refresh_token", "refresh_token", token)
		}
		second := refresh(200, first.Refresh)
		if second.Access == first.Access || second.Refresh == first.Refresh || !c.works(first.Access) || !c.works(second.Access) {
			t.Errorf("refreshed %+v to %+v", first, second)
		}
		refresh(400, first.Refresh)
		refresh(400, second.Access)

		time.Sleep(15*24*time.Hour - 1)
		third := refresh(200, second.Refresh)
		time.Sleep(15 * 24 * time.Hour)
		refresh(400, third.Refresh)
	})
}

// Documented: there is one refresh token for each client ID, which is the user name without a header.
func TestToken_clientID(t *testing.T) {
	server, c := newAccount(t)
	server.AddUser(simulator.User{Username: "two@example.com", Password: "p"})
	signIn := func(username, password, client string) tokens {
		t.Helper()
		c.clientID = client
		return c.signIn(200, "grant_type", "password", "username", username, "password", password)
	}
	refresh := func(status int, token, client string) {
		t.Helper()
		c.clientID = client
		c.signIn(status, "grant_type", "refresh_token", "refresh_token", token)
	}
	demo := func(client string) tokens { return signIn("demo@example.com", "demo", client) }

	a, plain, other := demo("a"), demo(""), signIn("two@example.com", "p", "")
	refresh(400, a.Refresh, "")
	refresh(400, a.Refresh, "b")
	refresh(200, a.Refresh, "a")
	refresh(200, other.Refresh, "")
	refresh(200, plain.Refresh, "demo@example.com")

	a, plain = demo("a"), demo("")
	again := demo("a")
	refresh(400, a.Refresh, "a")
	refresh(200, again.Refresh, "a")
	refresh(200, plain.Refresh, "")
	plain = demo("")
	demo("demo@example.com")
	refresh(400, plain.Refresh, "")
	if !c.works(plain.Access) {
		t.Error("signing in again ends an access token")
	}
}

// A user with two-factor sign-in sends totp, as documented.
// The codes are those of RFC 6238, appendix B, shortened to six digits: 081804
// belongs to the second 1111111109, the last of its step, and 050471
// to the next step.
func TestToken_totp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		c.t = t
		signIn := func(status int, password, code string) {
			t.Helper()
			c.signIn(status, "grant_type", "password", "username", "two@example.com", "password", password, "totp", code)
		}
		reset := func(secret string) {
			server.AddUser(simulator.User{Username: "two@example.com", Password: "p", TOTPSecret: secret})
		}
		const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		reset(secret)
		time.Sleep(time.Until(time.Unix(1111111109, 0)))
		signIn(400, "p", "")
		signIn(400, "p", "000000")
		signIn(400, "wrong", "081804") // and the code is still good
		signIn(200, "p", "081804")
		signIn(400, "p", "081804")
		signIn(200, "p", "050471") // one step early

		reset(secret)
		time.Sleep(time.Until(time.Unix(1111111109+30, 0))) // the last second of the next step
		signIn(200, "p", "081804")                          // one step late
		time.Sleep(time.Second)
		reset(secret)
		signIn(400, "p", "081804") // two steps late

		reset("not base32!")
		signIn(400, "p", "")
	})
}
