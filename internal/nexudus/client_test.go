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
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a transport that answers from a handler without a socket, so that
// tests of waiting can run in virtual time.
type memory struct{ handler http.Handler }

func (m memory) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	if request.Body == nil {
		request.Body = http.NoBody
	}
	for name, values := range request.Header {
		delete(request.Header, name)
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, request)
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
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

// record is a small answer for the webhook that was asked for.
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

// Equal reads in flight are one request.
func TestClient_webhookShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log requestLog
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			log.add(r)
			time.Sleep(time.Second)
			record(w, r)
		})
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if webhook, err := c.Webhook(t.Context(), 1); err != nil || webhook.ID != 1 {
					t.Errorf("webhook = %v, %v", webhook, err)
				}
			})
		}
		group.Wait()
		if n := len(log.paths); n != 1 {
			t.Errorf("%d requests for ten equal reads, want one", n)
		}
	})
}

// Rows D1, D3, D5, D8 and D9: what is no record is an error, with all its words.
func TestClient_webhookErrors(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"D1 html", serve(200, "text/html; charset=utf-8", "<!DOCTYPE html><p>secret</p>"), "get webhook 42: 200: unexpected answer: an HTML page (text/html, 28 bytes)"},
		{"D1 html unlabelled", serve(200, "application/json", "\n<html>"), "get webhook 42: 200: unexpected answer: an HTML page (application/json, 7 bytes)"},
		{"D1 nothing", serveJSON(200, ""), "get webhook 42: 200: unexpected answer: an empty body"},
		{"D1 no content", serve(204, "", ""), "get webhook 42: 204: unexpected answer: an empty body"},
		{"D1 blanks", serveJSON(200, " \n"), "get webhook 42: 200: unexpected answer: blanks (application/json, 2 bytes)"},
		{"D1 null", serveJSON(200, "null"), "get webhook 42: 200: unexpected answer: the JSON value null (application/json, 4 bytes), which has no Id"},
		{"D1 array", serveJSON(200, "[]"), "get webhook 42: 200: unexpected answer: a JSON array (application/json, 2 bytes)"},
		{"D1 object", serveJSON(200, "{}"), "get webhook 42: 200: unexpected answer: a JSON object (application/json, 2 bytes), which has no Id"},
		{"D1 string", serveJSON(200, `"x"`), "get webhook 42: 200: unexpected answer: a JSON string (application/json, 3 bytes)"},
		{"D1 number", serveJSON(200, "0"), "get webhook 42: 200: unexpected answer: a JSON number (application/json, 1 bytes)"},
		{"D1 two documents", serveJSON(200, `{"Id":42}{"Id":42}`), "get webhook 42: 200: unexpected answer: broken JSON (application/json, 18 bytes)"},
		{"D1 cut off", serveJSON(200, `{"Id":42,"Na`), "get webhook 42: 200: unexpected answer: broken JSON (application/json, 12 bytes)"},
		{"D1 text", serve(200, "text/plain", "hello"), "get webhook 42: 200: unexpected answer: a text that is not JSON (text/plain, 5 bytes)"},
		{"D2 too large", serveJSON(200, strings.Repeat(" ", maxBody+1)), "get webhook 42: unexpected answer: more than 8 MiB"},
		{"D3 name", serveJSON(200, `{"Id":42,"Name":{"secret":1}}`), "get webhook 42: 200: unexpected answer: the field Name with a JSON object instead of the JSON type string"},
		{"D3 id text", serveJSON(200, `{"Id":"42"}`), "get webhook 42: 200: unexpected answer: the field Id with a JSON string instead of the JSON type integer"},
		{"D3 fraction", serveJSON(200, `{"Id":42,"ErrorCount":1.5}`), "get webhook 42: 200: unexpected answer: the field ErrorCount with a number that is not a 64-bit integer instead of the JSON type integer"},
		{"D3 above int64", serveJSON(200, `{"Id":42,"BusinessId":9223372036854775808}`), "get webhook 42: 200: unexpected answer: the field BusinessId with a number that is not a 64-bit integer instead of the JSON type integer"},
		{"D3 flag", serveJSON(200, `{"Id":42,"Active":"true"}`), "get webhook 42: 200: unexpected answer: the field Active with a JSON string instead of the JSON type bool"},
		{"D5 another", serveJSON(200, `{"Id":43}`), "get webhook 42: 200: unexpected answer: webhook 43"},
		{"D8 absent", serve(404, "", ""), "get webhook 42: 404: not found"},
		{"D9 under 400", serveJSON(400, `{"Message":"Name: is a required field","Value":null,"Errors":[{"AttemptedValue":"secret","Message":"is a required field","PropertyName":"Name"},{"Message":"too\u001b[31m long","PropertyName":"URL"}],"WasSuccessful":false}`),
			"get webhook 42: 400: rejected: Name: is a required field; URL: too [31m long"},
		{"D9 under 200", serveJSON(200, `{"Status":500,"Message":"No.","Value":null,"UpdatedBy":7,"WasSuccessful":false}`), "get webhook 42: 200: rejected: No."},
		{"D9 echo", serveJSON(400, `{"Message":"Bearer token-1 is no good"}`), "get webhook 42: 400: rejected: Bearer *** is no good"},
		{"D9 address", serveJSON(400, `{"Message":"The URL 'https://example.com/hook?key=secret' (http://b/?s) is taken. Is it yours?"}`),
			"get webhook 42: 400: rejected: The URL 'https://example.com/…' (http://b/…) is taken. Is it yours?"},
		{"D9 echo apart", serveJSON(400, `{"Message":"Bearer tok\u200ben-1 is no good"}`), "get webhook 42: 400: rejected: Bearer *** is no good"},
		{"A6 given token", serve(401, "", ""), "get webhook 42: 401: unauthorized"},
		{"B5 conflict", serveJSON(409, `{"Message":"Locked by another user.","WasSuccessful":false}`), "get webhook 42: 409: rejected: Locked by another user."},
		{"C5 firewall", serve(403, "text/html", "<html>Access denied</html>"), "get webhook 42: 403: blocked"},
		{"forbidden", serveJSON(403, `{"Message":"Not yours."}`), "get webhook 42: 403: forbidden: Not yours."},
		{"other status", serve(418, "text/plain", "teapot"), "get webhook 42: 418: unexpected answer: a text that is not JSON (text/plain, 6 bytes)"},
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
			if sent != 1 || failure.Attempts != 1 {
				t.Errorf("sent %d times, reported %d, want one attempt", sent, failure.Attempts)
			}
			if want := strings.HasPrefix(test.name, "D8"); IsNotFound(err) != want {
				t.Errorf("IsNotFound = %v, want %v", !want, want)
			}
		})
	}
}

