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

// The tests cite their facts as the package does.

// client is how a test sends requests, from virtual time if need be.
type client struct {
	t      *testing.T
	server *simulator.Server
	header http.Header
}

// newAccount is the demo without its throttle, and a client that may do all.
func newAccount(t *testing.T) (*simulator.Server, client) {
	server := simulator.Demo()
	server.LimitFactor = -1
	return server, newClient(t, server, "Bearer "+server.IssueToken("demo@example.com"))
}

func newClient(t *testing.T, server *simulator.Server, authorization string) client {
	header := http.Header{"User-Agent": {"simulator-test"}}
	if authorization != "" {
		header.Set("Authorization", authorization)
	}
	return client{t, server, header}
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

// In front of the API, F: an HTML page with status 403.
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
		c.want(http.StatusNotFound, request[0], request[1], "{}")
	}
}

// Base URL and authentication, D: two schemes, and 401 for whatever is wrong.
func TestServer_authentication(t *testing.T) {
	server, _ := newAccount(t)
	server.AddUser(simulator.User{Username: "none@example.com", Password: "n:ö", Roles: []string{}})
	good := "Bearer " + server.IssueToken("demo@example.com")
	for _, test := range []struct {
		name, authorization string
		status              int
	}{
		{"bearer", good, 200},
		{"basic", basic("demo@example.com", "demo"), 200},
		{"nothing", "", 401},
		{"unknown token", "Bearer nonsense", 401},
		{"empty token", "Bearer ", 401},
		{"wrong password", basic("demo@example.com", "Demo"), 401},
		{"unknown user", basic("nobody@example.com", ""), 401},
		{"other scheme", "Digest demo", 401},
		{"no role", basic("none@example.com", "n:ö"), 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			newClient(t, server, test.authorization).want(test.status, "GET", "/api/sys/webhooks/101", "")
		})
	}

	server.RevokeTokens()
	newClient(t, server, good).want(http.StatusUnauthorized, "GET", "/api/sys/webhooks/101", "")
	newClient(t, server, "Bearer "+server.IssueToken("demo@example.com")).want(200, "GET", "/api/sys/webhooks/101", "")
}

// Base URL and authentication, D: one role for each call.
func TestServer_roles(t *testing.T) {
	const record = `{"Id":102,"BusinessId":5001,"Name":"n","Action":2,"URL":"https://example.com"}`
	calls := []struct{ role, method, target, body string }{
		{"WebHook-Read", "GET", "/api/sys/webhooks/101", ""},
		{"WebHook-List", "GET", "/api/sys/webhooks", ""},
		{"WebHook-List", "GET", "/api/sys/webhooks/?id=[101]", ""},
		{"WebHook-Create", "POST", "/api/sys/webhooks", record},
		{"WebHook-Edit", "PUT", "/api/sys/webhooks", record},
		{"WebHook-Delete", "DELETE", "/api/sys/webhooks/103", ""},
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

func TestServer_answer(t *testing.T) {
	server, c := newAccount(t)
	var seen []string
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, string(body))
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusTeapot)
			return true
		}
		return false
	}
	c.want(http.StatusTeapot, "GET", "/api/sys/webhooks/101", "")
	// The server reads what the hook has read.
	const body = `{"BusinessId":5001,"Name":"n","Action":2,"URL":"https://example.com"}`
	c.want(http.StatusOK, "POST", "/api/sys/webhooks", body)
	if len(seen) != 2 || seen[1] != body {
		t.Errorf("the hook saw %q", seen)
	}
}

func TestServer_requests(t *testing.T) {
	server, c := newAccount(t)
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/hooked" {
			return false
		}
		w.WriteHeader(http.StatusTeapot)
		return true
	}
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
