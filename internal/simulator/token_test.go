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

// signIn posts a form to /token under a client id, or without when it is empty.
func (c client) signIn(status int, clientID string, pairs ...string) tokens {
	c.t.Helper()
	c.header = http.Header{"User-Agent": {"simulator-test"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if clientID != "" {
		c.header.Set("client_id", clientID)
	}
	return decode[tokens](c.t, c.want(status, "POST", "/api/token", form(pairs...)))
}

func (c client) password(clientID string) tokens {
	c.t.Helper()
	return c.signIn(200, clientID, "grant_type", "password", "username", "demo@example.com", "password", "demo")
}

func (c client) refresh(status int, clientID, token string) tokens {
	c.t.Helper()
	return c.signIn(status, clientID, "grant_type", "refresh_token", "refresh_token", token)
}

// works reports whether an access token does.
func (c client) works(token string) bool {
	return newClient(c.t, c.server, "Bearer "+token).do("GET", "/api/sys/webhooks/101", "").Code == 200
}

// Base URL and authentication, D: the answer to a sign-in.
func TestToken_password(t *testing.T) {
	_, c := newAccount(t)
	got := c.password("")
	if got.Type != "bearer" || got.Expires != 604799 || got.Refresh == "" || !c.works(got.Access) {
		t.Errorf("answer = %+v", got)
	}
	if again := c.password(""); again.Access == got.Access || !c.works(got.Access) {
		t.Error("a second sign-in gives the same access token, or ends the first")
	}
}

// Base URL and authentication, D: the two documented refusals, to the letter.
func TestToken_refusals(t *testing.T) {
	_, c := newAccount(t)
	const (
		formType = "application/x-www-form-urlencoded"
		wrong    = `{"error":"invalid_grant","error_description":"The user name or password is incorrect."}` + "\n"
		grant    = `{"error":"unsupported_grant_type"}` + "\n"
	)
	for _, test := range []struct{ name, mediaType, body, want string }{
		{"JSON", "application/json", `{"grant_type":"password","username":"demo@example.com","password":"demo"}`, grant},
		{"JSON in a form's name", formType, `{"grant_type":"password"}`, grant},
		{"no grant", formType, form("username", "demo@example.com", "password", "demo"), grant},
		{"wrong password", formType, form("grant_type", "password", "username", "demo@example.com", "password", "x"), wrong},
		{"unknown user", formType, form("grant_type", "password", "username", "x", "password", "demo"), wrong},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := c
			c.t = t
			c.header = c.header.Clone()
			c.header.Set("Content-Type", test.mediaType)
			if got := c.want(400, "POST", "/api/token", test.body).Body.String(); got != test.want {
				t.Errorf("body = %s, want %s", got, test.want)
			}
		})
	}
}

// Base URL and authentication, D: a refresh gives a new pair, ends the old
// refresh token and leaves the old access token alone.
func TestToken_refresh(t *testing.T) {
	_, c := newAccount(t)
	first := c.password("terraform")
	second := c.refresh(200, "terraform", first.Refresh)
	if !c.works(first.Access) || !c.works(second.Access) || second.Access == first.Access {
		t.Error("one of the access tokens does not work, or both are the same")
	}
	c.refresh(400, "terraform", first.Refresh)
	c.refresh(200, "terraform", second.Refresh)
}

// Base URL and authentication, D: one refresh token for each client id, and
// the e-mail is the id of a client that sends none.
func TestToken_clientID(t *testing.T) {
	t.Run("other id", func(t *testing.T) {
		_, c := newAccount(t)
		c.t = t
		signedIn := c.password("terraform")
		c.refresh(400, "other", signedIn.Refresh)
		c.refresh(400, "", signedIn.Refresh)
		c.refresh(200, "terraform", signedIn.Refresh)
	})
	t.Run("same id", func(t *testing.T) {
		_, c := newAccount(t)
		c.t = t
		earlier := c.password("terraform")
		other := c.password("other")
		later := c.password("terraform")
		c.refresh(400, "terraform", earlier.Refresh)
		c.refresh(200, "terraform", later.Refresh)
		c.refresh(200, "other", other.Refresh)
	})
	t.Run("no id", func(t *testing.T) {
		_, c := newAccount(t)
		c.t = t
		earlier := c.refresh(200, "", c.password("").Refresh)
		c.password("demo@example.com")
		c.refresh(400, "", earlier.Refresh)
	})
}

// Base URL and authentication, D: refresh tokens live 15 days, and access
// tokens as long as the answer says.
func TestToken_lifetimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := newAccount(t)
		c.t = t
		first := c.password("a")
		second := c.password("b")
		time.Sleep(604799*time.Second - 1)
		if !c.works(first.Access) {
			t.Error("the access token ends early")
		}
		time.Sleep(time.Nanosecond)
		if c.works(first.Access) {
			t.Error("the access token does not end")
		}
		time.Sleep(15*24*time.Hour - 604799*time.Second)
		c.refresh(200, "a", first.Refresh)
		time.Sleep(time.Nanosecond)
		c.refresh(400, "b", second.Refresh)
	})
}

// Base URL and authentication, D: totp when the user has two-factor sign-in.
// The codes are those of RFC 6238, appendix B, shortened to six digits: 081804
// belongs to the second 1111111109, the last of its step, and 050471
// to the next step.
func TestToken_totp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		c.t = t
		signIn := func(status int, password, code string) {
			t.Helper()
			c.signIn(status, "", "grant_type", "password", "username", "two@example.com", "password", password, "totp", code)
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
