package nexudus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a transport that answers from a handler without a socket, so that
// tests of waiting can run in virtual time.
type memory struct{ handler http.Handler }

// A handler that panics with [http.ErrAbortHandler] cuts the connection.
func (m memory) RoundTrip(request *http.Request) (response *http.Response, err error) {
	request = request.Clone(request.Context())
	if request.Body == nil {
		request.Body = http.NoBody
	}
	for name, values := range request.Header {
		delete(request.Header, name)
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil {
		trace.GetConn("")
		trace.GotConn(httptrace.GotConnInfo{})
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	defer func() {
		r := recover()
		if aborted, ok := r.(error); ok && errors.Is(aborted, http.ErrAbortHandler) {
			response, err = nil, io.ErrUnexpectedEOF
		} else if r != nil {
			panic(r)
		}
	}()
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, request)
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	response = recorder.Result()
	if response.Header.Get("Date") == "" { // which net/http adds
		response.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return response, nil
}

// newTestClient returns a client of a handler, with a token and the defaults.
// Changes to its configuration come as functions.
func newTestClient(t *testing.T, handler http.HandlerFunc, changes ...func(*Config)) *Client {
	t.Helper()
	base, err := ParseBaseURL("https://nexudus.test/api/")
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		BaseURL:              base,
		Auth:                 Token{AccessToken: NewSecret("token-1")},
		UserAgent:            "test/1",
		MaxRetries:           DefaultMaxRetries,
		MaxRequestsPerSecond: DefaultMaxRequestsPerSecond,
		Transport:            memory{handler},
	}
	for _, change := range changes {
		change(&config)
	}
	return New(config)
}

func withPassword(password Password) func(*Config) {
	return func(c *Config) { c.Auth = password }
}

// serve answers with a status and a body.
func serve(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func serveJSON(status int, body string) http.HandlerFunc {
	return serve(status, "application/json; charset=utf-8", body)
}

// record is a small response for the webhook that was asked for.
func record(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	serveJSON(200, fmt.Sprintf(`{"Id":%s,"Name":"orders"}`, id))(w, r)
}

// failureOf returns the error of a read as an *Error.
func failureOf(t *testing.T, err error) *Error {
	t.Helper()
	var failure *Error
	if !errors.As(err, &failure) {
		t.Fatalf("error = %v, want an *Error", err)
	}
	return failure
}

// requestLog records which requests came, and when.
type requestLog struct {
	mu    sync.Mutex
	paths []string
	times []time.Time
}

func (l *requestLog) add(r *http.Request) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paths = append(l.paths, r.Method+" "+r.URL.Path)
	l.times = append(l.times, time.Now())
	return len(l.paths)
}

func (l *requestLog) count(path string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, p := range l.paths {
		if p == path {
			n++
		}
	}
	return n
}

// readAll reads the webhooks 1 to n at once and returns their errors.
func readAll(ctx context.Context, c *Client, n int) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { _, errs[i] = c.Webhook(ctx, int64(i+1)) })
	}
	group.Wait()
	return errs
}

func TestClient_webhook(t *testing.T) {
	var got *http.Request
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		// As documented at https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
		serveJSON(200, `{"Id":9007199254740993,"BusinessId":5001,"Name":"Zoë \"Türen\" 🚪\u001b[31m","Description":"",
			"URL":"https://example.com/hook?key=1","Action":6,"Active":false,"LastError":"(410) Gone","ErrorCount":11,
			"LastTrigger":"2025-01-15T10:30:00","CreatedOn":"2025-01-15T10:30:00Z","UpdatedOn":"2025-01-15T10:30:00.123Z",
			"UpdatedBy":"a@example.com","UniqueId":"e267ee8a-15eb-49d5-a156-bb132fb27d26","IsNew":false,"SystemId":null,
			"ToStringText":"orders","LocalizationDetails":null,"CustomFields":null,"Added":[1,{"later":2}]}`)(w, r)
	})

	webhook, err := c.Webhook(t.Context(), 9007199254740993)
	if err != nil {
		t.Fatal(err)
	}
	want := &Webhook{
		ID: 9007199254740993, BusinessID: new(int64(5001)), Name: new("Zoë \"Türen\" 🚪\x1b[31m"), Description: new(""),
		URL: new("https://example.com/hook?key=1"), Action: new(Action(6)), Active: new(false), LastError: new("(410) Gone"),
		ErrorCount: new(int64(11)), LastTrigger: new("2025-01-15T10:30:00"), CreatedOn: new("2025-01-15T10:30:00Z"),
		UpdatedOn: new("2025-01-15T10:30:00.123Z"), UpdatedBy: new("a@example.com"),
		UniqueID: new("e267ee8a-15eb-49d5-a156-bb132fb27d26"), IsNew: new(false), ToStringText: new("orders"),
	}
	webhook.readOn = time.Time{}
	if !reflect.DeepEqual(webhook, want) {
		t.Errorf("Webhook = %+v, want %+v", webhook, want)
	}
	if got.Method != "GET" || got.URL.String() != "https://nexudus.test/api/sys/webhooks/9007199254740993" {
		t.Errorf("request = %s %s, want GET of the record", got.Method, got.URL)
	}
	for name, want := range map[string]string{"Authorization": "Bearer token-1", "User-Agent": "test/1", "Accept": "application/json"} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s = %q, want %q", name, value, want)
		}
	}
}

