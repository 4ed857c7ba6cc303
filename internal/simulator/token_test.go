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

// The two documented refusals, to the letter.
func TestToken_refusals(t *testing.T) {
	_, c := newAccount(t)
	const (
		formType = "application/x-www-form-urlencoded"
		wrong    = `{"error":"invalid_grant","error_description":"The user name or password is incorrect."}` + "\n"
		grant    = `{"error":"unsupported_grant_type"}` + "\n"
	)
	for _, test := range []struct{ name, mediaType, body, want string }{
		{
			name: "JSON", mediaType: "application/json", want: grant,
			body: `{"grant_type":"password","username":"demo@example.com","password":"demo"}`,
		},
		{name: "JSON in a form's name", mediaType: formType, body: `{"grant_type":"password"}`, want: grant},
		{name: "no grant", mediaType: formType, body: form("username", "demo@example.com", "password", "demo"), want: grant},
		{name: "refresh", mediaType: formType, body: form("grant_type", "refresh_token", "refresh_token", c.password().Refresh), want: grant},
		{
			name: "wrong password", mediaType: formType, want: wrong,
			body: form("grant_type", "password", "username", "demo@example.com", "password", "x"),
		},
		{
			name: "unknown user", mediaType: formType, want: wrong,
			body: form("grant_type", "password", "username", "x", "password", "demo"),
		},
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
