package simulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// client sends a test's requests, in virtual time if necessary.
type client struct {
	t      testing.TB
	server *simulator.Server
	header http.Header
}

// newAccount returns the demo without its throttle, and a client that may do everything.
func newAccount(t *testing.T) (*simulator.Server, client) {
	server := simulator.Demo()
	server.LimitFactor = -1
	return server, newClient(t, server, "Bearer "+server.IssueToken("demo@example.com"))
}

func newClient(t testing.TB, server *simulator.Server, authorization string) client {
	return client{t, server, header(authorization)}
}

func header(authorization string) http.Header {
	h := http.Header{"User-Agent": {"simulator-test"}}
	if authorization != "" {
		h.Set("Authorization", authorization)
	}
	return h
}

func (c client) do(method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(body))
	r.Header = c.header.Clone()
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	return w
}

// want sends a request and fails unless it is answered with a status.
func (c client) want(status int, method, target, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	w := c.do(method, target, body)
	if w.Code != status {
		c.t.Fatalf("%s %s: status = %d, want %d: %s", method, target, w.Code, status, w.Body)
	}
	return w
}

func decode[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return value
}

func basic(username, password string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(username, password)
	return r.Header.Get("Authorization")
}

func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

// Seen in public client code: the firewall answers an HTML page with status 403.
func TestServer_firewall(t *testing.T) {
	_, c := newAccount(t)
	for _, agent := range []string{"", "Go-http-client/1.1", "curl/8.5.0", "curl"} {
		c.header.Set("User-Agent", agent)
		w := c.want(http.StatusForbidden, "GET", "/api/sys/webhooks/101", "")
		if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
			t.Errorf("Content-Type for %q = %q, want HTML", agent, got)
		}
	}
}

// A request that nothing documents is not accepted.
func TestServer_unknown(t *testing.T) {
	_, c := newAccount(t)
	for _, request := range [][2]string{
		{"GET", "/"}, {"GET", "/api"}, {"GET", "/sys/webhooks/101"}, {"GET", "/api/token"}, {"GET", "/api/sys/coworkers"},
		{"PATCH", "/api/sys/webhooks"}, {"PUT", "/api/sys/webhooks/101"}, {"DELETE", "/api/sys/webhooks"},
		{"GET", "/api/sys/webhooks/101/more"},
	} {
		const want = `{"Message":"No HTTP resource was found that matches the request URI."}` + "\n"
		if got := c.want(http.StatusNotFound, request[0], request[1], "{}").Body.String(); got != want {
			t.Errorf("%s %s: %q, want %q", request[0], request[1], got, want)
		}
	}
}

// Documented: two schemes, and 401 for whatever is wrong.
func TestServer_authentication(t *testing.T) {
	server, _ := newAccount(t)
	server.AddUser(simulator.User{Username: "none@example.com", Password: "n:ö", Roles: []string{}})
	good := "Bearer " + server.IssueToken("demo@example.com")
	for _, test := range []struct {
		name, authorization string
		status              int
	}{
		{name: "bearer", authorization: good, status: 200},
		{name: "basic", authorization: basic("demo@example.com", "demo"), status: 200},
		{name: "nothing", authorization: "", status: 401},
		{name: "unknown token", authorization: "Bearer nonsense", status: 401},
		{name: "empty token", authorization: "Bearer ", status: 401},
		{name: "wrong password", authorization: basic("demo@example.com", "Demo"), status: 401},
		{name: "unknown user", authorization: basic("nobody@example.com", ""), status: 401},
		{name: "other scheme", authorization: "Digest demo", status: 401},
		{name: "no role", authorization: basic("none@example.com", "n:ö"), status: 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			newClient(t, server, test.authorization).want(test.status, "GET", "/api/sys/webhooks/101", "")
		})
	}

	server.RevokeTokens()
	newClient(t, server, good).want(http.StatusUnauthorized, "GET", "/api/sys/webhooks/101", "")
	newClient(t, server, "Bearer "+server.IssueToken("demo@example.com")).want(200, "GET", "/api/sys/webhooks/101", "")
}

// Documented: one role for each call.
func TestServer_roles(t *testing.T) {
	const record = `{"Id":102,"BusinessId":5001,"Name":"n","Action":2,"URL":"https://example.com"}`
	calls := []struct{ role, method, target, body string }{
		{role: "WebHook-Read", method: "GET", target: "/api/sys/webhooks/101"},
		{role: "WebHook-List", method: "GET", target: "/api/sys/webhooks"},
		{role: "WebHook-Read", method: "GET", target: "/api/sys/webhooks/?id=[101]"},
		{role: "WebHook-Create", method: "POST", target: "/api/sys/webhooks", body: record},
		{role: "WebHook-Edit", method: "PUT", target: "/api/sys/webhooks", body: record},
		{role: "WebHook-Delete", method: "DELETE", target: "/api/sys/webhooks/103"},
	}
	for _, role := range []string{"WebHook-Read", "WebHook-List", "WebHook-Create", "WebHook-Edit", "WebHook-Delete"} {
		t.Run(role, func(t *testing.T) {
			server, _ := newAccount(t)
			server.AddUser(simulator.User{Username: "u", Password: "p", Roles: []string{role}})
			c := newClient(t, server, basic("u", "p"))
			for _, call := range calls {
				status := http.StatusUnauthorized
				if call.role == role {
					status = http.StatusOK
				}
				c.want(status, call.method, call.target, call.body)
			}
		})
	}
}

