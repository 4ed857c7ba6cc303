package nexudus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// tokenServer signs in and serves records to those who come with its token.
type tokenServer struct {
	requestLog
	mu      sync.Mutex
	issued  int
	revoked bool
	forms   []url.Values
	ids     []string
	// signIn answers POST /token in the server's stead when it returns true.
	signIn func(n int, w http.ResponseWriter, r *http.Request) bool
	// read answers a read with a valid token in the server's stead.
	read func(w http.ResponseWriter, r *http.Request) bool
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.add(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/api/token" {
		r.ParseForm()
		s.forms = append(s.forms, r.PostForm)
		s.ids = append(s.ids, r.Header.Get("client_id"))
		if s.signIn != nil && s.signIn(len(s.forms), w, r) {
			return
		}
		s.issued++
		s.revoked = false
		serveJSON(
			200,
			fmt.Sprintf(`{"access_token":"secret-%d","token_type":"bearer","expires_in":604799,"refresh_token":"r"}`, s.issued),
		)(w, r)
		return
	}
	if s.revoked || r.Header.Get("Authorization") != fmt.Sprintf("Bearer secret-%d", s.issued) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if s.read != nil && s.read(w, r) {
		return
	}
	record(w, r)
}

func (s *tokenServer) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = true
}

var someone = Password{Username: "a@example.com", Password: NewSecret("p&a+s%s wörd")}

const tokenPath = "POST /api/token"

// A sign-in is a form that may contain any characters, with the client's own client_id.
func TestPasswordAuth_form(t *testing.T) {
	server := &tokenServer{}
	c := newTestClient(t, server.ServeHTTP, withPassword(someone))
	if _, err := c.Webhook(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	form := server.forms[0]
	want := url.Values{"grant_type": {"password"}, "username": {"a@example.com"}, "password": {"p&a+s%s wörd"}}
	if form.Encode() != want.Encode() {
		t.Errorf("form = %v, want %v", form, want)
	}
	if id := server.ids[0]; len(id) < 20 {
		t.Errorf("client_id = %q, want a fresh one", id)
	}

	other := &tokenServer{}
	newTestClient(t, other.ServeHTTP, withPassword(someone)).Webhook(t.Context(), 1)
	if other.ids[0] == server.ids[0] {
		t.Error("two clients share a client_id")
	}
	named := someone
	named.ClientID = "mine"
	newTestClient(t, other.ServeHTTP, withPassword(named)).Webhook(t.Context(), 1)
	if other.ids[1] != "mine" {
		t.Errorf("client_id = %q, want the given one", other.ids[1])
	}
}

func TestPasswordAuth_refused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			serveJSON(400, `{"error":"invalid_grant","error_description":"The user name or password is incorrect."}`)(w, r)
			return true
		}}
		c := newTestClient(t, server.ServeHTTP, withPassword(someone))
		errs := append(readAll(t.Context(), c, 10), readAll(t.Context(), c, 1)...)
		for _, err := range errs {
			if got, want := fmt.Sprint(err), "sign in: 400: sign-in refused: The user name or password is incorrect."; got != want {
				t.Errorf("error = %q, want %q", got, want)
			}
		}
		if len(server.paths) != 1 {
			t.Errorf("sent %v, want one sign-in", server.paths)
		}
	})
}

