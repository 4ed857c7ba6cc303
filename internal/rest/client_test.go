package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// For TestSender_proxy. Go reads the environment once, and never uses a proxy for a loopback address.
	os.Setenv("HTTP_PROXY", "http://user:hunter2@proxy.test:8080")
	os.Setenv("HTTPS_PROXY", "http://proxy.test:8080")
	os.Unsetenv("NO_PROXY")
	os.Unsetenv("no_proxy")
	goleak.VerifyTestMain(m)
}

// memory is a transport that answers from a handler without a socket, so that
// tests of waiting can run in virtual time.
type memory struct{ handler http.Handler }

// RoundTrip cuts the connection if the handler panics with [http.ErrAbortHandler].
func (m memory) RoundTrip(request *http.Request) (response *http.Response, err error) {
	request = request.Clone(request.Context())
	if request.Body == nil {
		request.Body = http.NoBody
	}
	for name, values := range request.Header {
		delete(request.Header, name)
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	trace := httptrace.ContextClientTrace(request.Context())
	trace.GetConn("")
	trace.GotConn(httptrace.GotConnInfo{Conn: noConn{}})
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	trace.WroteRequest(httptrace.WroteRequestInfo{})
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

type noConn struct{ net.Conn }

func (noConn) Close() error { return nil }

// transport is a function that sends requests.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) { return t(request) }

// newTestClient returns a client of a handler, with a token and the defaults.
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

// serve answers with a status and a body.
func serve(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func serveJSON(status int, body string) http.HandlerFunc {
	return serve(status, "application/json; charset=utf-8", body)
}

var record = serveJSON(200, `{"Id":1,"Name":"orders"}`)

func get(id int64) *Request {
	return &Request{
		Verb: VerbGet, Record: "webhook", ID: id, Permission: "WebHook-Read",
		Method: http.MethodGet, Path: fmt.Sprint("sys/webhooks/", id),
	}
}

func create() *Request {
	return &Request{
		Verb: VerbCreate, Record: "webhook", Method: http.MethodPost, Path: "sys/webhooks", Body: []byte(`{"BusinessId":1,"Name":"x"}`),
	}
}

func update() *Request {
	return &Request{Verb: VerbUpdate, Record: "webhook", Method: http.MethodPut, Path: "sys/webhooks", Body: []byte(`{"Id":1}`)}
}

// failureOf returns an error as an *Error.
func failureOf(t *testing.T, err error) *Error {
	t.Helper()
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error = %v, want an *Error", err)
	}
	return failure
}

// readAll reads the webhooks 1 to n at once and returns their errors.
func readAll(ctx context.Context, c *Client, n int) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { _, errs[i] = c.loop.do(ctx, get(int64(i+1))) })
	}
	group.Wait()
	return errs
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

func (l *requestLog) count(path string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.paths {
		if p == path {
			n++
		}
	}
	return n
}

func TestNew(t *testing.T) {
	c := newTestClient(t, record, func(c *Config) { c.RequestTimeout, c.MaxThrottleWait = -1, 0 })
	defer c.Close()
	got := c.Config()
	if got.RequestTimeout != 30*time.Second || got.MaxThrottleWait != 2*time.Minute || got.MaxRetries != 4 || c.Throttled() != 0 {
		t.Errorf("Config = %+v, want the default values", got)
	}
	if got := c.Sanitize("token-1 and xsecretx fail", "https://h.example/xsecretx"); got != "… and … fail" {
		t.Errorf("Sanitize = %q, want neither the token nor the path", got)
	}
}

// Equal reads in flight are one request, unless a write begins or ends between them.
func TestClient_getShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			s.add(r)
			time.Sleep(10 * time.Second)
			serveJSON(200, `{"WasSuccessful":true}`)(w, r)
		}, func(c *Config) { c.MaxRequestsPerSecond = 0 })
		var group sync.WaitGroup
		read := func(change func(*Request)) {
			group.Go(func() {
				r := get(1)
				change(r)
				if resp, err := c.Get(t.Context(), r); err != nil || resp.Status != 200 {
					t.Error(err)
				}
			})
		}
		same := func(*Request) {}
		for range 10 {
			read(same)
		}
		read(func(r *Request) { r.Query = url.Values{"page": {"2"}} })
		read(func(r *Request) { r.Path = "sys/webhooks/2" })
		read(func(r *Request) { r.Fresh = true })
		synctest.Wait()
		if len(s.paths) != 4 {
			t.Errorf("requests = %v, want one for each address, and a fresh one", s.paths)
		}
		before := c.Writes()
		group.Go(func() { c.Write(t.Context(), update()) })
		synctest.Wait()
		read(same)
		time.Sleep(time.Second)
		read(same)
		time.Sleep(9500 * time.Millisecond) // the write has ended, and the read has not
		if c.Writes() != before+2 {
			t.Errorf("Writes = %d, want %d", c.Writes(), before+2)
		}
		read(same)
		group.Wait()
		if n := s.count("GET /api/sys/webhooks/1"); n != 5 {
			t.Errorf("%d reads, want one before the write, one during it, and one after it, page 2 and the one that is not retried", n)
		}
	})
}

func TestParseBaseURL(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{name: "default", text: DefaultBaseURL},
		{name: "spaces around", text: " https://nexudus.test/api/\n"},
		{name: "port", text: "https://nexudus.test:65535/api"},
		{name: "loopback IPv6", text: "http://[::1]:80/api"},
		{name: "user info", text: "https://user:secret@nexudus.test/api", want: "it contains a user name or a password"},
		{name: "query", text: "https://nexudus.test/api?key=secret", want: "it has a query"},
		{name: "empty query", text: "https://nexudus.test/api?", want: "it has a query"},
		{name: "fragment", text: "https://nexudus.test/api#secret", want: "it has a fragment"},
		{name: "empty fragment", text: "https://nexudus.test/api#", want: "it has a fragment"},
		{name: "no host", text: "https:///api", want: "it names no host"},
		{name: "port 0", text: "https://nexudus.test:0/api", want: "its port is not between 1 and 65535"},
		{name: "port too large", text: "https://nexudus.test:65536/api", want: "its port is not between 1 and 65535"},
		{name: "no scheme", text: "nexudus.test/api", want: "it has no scheme, such as https://"},
		{name: "no scheme, port", text: "localhost:8080/api", want: "it has no scheme, such as https://"},
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

// Plain http sends the credentials for everyone to read, so a host that only looks
// like this machine is not allowed.
func TestParseBaseURL_loopbackOnly(t *testing.T) {
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1", "127.1.2.3", "[::1]:80"} {
		if _, err := ParseBaseURL("http://" + host + "/api"); err != nil {
			t.Errorf("%s: %v, want it allowed", host, err)
		}
	}
	for _, host := range []string{
		"evillocalhost", "evil.localhost", "localhost.evil.test", "localhost.", "127.0.0.1.evil.test", "128.0.0.1", "0.0.0.0",
		"192.168.1.1", "[::]", "[::2]", "[fe80::1]", "2130706433", "0x7f000001", "127.1",
	} {
		_, err := ParseBaseURL("http://" + host + "/api")
		if _, secure := ParseBaseURL("https://" + host + "/api"); secure != nil || err == nil || !strings.Contains(err.Error(), "plain http") {
			t.Errorf("%s: errors = %v, %v, want only plain http refused", host, err, secure)
		}
	}
}