// Row D4.
func TestClient_webhookNulls(t *testing.T) {
	for _, body := range []string{
		`{"Id":42}`,
		`{"Id":42,"BusinessId":null,"Name":null,"Description":null,"URL":null,"Action":null,"Active":null,"LastError":null,"ErrorCount":null,"LastTrigger":null,"CreatedOn":null,"UpdatedOn":null,"UpdatedBy":null,"UniqueId":null,"IsNew":null,"SystemId":null,"ToStringText":null}`,
	} {
		webhook, err := newTestClient(t, serveJSON(200, body)).Webhook(t.Context(), 42)
		if err != nil || !reflect.DeepEqual(webhook, &Webhook{ID: 42}) {
			t.Errorf("Webhook = %+v, %v, want only the Id", webhook, err)
		}
	}
}

// Row C7.
func TestParseBaseURL(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"default", DefaultBaseURL, ""},
		{"trailing slash", "https://nexudus.test/api/", ""},
		{"loopback", "http://127.0.0.1:8080/api", ""},
		{"loopback name", "http://localhost/api", ""},
		{"loopback IPv6", "http://[::1]:80/api", ""},
		{"plain http", "http://nexudus.test/api", "plain http is allowed to a loopback address only"},
		{"private address", "http://192.168.1.1/api", "plain http is allowed to a loopback address only"},
		{"looks like loopback", "http://127.0.0.1.nexudus.test/api", "plain http is allowed to a loopback address only"},
		{"user info", "https://user:secret@nexudus.test/api", "it holds a user name or a password"},
		{"query", "https://nexudus.test/api?key=secret", "it has a query"},
		{"empty query", "https://nexudus.test/api?", "it has a query"},
		{"fragment", "https://nexudus.test/api#secret", "it has a fragment"},
		{"empty fragment", "https://nexudus.test/api#", "it has a fragment"},
		{"no host", "https:///api", "it names no host"},
		{"no scheme", "nexudus.test/api", "it has no scheme, such as https://"},
		{"other scheme", "ftp://nexudus.test/api", "its scheme is not https"},
		{"no URL", "https://nexudus.test/%zz", "it is not a URL"},
		{"zone that cannot be written", "http://[::1%25\x89]", "it is not a URL"},
		{"empty", "", "it has no scheme, such as https://"},
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