func TestPasswordAuth_unexpectedResponse(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{
			name:    "HTML",
			handler: serve(200, "text/html", "<html>secret</html>"),
			want:    "sign in: 200: bad sign-in response: an HTML page (text/html, 19 bytes)",
		},
		{name: "nothing", handler: serve(200, "", ""), want: "sign in: 200: bad sign-in response: an empty body"},
		{
			name:    "no token",
			handler: serveJSON(200, `{"token_type":"bearer"}`),
			want:    "sign in: 200: bad sign-in response: a JSON object (application/json, 23 bytes)",
		},
		{
			name:    "null token",
			handler: serveJSON(200, `{"access_token":null}`),
			want:    "sign in: 200: bad sign-in response: a JSON object (application/json, 21 bytes)",
		},
		{
			name:    "number",
			handler: serveJSON(200, `{"access_token":12}`),
			want:    "sign in: 200: bad sign-in response: a JSON object (application/json, 19 bytes)",
		},
		{
			name:    "line break",
			handler: serveJSON(200, `{"access_token":"a\nb"}`),
			want:    "sign in: 200: bad sign-in response: a JSON object (application/json, 23 bytes)",
		},
		{
			name:    "HTML 404",
			handler: serve(404, "text/html", "<html>"),
			want:    "sign in: 404: bad sign-in response: an HTML page (text/html, 6 bytes)",
		},
		{name: "firewall", handler: serve(403, "text/html", "<html>"), want: "sign in: 403: blocked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, r *http.Request) bool {
				test.handler(w, r)
				return true
			}}
			_, err := newTestClient(t, server.ServeHTTP, withPassword(someone)).Webhook(t.Context(), 1)
			if got := fmt.Sprint(err); got != test.want || len(server.paths) != 1 {
				t.Errorf("error = %q after %d requests,\nwant    %q after one", got, len(server.paths), test.want)
			}
		})
	}
}

func TestPasswordAuth_lifetimeIgnored(t *testing.T) {
	for _, lifetime := range []string{"0", "-1", `"soon"`, "1e300", "null", "{}"} {
		server := &tokenServer{}
		server.signIn = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			server.issued = 1
			serveJSON(200, `{"access_token":"secret-1","expires_in":`+lifetime+`}`)(w, r)
			return true
		}
		if _, err := newTestClient(t, server.ServeHTTP, withPassword(someone)).Webhook(t.Context(), 1); err != nil {
			t.Errorf("expires_in %s: %v", lifetime, err)
		}
	}
}

func TestPasswordAuth_expires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{}
		c := newTestClient(t, server.ServeHTTP, withPassword(someone))
		if _, err := c.Webhook(t.Context(), 99); err != nil {
			t.Fatal(err)
		}
		server.revoke()
		for _, err := range readAll(t.Context(), c, 10) {
			if err != nil {
				t.Error(err)
			}
		}
		if n := server.count(tokenPath); n != 2 {
			t.Errorf("%d sign-ins, want one at first and one after the end", n)
		}
		if n := len(server.paths); n != 23 {
			t.Errorf("%d requests, want one read, ten refused, ten repeated, and the sign-ins", n)
		}
	})
}

func TestPasswordAuth_roleMissing(t *testing.T) {
	unauthorized := func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	t.Run("at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := &tokenServer{read: unauthorized}
			c := newTestClient(t, server.ServeHTTP, withPassword(someone))
			for _, err := range readAll(t.Context(), c, 10) {
				if failure := failureOf(t, err); failure.Kind != KindRoleMissing || failure.Role != "WebHook-Read" {
					t.Errorf("error = %v, want the role missing", failure)
				}
			}
			if n := server.count(tokenPath); n != 1 {
				t.Errorf("%d sign-ins, want one", n)
			}
		})
	})
	t.Run("later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := &tokenServer{}
			c := newTestClient(t, server.ServeHTTP, withPassword(someone))
			if _, err := c.Webhook(t.Context(), 99); err != nil {
				t.Fatal(err)
			}
			server.read = unauthorized
			for range 3 {
				for _, err := range readAll(t.Context(), c, 10) {
					if failure := failureOf(t, err); failure.Kind != KindRoleMissing {
						t.Errorf("error = %v, want the role missing", failure)
					}
				}
			}
			if n := server.count(tokenPath); n != 2 {
				t.Errorf("%d sign-ins, want the first and one to find out", n)
			}

			// The role is given back, and much later the token ends.
			server.read = nil
			if _, err := c.Webhook(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			time.Sleep(refusalHolds)
			server.revoke()
			if _, err := c.Webhook(t.Context(), 1); err != nil || server.count(tokenPath) != 3 {
				t.Errorf("%v after %d sign-ins, want a third one", err, server.count(tokenPath))
			}
		})
	})
}