func TestServer_hook(t *testing.T) {
	server, c := newAccount(t)
	var seen []string
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, string(body))
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusTeapot)
			return true
		}
		return false
	})
	c.want(http.StatusTeapot, "GET", "/api/sys/webhooks/101", "")
	// The server reads what the hook has read.
	const body = `{"BusinessId":5001,"Name":"n","Action":2,"URL":"https://example.com"}`
	c.want(http.StatusOK, "POST", "/api/sys/webhooks", body)
	if len(seen) != 2 || seen[1] != body {
		t.Errorf("the hook saw %q", seen)
	}
}

// A hook can have the work done and lose the response, or send another.
func TestServer_handle(t *testing.T) {
	const body = `{"BusinessId":5001,"Name":"n","Action":2,"URL":"https://example.com"}`
	for _, test := range []struct {
		name    string
		handler func(s *simulator.Server, w http.ResponseWriter, r *http.Request)
		status  int
		made    int
	}{
		{
			name:    "passed on",
			handler: func(s *simulator.Server, w http.ResponseWriter, r *http.Request) { s.Handle(w, r) },
			status:  200, made: 1,
		},
		{
			name: "passed on after a read",
			handler: func(s *simulator.Server, w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				s.Handle(w, r)
			},
			status: 200, made: 1,
		},
		{
			name:    "trouble before the work",
			handler: func(_ *simulator.Server, w http.ResponseWriter, _ *http.Request) { simulator.Ooops(w) },
			status:  500, made: 0,
		},
		{
			name: "trouble after the work",
			handler: func(s *simulator.Server, w http.ResponseWriter, r *http.Request) {
				s.Handle(httptest.NewRecorder(), r)
				simulator.Ooops(w)
			},
			status: 500, made: 1,
		},
		{
			name:    "nothing written", // net/http answers 200
			handler: func(*simulator.Server, http.ResponseWriter, *http.Request) {},
			status:  200, made: 0,
		},
		{
			name: "lost after the work",
			handler: func(s *simulator.Server, _ http.ResponseWriter, r *http.Request) {
				s.Handle(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			},
			status: 0, made: 1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, c := newAccount(t)
			server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
				test.handler(server, w, r)
				return true
			})
			func() {
				defer func() { recover() }() // as net/http does
				c.do("POST", "/api/sys/webhooks", body)
			}()
			if requests := server.Requests(); len(requests) != 1 || requests[0].Status != test.status || string(requests[0].Body) != body {
				t.Errorf("requests = %+v, want one with status %d", requests, test.status)
			}
			if made := len(server.Webhooks()) - 8; made != test.made {
				t.Errorf("%d webhooks were made, want %d", made, test.made)
			}
		})
	}
}

func TestServer_requests(t *testing.T) {
	server, c := newAccount(t)
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/hooked" {
			return false
		}
		w.WriteHeader(http.StatusTeapot)
		return true
	})
	c.do("GET", "/hooked", "")
	c.do("GET", "/api/sys/webhooks?page=2", "")
	c.do("DELETE", "/api/sys/webhooks/1", "why")
	c.header.Del("Authorization")
	c.do("GET", "/api/sys/webhooks/101", "")
	c.header.Del("User-Agent")
	c.do("GET", "/api/sys/webhooks/101", "")

	var statuses []int
	requests := server.Requests()
	for _, r := range requests {
		statuses = append(statuses, r.Status)
	}
	if want := []int{418, 200, 404, 401, 403}; !slices.Equal(statuses, want) {
		t.Fatalf("statuses = %v, want %v", statuses, want)
	}
	if r := requests[1]; r.Query != "page=2" || r.Header.Get("User-Agent") != "simulator-test" || r.Time.IsZero() {
		t.Errorf("second request = %+v", r)
	}
	if r := requests[2]; r.Method != "DELETE" || r.Path != "/api/sys/webhooks/1" || string(r.Body) != "why" {
		t.Errorf("third request = %+v", r)
	}
}

// The zero value is an account without users.
func TestServer_zero(t *testing.T) {
	var server simulator.Server
	newClient(t, &server, "").want(http.StatusUnauthorized, "GET", "/api/sys/webhooks", "")
	if id := server.AddWebhook(simulator.Webhook{}); id != 1 {
		t.Errorf("first Id = %d, want 1", id)
	}
	defer func() {
		if recover() == nil {
			t.Error("IssueToken accepts an unknown user")
		}
	}()
	server.IssueToken("nobody")
}

// Nothing is random: two accounts are alike.
func TestServer_predictable(t *testing.T) {
	_, a := newAccount(t)
	_, b := newAccount(t)
	if a.header.Get("Authorization") != b.header.Get("Authorization") {
		t.Error("tokens differ")
	}
	x, y := a.want(200, "GET", "/api/sys/webhooks", ""), b.want(200, "GET", "/api/sys/webhooks", "")
	if x.Body.String() != y.Body.String() {
		t.Error("listings differ")
	}
}