func TestSecret(t *testing.T) {
	value := struct {
		Password Secret
		inner    struct{ password Secret }
	}{Password: NewSecret("hunter2")}
	value.inner.password = value.Password
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(format, value); strings.Contains(got, "hunter2") || strings.Contains(got, "68756e") || !strings.Contains(got, "***") {
			t.Errorf("Sprintf(%q) = %s, want ***", format, got)
		}
	}
	if text, _ := NewSecret("hunter2").MarshalText(); string(text) != "***" {
		t.Errorf("MarshalText = %s, want ***", text)
	}
}

func TestAction(t *testing.T) {
	names := ActionNames()
	if len(names) != 90 {
		t.Fatalf("%d names, want the 90 documented ones", len(names))
	}
	for code, want := range map[Action]string{1: "None", 6: "BookingCreate", 45: "HelDeskMessageCreated", 90: "CoworkerPaymentMethodUpdate"} {
		if name, known := code.Name(); name != want || !known {
			t.Errorf("Action(%d) = %q, %v, want %q", code, name, known, want)
		}
	}
	for _, code := range []Action{-1, 0, 91, 1 << 31, 1 << 62} {
		if name, known := code.Name(); name != "" || known {
			t.Errorf("Action(%d) = %q, %v, want no name", code, name, known)
		}
	}
}

// Row C6: what a redirect points to sees nothing.
func TestClient_redirect(t *testing.T) {
	tests := []struct{ name, location, want string }{
		{"another host", "https://user:secret@evil.test:8443/steal?key=secret", "evil.test:8443"},
		{"itself", "/api/sys/webhooks/42?key=secret", "another path of the same host"},
		{"nowhere", "", "nowhere that it names"},
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

func TestClean(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "Name: is a required field", "Name: is a required field"},
		{"D10 lines", "one\r\ntwo\tthree", "one two three"},
		{"D10 escapes", "\x1b[2Jgone\u009b31m", "[2Jgone 31m"},
		{"D10 direction", "abc\u202etxt.exe\u2066", "abctxt.exe"},
		{"D10 emoji", "family 👨‍👩‍👧 ok", "family 👨‍👩‍👧 ok"},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
		{"long", strings.Repeat("ü", 301), strings.Repeat("ü", 300) + "…"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := clean(test.text); got != test.want {
				t.Errorf("clean = %q, want %q", got, test.want)
			}
		})
	}
}

func TestRedact(t *testing.T) {
	c := newTestClient(t, record, func(c *Config) { c.Auth = Basic{Username: "key", Password: NewSecret(`p&"ä +🔑`)} })
	for _, test := range []struct{ name, text, want string }{
		{"raw", `said p&"ä +🔑.`, "said ***."},
		{"form", "said p%26%22%C3%A4+%2B%F0%9F%94%91.", "***"},
		{"URL", "said p%26%22%C3%A4%20%2B%F0%9F%94%91.", "***"},
		{"URL in small letters", "said p%26%22%c3%a4%20%2b%f0%9f%94%91.", "***"},
		{"URL in part", "said p&%22ä%20+🔑.", "***"},
		{"JSON", `said p&\"ä +🔑.`, "***"},
		{"JSON in ASCII", `said p\u0026\"\u00E4 +\ud83d\udd11.`, "***"},
		{"HTML", "said p&amp;&quot;&#228; +🔑.", "***"},
		{"base64", "said cCYiw6QgK/CflJE=.", "***"},
		{"base64 for URLs", "said cCYiw6QgK_CflJE.", "***"},
		{"base64 of a pair", "said Basic a2V5OnAmIsOkICvwn5SR.", "***"},
		{"none", `said 100% of p%26 \" \u00zz.`, `said 100% of p%26 \" \u00zz.`},
	} {
		if got := c.redact(test.text); got != test.want {
			t.Errorf("%s: redact = %q, want %q", test.name, got, test.want)
		}
	}
}