// If some reads are refused between others that succeed, the client signs in once more,
// not each time.
func TestPasswordAuth_someRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{read: func(w http.ResponseWriter, r *http.Request) bool {
			odd := strings.HasSuffix(r.URL.Path, "1") || strings.HasSuffix(r.URL.Path, "3")
			if odd {
				w.WriteHeader(http.StatusUnauthorized)
			}
			return odd
		}}
		c := newTestClient(t, server.ServeHTTP, withPassword(someone))
		for id := range int64(30) {
			_, err := c.Webhook(t.Context(), id+10)
			if last := id % 10; last == 1 || last == 3 {
				if failureOf(t, err).Kind != KindRoleMissing {
					t.Errorf("webhook %d: %v, want the role missing", id+10, err)
				}
			} else if err != nil {
				t.Errorf("webhook %d: %v", id+10, err)
			}
		}
		if n := server.count(tokenPath); n != 2 {
			t.Errorf("%d sign-ins, want the first and one to find out", n)
		}
	})
}

func TestPasswordAuth_codeUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{}
		password := someone
		password.TOTP = NewSecret("123456")
		c := newTestClient(t, server.ServeHTTP, withPassword(password))
		if _, err := c.Webhook(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if code := server.forms[0].Get("totp"); code != "123456" {
			t.Errorf("totp = %q, want the code", code)
		}
		server.revoke()
		_, err := c.Webhook(t.Context(), 2)
		if failure := failureOf(t, err); failure.Kind != KindCodeUsed || server.count(tokenPath) != 1 {
			t.Errorf("error = %v after %d sign-ins, want the code used after one", failure, server.count(tokenPath))
		}
	})
}

// If the response to a sign-in is lost, its code may have been used.
func TestPasswordAuth_codeMayBeUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{signIn: func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 { // refused before anybody looks at the code
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusConflict)
			} else {
				w.WriteHeader(http.StatusBadGateway)
			}
			return true
		}}
		password := someone
		password.TOTP = NewSecret("123456")
		_, err := newTestClient(t, server.ServeHTTP, withPassword(password)).Webhook(t.Context(), 1)
		if failure := failureOf(t, err); failure.Kind != KindCodeUsed || server.count(tokenPath) != 2 {
			t.Errorf("error = %v after %d sign-ins, want the code used after two", failure, server.count(tokenPath))
		}
	})
}

// A given code is sent again if Nexudus cannot have looked at it: the first sign-in is
// throttled, and the second does not arrive.
func TestPasswordAuth_codeNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{signIn: func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 {
				w.WriteHeader(http.StatusConflict)
			}
			return n == 1
		}}
		password := someone
		password.TOTP = NewSecret("123456")
		requests := 0
		c := newTestClient(t, server.ServeHTTP, withPassword(password), func(c *Config) {
			c.Transport = transport(func(request *http.Request) (*http.Response, error) {
				if requests++; requests == 2 {
					return nil, syscall.ECONNREFUSED
				}
				return memory{server}.RoundTrip(request)
			})
		})
		if _, err := c.Webhook(t.Context(), 1); err != nil || server.count(tokenPath) != 2 {
			t.Errorf("%v after %d sign-ins, want two", err, server.count(tokenPath))
		}
	})
}

// No generated code is sent twice, unless Nexudus throttled the sign-in before it looked
// at the code.
func TestPasswordAuth_codesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{}
		password := someone
		password.TOTPSecret = NewSecret("JBSWY3DPEHPK3PXP")
		requests := 0
		c := newTestClient(t, server.ServeHTTP, withPassword(password), func(c *Config) {
			c.Transport = transport(func(request *http.Request) (*http.Response, error) {
				response, err := memory{server}.RoundTrip(request)
				if requests++; requests == 1 {
					return nil, io.ErrUnexpectedEOF // the code is used, and the response truncated
				}
				return response, err
			})
		})
		started := time.Now()
		for range 2 {
			if _, err := c.Webhook(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			server.revoke()
		}
		seen := make(map[string]bool)
		for _, form := range server.forms {
			seen[form.Get("totp")] = true
		}
		if len(server.forms) != 3 || len(seen) != 3 || time.Since(started) > time.Minute+time.Second {
			t.Errorf("%d sign-ins with %d codes in %v, want three of each within a minute", len(server.forms), len(seen),
				time.Since(started))
		}
	})
}

