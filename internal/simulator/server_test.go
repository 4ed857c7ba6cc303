package simulator_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// client sends a test's requests, in virtual time if necessary.
type client struct {
	t        *testing.T
	server   *simulator.Server
	header   http.Header
	clientID string // of sign-ins
}

// newAccount returns the demo without its throttle, and a client that may do everything.
func newAccount(t *testing.T) (*simulator.Server, client) {
	server := simulator.Demo()
	server.LimitFactor = -1
	return server, newClient(t, server, "Bearer "+server.IssueToken("demo@example.com"))
}

func newClient(t *testing.T, server *simulator.Server, authorization string) client {
	return client{t: t, server: server, header: header(authorization)}
}

func header(authorization string) http.Header {
	h := http.Header{"User-Agent": {"simulator-test"}}
	if authorization != "" {
		h.Set("Authorization", authorization)
	}
	return h
}

func (c client) request(ctx context.Context, method, target, body string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	r.Header = c.header.Clone()
	return r
}

func (c client) do(method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, c.request(c.t.Context(), method, target, body))
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

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
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

// Seen in public client code: paths are case-blind.
func TestServer_paths(t *testing.T) {
	server, c := newAccount(t)
	for _, path := range []string{"/API/sys/WebHooks/101", "/api/SYS/webhooks/", "/Api/Auth/Me", "/api/utils/ENUMS?NAME=eWebhookAction"} {
		c.want(200, "GET", path, "")
	}
	if got := server.Requests()[0].Path; got != "/API/sys/WebHooks/101" {
		t.Errorf("path = %q, want it as it was sent", got)
	}
}

// Seen in public client code: a wrong method on a known path.
func TestServer_methods(t *testing.T) {
	_, c := newAccount(t)
	for _, request := range [][2]string{
		{"GET", "/api/token"}, {"POST", "/api/auth/me"}, {"PATCH", "/api/sys/webhooks"}, {"PUT", "/api/sys/webhooks/101"},
		{"DELETE", "/api/sys/webhooks"}, {"POST", "/api/sys/businesses/"}, {"PATCH", "/API/sys/WebHooks/101"},
	} {
		want := `{"Message":"The requested resource does not support http method '` + request[0] + `'."}` + "\n"
		if got := c.want(http.StatusMethodNotAllowed, request[0], request[1], "{}").Body.String(); got != want {
			t.Errorf("%s %s: %q, want %q", request[0], request[1], got, want)
		}
	}
}

// A request that nothing documents is not accepted.
func TestServer_unknown(t *testing.T) {
	_, c := newAccount(t)
	for _, request := range [][2]string{
		{"GET", "/"}, {"GET", "/api"}, {"GET", "/sys/webhooks/101"}, {"GET", "/api/sys/coworkers"}, {"GET", "/api/spaces/users?User_Email=a"},
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

// A hook can answer, pass the request on, or have the work done and send another response.
func TestServer_hook(t *testing.T) {
	server, c := newAccount(t)
	var seen []string
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, string(body))
		switch r.Method {
		case http.MethodGet:
			w.WriteHeader(http.StatusTeapot)
		case http.MethodPut:
			server.Handle(w, r)
		case http.MethodDelete:
			server.Handle(httptest.NewRecorder(), r)
			simulator.Ooops(w)
		}
		return r.Method != http.MethodPost // nothing is written to a PATCH, and net/http answers 200
	})
	c.want(http.StatusTeapot, "GET", "/api/sys/webhooks/101", "")
	// The server reads what the hook has read.
	const body = `{"Id":109,"BusinessId":5001,"Name":"n","Action":2,"URL":"https://example.com"}`
	c.want(http.StatusOK, "POST", "/api/sys/webhooks", body)
	c.want(http.StatusOK, "PUT", "/api/sys/webhooks", strings.Replace(body, `"n"`, `"new"`, 1))
	if made, _ := server.Webhook(109); len(seen) != 3 || seen[1] != body || made.Name != "new" {
		t.Errorf("the hook saw %q, webhook = %+v", seen, made)
	}
	c.want(http.StatusInternalServerError, "DELETE", "/api/sys/webhooks/109", "")
	if _, exists := server.Webhook(109); exists {
		t.Error("the webhook exists after a delete whose response was lost")
	}
	c.do("PATCH", "/api/sys/webhooks", "")
	if got := server.Requests()[4].Status; got != http.StatusOK {
		t.Errorf("status = %d, want 200", got)
	}
}

// Work whose response was lost can end long after the client has given up.
func TestServer_late(t *testing.T) {
	const body = `{"BusinessId":5001,"Name":"n","Action":2,"URL":"https://example.com"}`
	for _, test := range []struct {
		name   string
		hook   func(http.ResponseWriter, *http.Request) bool
		status int
	}{
		{name: "reset", status: 0},
		{name: "reset after the hook", hook: func(http.ResponseWriter, *http.Request) bool { return false }, status: 0},
		{
			name: "answered by the hook",
			hook: func(w http.ResponseWriter, r *http.Request) bool {
				if got, _ := io.ReadAll(r.Body); string(got) != body {
					t.Errorf("the hook reads %q", got)
				}
				w.WriteHeader(http.StatusGatewayTimeout)
				return true
			},
			status: http.StatusGatewayTimeout,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, c := newAccount(t)
				c.t = t
				server.Hook = test.hook
				server.Late = func(r *http.Request) (time.Duration, bool) {
					got, _ := io.ReadAll(r.Body)
					return time.Minute, string(got) == body
				}
				ctx, cancel := context.WithCancel(t.Context())
				func() {
					defer func() { recover() }() // as net/http does
					server.ServeHTTP(httptest.NewRecorder(), c.request(ctx, "POST", "/api/sys/webhooks", body))
				}()
				cancel() // the client gives up
				if got := server.Requests()[0].Status; got != test.status {
					t.Errorf("status = %d, want %d", got, test.status)
				}
				for _, count := range []int{8, 9} {
					if got := len(server.Webhooks()); got != count {
						t.Errorf("%d webhooks, want %d", got, count)
					}
					time.Sleep(time.Minute + 1)
				}
				// Others are not concerned.
				server.Hook = nil
				c.want(200, "DELETE", "/api/sys/webhooks/101", "")
				c.want(200, "GET", "/api/sys/webhooks/109", body)
			})
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

	var statuses []int
	requests := server.Requests()
	for _, r := range requests {
		statuses = append(statuses, r.Status)
	}
	if want := []int{418, 200, 404, 401}; !slices.Equal(statuses, want) {
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