// A response that is not the record is an error. All of its text is checked.
func TestClient_webhookErrors(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{
			name:    "html",
			handler: serve(200, "text/html; charset=utf-8", "<!DOCTYPE html><p>secret</p>"),
			want:    "get webhook 42: 200: unexpected response: an HTML page (text/html, 28 bytes)",
		},
		{
			name:    "html unlabelled",
			handler: serve(200, "application/json", "\n<html>"),
			want:    "get webhook 42: 200: unexpected response: an HTML page (application/json, 7 bytes)",
		},
		{name: "nothing", handler: serveJSON(200, ""), want: "get webhook 42: 200: unexpected response: an empty body"},
		{name: "no content", handler: serve(204, "", ""), want: "get webhook 42: 204: unexpected response: an empty body"},
		{
			name:    "blanks",
			handler: serveJSON(200, " \n"),
			want:    "get webhook 42: 200: unexpected response: whitespace (application/json, 2 bytes)",
		},
		{
			name:    "null",
			handler: serveJSON(200, "null"),
			want:    "get webhook 42: 200: unexpected response: the JSON value null (application/json, 4 bytes) without an Id",
		},
		{
			name:    "array",
			handler: serveJSON(200, "[]"),
			want:    "get webhook 42: 200: unexpected response: a JSON array (application/json, 2 bytes)",
		},
		{
			name:    "object",
			handler: serveJSON(200, "{}"),
			want:    "get webhook 42: 200: unexpected response: a JSON object (application/json, 2 bytes) without an Id",
		},
		{
			name:    "string",
			handler: serveJSON(200, `"x"`),
			want:    "get webhook 42: 200: unexpected response: a JSON string (application/json, 3 bytes)",
		},
		{
			name:    "number",
			handler: serveJSON(200, "0"),
			want:    "get webhook 42: 200: unexpected response: a JSON number (application/json, 1 bytes)",
		},
		{
			name:    "two documents",
			handler: serveJSON(200, `{"Id":42}{"Id":42}`),
			want:    "get webhook 42: 200: unexpected response: invalid JSON (application/json, 18 bytes)",
		},
		{
			name:    "truncated",
			handler: serveJSON(200, `{"Id":42,"Na`),
			want:    "get webhook 42: 200: unexpected response: invalid JSON (application/json, 12 bytes)",
		},
		{
			name:    "text",
			handler: serve(200, "text/plain", "hello"),
			want:    "get webhook 42: 200: unexpected response: text that is not JSON (text/plain, 5 bytes)",
		},
		{
			name:    "too large",
			handler: serveJSON(200, strings.Repeat(" ", maxBody+1)),
			want:    "get webhook 42: unexpected response: more than 8 MiB",
		},
		{
			name:    "name",
			handler: serveJSON(200, `{"Id":42,"Name":{"secret":1}}`),
			want:    "get webhook 42: 200: unexpected response: the field Name with a JSON object instead of the JSON type string",
		},
		{
			name:    "id text",
			handler: serveJSON(200, `{"Id":"42"}`),
			want:    "get webhook 42: 200: unexpected response: the field Id with a JSON string instead of the JSON type integer",
		},
		{
			name:    "fraction",
			handler: serveJSON(200, `{"Id":42,"ErrorCount":1.5}`),
			want:    "get webhook 42: 200: unexpected response: the field ErrorCount with a number that is not a 64-bit integer instead of the JSON type integer",
		},
		{
			name:    "above int64",
			handler: serveJSON(200, `{"Id":42,"BusinessId":9223372036854775808}`),
			want:    "get webhook 42: 200: unexpected response: the field BusinessId with a number that is not a 64-bit integer instead of the JSON type integer",
		},
		{
			name:    "flag",
			handler: serveJSON(200, `{"Id":42,"Active":"true"}`),
			want:    "get webhook 42: 200: unexpected response: the field Active with a JSON string instead of the JSON type bool",
		},
		{name: "another", handler: serveJSON(200, `{"Id":43}`), want: "get webhook 42: 200: unexpected response: webhook 43"},
		{name: "absent", handler: serveJSON(404, `"Not found"`), want: "get webhook 42: 404: not found"},
		{
			name: "under 400",
			handler: serveJSON(
				400,
				`{"Message":"Name: is a required field","Value":null,"Errors":[{"AttemptedValue":"secret","Message":"is a required field","PropertyName":"Name"},{"Message":"too\u001b[31m long","PropertyName":"URL"}],"WasSuccessful":false}`,
			),
			want: "get webhook 42: 400: rejected: Name: is a required field; URL: too [31m long",
		},
		{
			name:    "under 200",
			handler: serveJSON(200, `{"Status":500,"Message":"No.","Value":null,"UpdatedBy":7,"WasSuccessful":false}`),
			want:    "get webhook 42: 200: rejected: No.",
		},
		{
			name:    "echo",
			handler: serveJSON(400, `{"Message":"Bearer token-1 is no good"}`),
			want:    "get webhook 42: 400: rejected: Bearer *** is no good",
		},
		{
			name:    "address",
			handler: serveJSON(400, `{"Message":"The URL 'https://example.com/hook?key=secret' (http://b/?s) is taken. Is it yours?"}`),
			want:    "get webhook 42: 400: rejected: The URL 'https://example.com/…' (http://b/…) is taken. Is it yours?",
		},
		{
			name:    "echo apart",
			handler: serveJSON(400, `{"Message":"Bearer tok\u200ben-1 is no good"}`),
			want:    "get webhook 42: 400: rejected: Bearer *** is no good",
		},
		{name: "given token", handler: serve(401, "", ""), want: "get webhook 42: 401: unauthorized"},
		{
			name:    "conflict",
			handler: serveJSON(409, `{"Message":"Locked by another user.","WasSuccessful":false}`),
			want:    "get webhook 42: 409: rejected: Locked by another user.",
		},
		{name: "firewall", handler: serve(403, "text/html", "<html>Access denied</html>"), want: "get webhook 42: 403: blocked"},
		{name: "forbidden", handler: serveJSON(403, `{"Message":"Not yours."}`), want: "get webhook 42: 403: forbidden: Not yours."},
		{
			name:    "other status",
			handler: serve(418, "text/plain", "teapot"),
			want:    "get webhook 42: 418: unexpected response: text that is not JSON (text/plain, 6 bytes)",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sent := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				sent++
				test.handler(w, r)
			})
			webhook, err := c.Webhook(t.Context(), 42)
			if webhook != nil {
				t.Errorf("Webhook = %+v, want nothing", webhook)
			}
			failure := failureOf(t, err)
			if failure.Error() != test.want {
				t.Errorf("error = %q,\nwant    %q", failure, test.want)
			}
			if failure.Status != 404 && sent != 1 || failure.Attempts != 1 {
				t.Errorf("sent %d times, reported %d, want one attempt", sent, failure.Attempts)
			}
			if want := test.name == "absent"; IsNotFound(err) != want {
				t.Errorf("IsNotFound = %v, want %v", !want, want)
			}
		})
	}
}