// A refusal that comes when nobody waits any more is kept.
func TestPasswordAuth_refusedWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, r *http.Request) bool {
		serveJSON(400, `{"error":"invalid_grant"}`)(w, r)
		return true
	}}
	s := Password{Username: "a", Password: NewSecret("b")}.authorizer(newTestClient(t, server.ServeHTTP, func(c *Config) {
		c.Transport = transport(func(request *http.Request) (*http.Response, error) {
			defer cancel()
			return memory{server}.RoundTrip(request)
		})
	})).(*passwordAuth)
	if _, err := s.signIn(ctx); failureOf(t, err).Kind != KindSignIn {
		t.Errorf("error = %v, want the refusal", err)
	}
	if _, err := s.signIn(t.Context()); failureOf(t, err).Kind != KindSignIn || server.count(tokenPath) != 1 {
		t.Errorf("error = %v after %d sign-ins, want the first one's", err, server.count(tokenPath))
	}
}

// transport is a function that sends requests.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) { return t(request) }

func TestPasswordAuth_triedAgain(t *testing.T) {
	const secret = "JBSWY3DPEHPK3PXP"
	tests := []struct {
		name  string
		first func(http.ResponseWriter)
		waits time.Duration
	}{
		{
			name:  "throttled",
			first: func(w http.ResponseWriter) { w.Header().Set("Retry-After", "90"); w.WriteHeader(409) },
			waits: 90 * time.Second,
		},
		{name: "unavailable", first: func(w http.ResponseWriter) { w.WriteHeader(503) }, waits: 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				server := &tokenServer{signIn: func(n int, w http.ResponseWriter, r *http.Request) bool {
					code, _ := totp.GenerateCode(secret, time.Now())
					if got := r.PostForm.Get("totp"); got != code {
						t.Errorf("totp = %q, want %q, the code of the moment", got, code)
					}
					if n == 1 {
						test.first(w)
					}
					return n == 1
				}}
				password := someone
				password.TOTPSecret = NewSecret(secret)
				if _, err := newTestClient(t, server.ServeHTTP, withPassword(password)).Webhook(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
				if n := server.count(tokenPath); n != 2 || time.Since(started) < test.waits {
					t.Errorf("%d sign-ins in %v, want 2 after %v", n, time.Since(started), test.waits)
				}
			})
		})
	}
}

// A failed sign-in is shared, not tried again by each read.
func TestPasswordAuth_failureKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(503)
			return true
		}}
		c := newTestClient(t, server.ServeHTTP, withPassword(someone))
		readAll(t.Context(), c, 10)
		_, err := c.Webhook(t.Context(), 11)
		if failure := failureOf(t, err); failure.Verb != VerbSignIn || failure.Attempts != 5 || len(server.paths) != 5 {
			t.Errorf("error = %v, %d attempts, %d requests; want five in all", failure, failure.Attempts, len(server.paths))
		}
	})
}

func TestPasswordAuth_firstCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{}
		server.signIn = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
			select {
			case <-time.After(5 * time.Second):
			case <-r.Context().Done():
			}
			return false
		}
		c := newTestClient(t, server.ServeHTTP, withPassword(someone))
		first, cancel := context.WithCancel(t.Context())
		firstErr := make(chan error, 1)
		go func() { _, err := c.Webhook(first, 1); firstErr <- err }()
		synctest.Wait()
		others := make(chan []error, 1)
		go func() { others <- readAll(t.Context(), c, 3) }()
		time.Sleep(time.Second)
		cancel()
		if err := <-firstErr; !errors.Is(err, context.Canceled) {
			t.Errorf("first = %v, want cancelled", err)
		}
		for _, err := range <-others {
			if err != nil {
				t.Error(err)
			}
		}
		if n := server.count(tokenPath); n != 1 {
			t.Errorf("%d sign-ins, want one", n)
		}
	})
}

// withCode is an account with two-factor sign-in.
func withCode() Password {
	password := someone
	password.TOTPSecret = NewSecret("JBSWY3DPEHPK3PXP")
	return password
}

