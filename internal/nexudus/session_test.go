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
		serveJSON(200, fmt.Sprintf(`{"access_token":"secret-%d","token_type":"bearer","expires_in":604799,"refresh_token":"r"}`, s.issued))(w, r)
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

// Row A10: any characters, in a form, with a client_id of its own.
func TestSession_form(t *testing.T) {
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

// Row A1.
func TestSession_refused(t *testing.T) {
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

// Row A2.
func TestSession_unexpectedAnswer(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"HTML", serve(200, "text/html", "<html>secret</html>"), "sign in: 200: bad sign-in answer: an HTML page (text/html, 19 bytes)"},
		{"nothing", serve(200, "", ""), "sign in: 200: bad sign-in answer: an empty body"},
		{"no token", serveJSON(200, `{"token_type":"bearer"}`), "sign in: 200: bad sign-in answer: a JSON object (application/json, 23 bytes)"},
		{"null token", serveJSON(200, `{"access_token":null}`), "sign in: 200: bad sign-in answer: a JSON object (application/json, 21 bytes)"},
		{"number", serveJSON(200, `{"access_token":12}`), "sign in: 200: bad sign-in answer: a JSON object (application/json, 19 bytes)"},
		{"line break", serveJSON(200, `{"access_token":"a\nb"}`), "sign in: 200: bad sign-in answer: a JSON object (application/json, 23 bytes)"},
		{"HTML 404", serve(404, "text/html", "<html>"), "sign in: 404: bad sign-in answer: an HTML page (text/html, 6 bytes)"},
		{"firewall", serve(403, "text/html", "<html>"), "sign in: 403: blocked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, r *http.Request) bool {
				test.answer(w, r)
				return true
			}}
			_, err := newTestClient(t, server.ServeHTTP, withPassword(someone)).Webhook(t.Context(), 1)
			if got := fmt.Sprint(err); got != test.want || len(server.paths) != 1 {
				t.Errorf("error = %q after %d requests,\nwant    %q after one", got, len(server.paths), test.want)
			}
		})
	}
}

// Row A3.
func TestSession_lifetimeIgnored(t *testing.T) {
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

// Row A5.
func TestSession_expires(t *testing.T) {
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

// Row A6.
func TestSession_roleMissing(t *testing.T) {
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

// Row A6: some reads refused between others that work sign in once more, not
// each time.
func TestSession_someRefused(t *testing.T) {
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

// Row A7.
func TestSession_codeUsed(t *testing.T) {
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

// Row A7, where the sign-in's answer is lost: the code may have been used.
func TestSession_codeMayBeUsed(t *testing.T) {
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

// Row A8 with a given code: it is sent again where Nexudus cannot have looked at
// it, throttled at first and then not reached.
func TestSession_codeNotUsed(t *testing.T) {
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

// Rows A5 and A8: Nexudus gets no code twice, unless it was throttled before it
// looked at it.
func TestSession_codesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{}
		password := someone
		password.TOTPSecret = NewSecret("JBSWY3DPEHPK3PXP")
		requests := 0
		c := newTestClient(t, server.ServeHTTP, withPassword(password), func(c *Config) {
			c.Transport = transport(func(request *http.Request) (*http.Response, error) {
				response, err := memory{server}.RoundTrip(request)
				if requests++; requests == 1 {
					return nil, io.ErrUnexpectedEOF // the code is used, and the answer cut off
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
			t.Errorf("%d sign-ins with %d codes in %v, want three of each within a minute", len(server.forms), len(seen), time.Since(started))
		}
	})
}

// Row A1: a refusal that comes when nobody waits any more is kept.
func TestSession_refusedWhenCancelled(t *testing.T) {
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
	})).(*session)
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

// Row A8.
func TestSession_triedAgain(t *testing.T) {
	const secret = "JBSWY3DPEHPK3PXP"
	tests := []struct {
		name  string
		first func(http.ResponseWriter)
		waits time.Duration
	}{
		{"throttled", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "90"); w.WriteHeader(409) }, 90 * time.Second},
		{"unavailable", func(w http.ResponseWriter) { w.WriteHeader(503) }, 0},
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

// Row C9 for signing in: its failure is shared, not tried by each read again.
func TestSession_failureKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenServer{signIn: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(503)
			return true
		}}
		c := newTestClient(t, server.ServeHTTP, withPassword(someone))
		readAll(t.Context(), c, 10)
		_, err := c.Webhook(t.Context(), 11)
		if failure := failureOf(t, err); failure.Call != "sign in" || failure.Attempts != 5 || len(server.paths) != 5 {
			t.Errorf("error = %v, %d attempts, %d requests; want five in all", failure, failure.Attempts, len(server.paths))
		}
	})
}

// Row A9.
func TestSession_firstCancelled(t *testing.T) {
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

// Row A9, where nobody is left: the shared call ends, and the next one is new.
func TestShare_lastCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s share[int]
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go s.do(ctx, "key", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			close(ended)
			return 0, ctx.Err()
		})
		synctest.Wait()
		cancel()
		<-ended
		if n, err := s.do(t.Context(), "key", func(context.Context) (int, error) { return 7, nil }); n != 7 || err != nil {
			t.Errorf("do = %d, %v, want 7", n, err)
		}
	})
}

func TestBasic(t *testing.T) {
	var got string
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got = user + " " + password
		record(w, r)
	}, func(c *Config) { c.Auth = Basic{Username: "key", Password: NewSecret("sécret:1")} })
	if _, err := c.Webhook(t.Context(), 1); err != nil || got != "key sécret:1" {
		t.Errorf("Basic = %q, %v, want the pair", got, err)
	}
	if strings.Contains(fmt.Sprintf("%+v %#v", c.auth, c.auth), "écret") {
		t.Error("the authorizer prints its secret")
	}
}