func TestClient_webhookNulls(t *testing.T) {
	for _, body := range []string{
		`{"Id":42}`,
		`{"Id":42,"BusinessId":null,"Name":null,"Description":null,"URL":null,"Action":null,"Active":null,"LastError":null,"ErrorCount":null,"LastTrigger":null,"CreatedOn":null,"UpdatedOn":null,"UpdatedBy":null,"UniqueId":null,"IsNew":null,"SystemId":null,"ToStringText":null}`,
	} {
		webhook, err := newTestClient(t, serveJSON(200, body)).Webhook(t.Context(), 42)
		if err != nil || !reflect.DeepEqual(webhook, &Webhook{ID: 42, readOn: webhook.readOn}) {
			t.Errorf("Webhook = %+v, %v, want only the Id", webhook, err)
		}
	}
}

func TestParseBaseURL(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{name: "default", text: DefaultBaseURL, want: ""},
		{name: "trailing slash", text: "https://nexudus.test/api/", want: ""},
		{name: "loopback", text: "http://127.0.0.1:8080/api", want: ""},
		{name: "loopback name", text: "http://localhost/api", want: ""},
		{name: "loopback IPv6", text: "http://[::1]:80/api", want: ""},
		{name: "plain http", text: "http://nexudus.test/api", want: "plain http is allowed only for a loopback address"},
		{name: "private address", text: "http://192.168.1.1/api", want: "plain http is allowed only for a loopback address"},
		{name: "looks like loopback", text: "http://127.0.0.1.nexudus.test/api", want: "plain http is allowed only for a loopback address"},
		{name: "user info", text: "https://user:secret@nexudus.test/api", want: "it holds a user name or a password"},
		{name: "query", text: "https://nexudus.test/api?key=secret", want: "it has a query"},
		{name: "empty query", text: "https://nexudus.test/api?", want: "it has a query"},
		{name: "fragment", text: "https://nexudus.test/api#secret", want: "it has a fragment"},
		{name: "empty fragment", text: "https://nexudus.test/api#", want: "it has a fragment"},
		{name: "no host", text: "https:///api", want: "it names no host"},
		{name: "no scheme", text: "nexudus.test/api", want: "it has no scheme, such as https://"},
		{name: "other scheme", text: "ftp://nexudus.test/api", want: "its scheme is not https"},
		{name: "no URL", text: "https://nexudus.test/%zz", want: "it is not a URL"},
		{name: "zone that cannot be written", text: "http://[::1%25\x89]", want: "it is not a URL"},
		{name: "empty", text: "", want: "it has no scheme, such as https://"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseBaseURL(test.text)
			if got := fmt.Sprint(err); test.want == "" && err != nil || test.want != "" && got != test.want {
				t.Errorf("error = %q, want %q", got, test.want)
			}
		})
	}
}