// Any response of the API except 401 shows that the token works. When the token ends later,
// the client signs in again instead of reporting a missing role.
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

// A service that takes each code once refuses the one that a lost response has used,
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
			if gap := server.times[1].Sub(server.times[0]); first == second || gap < 30*time.Second-into-time.Second ||
				gap > 31*time.Second {
				t.Errorf("%v into a period: codes %s and %s, %v apart, want the next one's", into, first, second, gap)
			}
		})
	}
}

// setClockBack makes the last code look as if the wall clock had been set back
// since.
func setClockBack(c *Client, by time.Duration) {
	s := c.auth.(*passwordAuth)
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

// Two processes that sign in within the same half-minute generate the same code,
// and a service that accepts it once refuses the second process: it signs in with
// the next code, once more and no more often.
func TestPasswordAuth_codeOfAnotherProcess(t *testing.T) {
	for _, test := range []struct {
		name     string
		refused  int
		signIns  int
		password func() Password
	}{
		{name: "code used by another", refused: 1, signIns: 2, password: withCode},
		{name: "wrong password", refused: 9, signIns: 2, password: withCode},
		{name: "wrong password without a code", refused: 9, signIns: 1, password: func() Password { return someone }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &tokenServer{signIn: func(n int, w http.ResponseWriter, r *http.Request) bool {
					if n <= test.refused {
						serveJSON(400, `{"error":"invalid_grant"}`)(w, r)
					}
					return n <= test.refused
				}}
				c := newTestClient(t, server.ServeHTTP, withPassword(test.password()))
				errs := append(readAll(t.Context(), c, 5), readAll(t.Context(), c, 1)...)
				for _, err := range errs {
					if (err == nil) != (test.refused < test.signIns) {
						t.Errorf("error = %v", err)
					}
					if err != nil && (failureOf(t, err).Reason == "") == (test.signIns > 1) {
						t.Errorf("error = %v after %d sign-ins, want a reason after two", err, test.signIns)
					}
					if err != nil && (failureOf(t, err).Kind != KindSignIn || failureOf(t, err).Attempts != test.signIns) {
						t.Errorf("error = %v after %d attempts, want a refused sign-in after %d", err, failureOf(t, err).Attempts,
							test.signIns)
					}
				}
				if n := server.count(tokenPath); n != test.signIns {
					t.Errorf("%d sign-ins, want %d", n, test.signIns)
				}
				if len(server.forms) == 2 && server.forms[0].Get("totp") == server.forms[1].Get("totp") {
					t.Error("the same code was sent twice")
				}
			})
		})
	}
}

// With a given code there is no other sign-in, so a missing role must not cost the
// token that still works for everything else.
func TestPasswordAuth_roleMissingWithCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &simulator.Server{LimitFactor: -1}
		server.AddUser(simulator.User{Username: "a@example.com", Password: "p", Roles: []string{"WebHook-Read"}})
		server.AddWebhook(simulator.Webhook{ID: 100, BusinessID: 1, Name: "x", URL: "https://example.com", Action: 3})
		c := newTestClient(
			t,
			server.ServeHTTP,
			withPassword(Password{Username: "a@example.com", Password: NewSecret("p"), TOTP: NewSecret("123456")}),
		)
		for range 3 {
			if _, err := c.Webhook(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
			_, err := c.Webhooks(t.Context(), WebhookFilter{})
			if failure := failureOf(t, err); failure.Kind != KindCodeUsed || !strings.Contains(failure.Reason, "WebHook-List") {
				t.Errorf("error = %v, want the code used, or the role missing", err)
			}
		}
	})
}

// If all reads leave while a sign-in waits for its retry, later reads do not get its
// failure.
func TestPasswordAuth_allLeaveDuringRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{signIn: func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 {
				w.WriteHeader(503)
			}
			return n == 1
		}}
		c := newTestClient(t, server.ServeHTTP, withPassword(someone))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := c.Webhook(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the end of the context", err)
		}
		time.Sleep(time.Minute)
		if _, err := c.Webhook(t.Context(), 1); err != nil {
			t.Errorf("a later read: %v", err)
		}
	})
}