// The target of a redirect receives no request.
func TestClient_redirect(t *testing.T) {
	tests := []struct{ name, location, want string }{
		{name: "another host", location: "https://user:secret@evil.test:8443/steal?key=secret", want: "evil.test:8443"},
		{name: "itself", location: "/api/sys/webhooks/42?key=secret", want: "another path of the same host"},
		{name: "a command", location: "http://[::1%25a%20::stop-commands::x]/", want: "[::1%a :stop-commands::x]"},
		{name: "nowhere", location: "", want: "no host: it has no valid Location header"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sent := 0
			c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
				sent++
				if test.location != "" {
					w.Header().Set("Location", test.location)
				}
				w.WriteHeader(http.StatusFound)
			})
			_, err := c.Webhook(t.Context(), 42)
			failure := failureOf(t, err)
			if failure.Kind != KindRedirected || failure.Reason != test.want || sent != 1 {
				t.Errorf("error = %v after %d requests, want %q after one", failure, sent, test.want)
			}
		})
	}
}

// readSame reads the webhook 1 n times at once and returns the errors.
func readSame(ctx context.Context, c *Client, n int) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { _, errs[i] = c.Webhook(ctx, 1) })
	}
	group.Wait()
	return errs
}

// Plain http sends the credentials for everyone to read, so a host that only looks
// like this machine is refused.
func TestParseBaseURL_loopbackOnly(t *testing.T) {
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1", "127.1.2.3", "[::1]:80"} {
		if _, err := ParseBaseURL("http://" + host + "/api"); err != nil {
			t.Errorf("%s: %v, want it allowed", host, err)
		}
	}
	for _, host := range []string{
		"evillocalhost", "evil-localhost", "evil.localhost", "localhost.evil.test", "localhost.", "127.0.0.1.evil.test", "127.0.0.1.nip.io",
		"128.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.0.1", "[::]", "[::2]", "[fe80::1]", "2130706433", "0x7f000001", "127.1",
	} {
		if _, err := ParseBaseURL("http://" + host + "/api"); err == nil || !strings.Contains(err.Error(), "plain http") {
			t.Errorf("%s: error = %v, want plain http refused", host, err)
		}
		if _, err := ParseBaseURL("https://" + host + "/api"); err != nil {
			t.Errorf("%s over https: %v, want it allowed", host, err)
		}
	}
}
