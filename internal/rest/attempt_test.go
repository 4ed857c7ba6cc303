package rest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// newSender returns a sender over real sockets, whose transport may be changed.
func newSender(t *testing.T, change func(*http.Transport)) *sender {
	s := memorySender(nil)
	if change != nil {
		change(s.http.Transport.(*http.Transport))
	}
	t.Cleanup(s.http.CloseIdleConnections)
	return s
}

// memorySender returns a sender without sockets.
func memorySender(t http.RoundTripper) *sender {
	return &sender{newHTTPClient(t), "test/1", 30 * time.Second, new(texts), slog.New(slog.DiscardHandler)}
}

// sendTo makes one attempt of a request at a base URL.
func (s *sender) sendTo(ctx context.Context, base string, r *Request) (Response, *failure, error) {
	u, err := url.Parse(base)
	if err != nil {
		return Response{}, nil, err
	}
	r.url = u.JoinPath(r.Path)
	return s.send(ctx, r, NewSecret("Bearer token-1"), func() {})
}

// rawServer talks over plain connections as a test does, and returns its URL.
func rawServer(t *testing.T, talk func(conn net.Conn, request *http.Request)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	t.Cleanup(func() { listener.Close(); group.Wait() })
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(time.Minute))
				if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					talk(conn, request)
				}
			})
		}
	})
	return "http://" + listener.Addr().String()
}

var clientID = "client_id" // which Go would write in another way

func TestSender_request(t *testing.T) {
	var got *http.Request
	var body []byte
	s := memorySender(transport(func(request *http.Request) (*http.Response, error) {
		got = request
		body, _ = io.ReadAll(request.Body)
		return memory{record}.RoundTrip(request)
	}))
	r := get(42)
	r.Query = url.Values{"page": {"2"}, "name": {"a&b c"}}
	resp, f, err := s.sendTo(t.Context(), "https://nexudus.test/api", r)
	if f != nil || err != nil || string(resp.Body) != `{"Id":1,"Name":"orders"}` || resp.Status != 200 || resp.Request != r || r.attempts != 1 {
		t.Errorf("send = %+v, %+v, %v, want the record", resp, f, err)
	}
	if got.Method != "GET" || got.URL.String() != "https://nexudus.test/api/sys/webhooks/42?name=a%26b+c&page=2" || len(body) != 0 {
		t.Errorf("request = %s %s %q, want GET of the record", got.Method, got.URL, body)
	}
	if got.Body == nil || got.Body == http.NoBody || got.GetBody != nil {
		t.Error("the transport may repeat the request on its own, neither counted nor logged")
	}
	want := map[string]string{"Authorization": "Bearer token-1", "User-Agent": "test/1", "Accept": "application/json", "Content-Type": ""}
	for name, want := range want {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s = %q, want %q", name, value, want)
		}
	}
	w := create()
	w.Header = http.Header{clientID: {"x"}}
	if _, _, err := s.sendTo(t.Context(), "https://nexudus.test/api", w); err != nil || string(body) != string(w.Body) ||
		got.Header.Get("Content-Type") != "application/json" || got.Header[clientID][0] != "x" {
		t.Errorf("request = %v %q, %v, want JSON and the header", got.Header, body, err)
	}
}

// JSON with a byte order mark is JSON.
func TestSender_byteOrderMark(t *testing.T) {
	for body, want := range map[string]string{"\ufeff{}": "{}", "\ufeff": "", "\ufeff\ufeff{}": "\ufeff{}"} {
		resp, _, err := memorySender(memory{serveJSON(200, body)}).sendTo(t.Context(), "https://nexudus.test", get(1))
		if string(resp.Body) != want || err != nil {
			t.Errorf("body = %q, %v, want %q", resp.Body, err, want)
		}
	}
}

// What another attempt would not mend is not transient. The reason is Go's own.
func TestSender_failures(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	says := func(text string) string {
		return rawServer(t, func(conn net.Conn, _ *http.Request) { io.WriteString(conn, text) })
	}
	reset := rawServer(t, func(conn net.Conn, _ *http.Request) { conn.(*net.TCPConn).SetLinger(0) })
	packed := func(size int) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(bytes.Repeat([]byte(" "), size))
		w.Close()
		return b.String()
	}
	const (
		gzipped = ok + "Content-Encoding: gzip\r\n\r\n"
		middle  = "the connection was closed in the middle of the response"
		large   = "the body is larger than 8 MiB"
	)
	nine := packed(9)
	tests := []struct {
		name, base, reason string // a part of the reason
		transient, unsent  bool
	}{
		{name: "refused", base: "http://[::1]:2/", reason: "connect: connection refused", transient: true, unsent: true},
		{name: "unknown host", base: "http://[::1]:1/", reason: "lookup nexudus.invalid: no such host", unsent: true},
		{name: "reset", base: reset, reason: "connection reset by peer", transient: true},
		{name: "nothing", base: says(""), reason: "the connection was closed without a response", transient: true},
		{name: "cut off in the headers", base: says(ok + "Content-"), reason: "transport connection broken", transient: true},
		{name: "cut off", base: says(ok + "Content-Length: 9\r\n\r\n{"), reason: middle, transient: true},
		{name: "SSH", base: says("SSH-2.0-OpenSSH_9.6\r\n"), reason: "malformed HTTP response …", transient: true},
		{name: "large headers", base: says(ok + "X: " + strings.Repeat("x", 2<<20)), reason: "headers exceeded", transient: true},
		{name: "too large", base: says(ok + "\r\n" + strings.Repeat(" ", maxBody+1)), reason: large},
		{name: "unpacks without end", base: says(gzipped + packed(maxBody+1)), reason: large},
		{name: "no gzip", base: says(gzipped + "{\"Id\":1,\"Name\":\"orders\"}"), reason: "gzip: invalid header"},
		{name: "corrupt gzip", base: says(gzipped + nine[:10] + strings.Repeat("\xff", 8)), reason: "flate: corrupt input"},
		{name: "wrong gzip checksum", base: says(gzipped + nine[:len(nine)-8] + "12345678"), reason: "gzip: invalid checksum"},
		{name: "gzip cut off", base: says(gzipped + "\x1f\x8b\x08"), reason: middle, transient: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "reset" && runtime.GOOS == "windows" {
				t.Skip("Windows describes a reset in its own words, and in its own language")
			}
			s := newSender(t, func(tr *http.Transport) {
				dial := tr.DialContext
				tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					switch address { // not every machine has a resolver, or a port that stays closed
					case "[::1]:1":
						return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: "nexudus.invalid", IsNotFound: true}}
					case "[::1]:2":
						return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
					}
					return dial(ctx, network, address)
				}
			})
			r := get(1)
			r.Query = url.Values{"key": {"hidden"}}
			_, f, err := s.sendTo(t.Context(), test.base, r)
			if err != nil || f == nil {
				t.Fatalf("failure = %v, %v, want one", f, err)
			}
			outcome := Pending
			if test.unsent {
				outcome = NotProcessed
			}
			if f.kind != KindConnection || !strings.Contains(f.reason, test.reason) || f.transient != test.transient || f.outcome != outcome || f.status != 0 {
				t.Errorf("failure = %+v, want %q, transient %v, outcome %d", f, test.reason, test.transient, outcome)
			}
			if strings.Contains(f.reason, "hidden") || strings.Contains(f.reason, "webhooks") {
				t.Errorf("reason = %q, want no address", f.reason)
			}
		})
	}
	if _, f, err := newSender(t, nil).sendTo(t.Context(), says(ok+"\r\n"+strings.Repeat(" ", maxBody)), get(1)); f != nil || err != nil {
		t.Errorf("the largest body: %+v, %v", f, err)
	}
}

// Certificates and versions of TLS are not tried again.
func TestSender_tls(t *testing.T) {
	start := func(config *tls.Config) *httptest.Server {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Proto != "HTTP/1.1" {
				t.Errorf("protocol = %s, want HTTP/1.1", r.Proto)
			}
			record(w, r)
		}))
		server.EnableHTTP2, server.TLS, server.Config.ErrorLog = true, config, log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	server, old := start(nil), start(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	refuses := start(&tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12})
	plain := httptest.NewServer(record)
	defer plain.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())

	tests := []struct {
		name, base string
		change     func(*tls.Config)
		want       string
	}{
		{name: "trusted", base: server.URL},
		{name: "authority", base: server.URL, change: func(c *tls.Config) { c.RootCAs = nil }, want: "certificate signed by unknown authority"},
		{name: "host", base: server.URL, change: func(c *tls.Config) { c.ServerName = "nexudus.test" }, want: "certificate is valid for"},
		{
			name: "expired", base: server.URL, want: "certificate has expired",
			change: func(c *tls.Config) { c.Time = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) } },
		},
		{name: "TLS 1.1", base: old.URL, change: func(c *tls.Config) { c.InsecureSkipVerify = true }, want: "remote error: tls: protocol version not supported"},
		{name: "no TLS", base: strings.Replace(plain.URL, "http:", "https:", 1), want: "http: server gave HTTP response to HTTPS client"},
		{name: "client certificate", base: refuses.URL, change: func(c *tls.Config) { c.InsecureSkipVerify = true }, want: "remote error: tls: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSender(t, func(tr *http.Transport) {
				tr.TLSClientConfig.RootCAs = trusted
				if test.change != nil {
					test.change(tr.TLSClientConfig)
				}
			})
			_, f, err := s.sendTo(t.Context(), test.base, get(1))
			if err != nil || (f == nil) != (test.want == "") {
				t.Fatalf("failure = %+v, %v, want %q", f, err, test.want)
			}
			if f != nil && (!strings.Contains(f.reason, test.want) || f.kind != KindConnection || f.transient || f.outcome != NotProcessed) {
				t.Errorf("failure = %+v, want %q, which no other attempt mends", f, test.want)
			}
		})
	}
}

// A proxy that asks for a password is named as the cause, without its address; see TestMain.
func TestSender_proxy(t *testing.T) {
	status := "407 Proxy Authentication Required"
	var authorization string
	proxy := rawServer(t, func(conn net.Conn, request *http.Request) {
		authorization = request.Header.Get("Proxy-Authorization")
		io.WriteString(conn, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	tests := []struct {
		name, base, status, reason string
		transient, password        bool
	}{
		{name: "none given", base: "https://nexudus.test", status: status, reason: "the proxy asks for a user name and a password"},
		{
			name: "wrong", base: "http://nexudus.test", status: status, password: true,
			reason: "the proxy did not accept the user name and the password in its address",
		},
		{name: "cannot connect", base: "https://nexudus.test", status: "502 Bad Gateway", reason: "Bad Gateway", transient: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status = test.status
			s := newSender(t, func(tr *http.Transport) {
				tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					if address != "proxy.test:8080" {
						t.Errorf("dialled %s, want the proxy", address)
					}
					return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(proxy, "http://"))
				}
			})
			_, f, err := s.sendTo(t.Context(), test.base, get(1))
			if err != nil || f == nil || f.kind != KindConnection || f.reason != test.reason || f.transient != test.transient || f.outcome != NotProcessed {
				t.Errorf("failure = %+v, %v, want %q", f, err, test.reason)
			}
			if (authorization != "") != test.password {
				t.Errorf("Proxy-Authorization = %q, want one: %v", authorization, test.password)
			}
		})
	}
}

// body is a response body that tells whether it was closed. Without a reader, it drips for ever, whatever the context.
type body struct {
	io.Reader
	closed atomic.Bool
}

func (b *body) Read(p []byte) (int, error) {
	switch {
	case b.closed.Load():
		return 0, errors.New("read of a closed body")
	case b.Reader != nil:
		return b.Reader.Read(p)
	}
	time.Sleep(time.Second)
	p[0] = ' '
	return 1, nil
}

func (b *body) Close() error { b.closed.Store(true); return nil }

// A response that is left open keeps its connection from every other request.
func TestSender_body(t *testing.T) {
	tests := []struct {
		name   string
		status int
		reader io.Reader
		reason string // of the failure, if any
	}{
		{name: "record", status: 200, reader: strings.NewReader(`{"Id":1}`)},
		{name: "too large", status: 200, reader: rand.Reader, reason: "the body is larger than 8 MiB"},
		{name: "drips", status: 200, reason: "timed out after 30s"},
		// Its body is the bare connection, which no deadline ends.
		{name: "switch of protocols", status: 101, reader: iotest.ErrReader(errors.New("the body was read")), reason: "a switch to another protocol"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &body{Reader: test.reader}
				s, started := memorySender(transport(func(request *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: test.status, Header: http.Header{}, Body: b, Request: request}, nil
				})), time.Now()
				_, f, err := s.sendTo(t.Context(), "https://nexudus.test", get(1))
				if err != nil || f != nil && f.reason != test.reason || (f == nil) != (test.reason == "") || time.Since(started) > s.timeout+time.Second {
					t.Errorf("failure = %+v, %v after %v, want %q", f, err, time.Since(started), test.reason)
				}
				if !b.closed.Load() {
					t.Error("the body is open")
				}
			})
		})
	}
}

// Once a write has been sent, its response is awaited: it may have the ID of a new record. A read, and
// a write that was not sent, end at once.
func TestSender_cancelled(t *testing.T) {
	gone := errors.New("gone")
	tests := []struct {
		name     string
		request  *Request
		unsent   bool
		takes    time.Duration
		want     time.Duration // until the attempt ends
		timedOut bool
	}{
		{name: "read", request: get(1), takes: 5 * time.Second, want: time.Second},
		{name: "write", request: create(), takes: 5 * time.Second, want: 5 * time.Second},
		{name: "write that hangs", request: create(), takes: time.Hour, want: 30 * time.Second, timedOut: true},
		{name: "write without a connection", request: create(), unsent: true, want: time.Second},
		{name: "sign-in", request: &Request{Verb: VerbSignIn, Method: http.MethodPost}, takes: 5 * time.Second, want: time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := memorySender(transport(func(request *http.Request) (*http.Response, error) {
					if test.unsent {
						httptrace.ContextClientTrace(request.Context()).GetConn("nexudus.test:443")
						<-request.Context().Done()
						return nil, request.Context().Err()
					}
					return memory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if Sleep(r.Context(), test.takes) == nil {
							serveJSON(200, `{"WasSuccessful":true}`)(w, r)
						}
					})}.RoundTrip(request)
				}))
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(gone) })
				started := time.Now()
				resp, f, err := s.sendTo(ctx, "https://nexudus.test", test.request)
				if took := time.Since(started); took != test.want {
					t.Errorf("ended after %v, want %v", took, test.want)
				}
				if ended := test.want == time.Second; ended != errors.Is(err, gone) || !ended && (resp.Status == 200) == test.timedOut {
					t.Errorf("response = %+v, %v, want the cause only if it ended at once", resp, err)
				}
				if (f != nil) != test.timedOut || f != nil && (f.outcome != Pending || f.reason != "timed out after 30s") {
					t.Errorf("failure = %+v, want a timeout: %v", f, test.timedOut)
				}
			})
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	r := get(1)
	if _, _, err := memorySender(nil).sendTo(ctx, "https://nexudus.test", r); !errors.Is(err, gone) || r.attempts != 0 {
		t.Errorf("error = %v after %d attempts, want the cause and no request", err, r.attempts)
	}
}

// A refusal that comes when nobody waits any more is still judged.
func TestSender_judgedWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := memorySender(transport(func(request *http.Request) (*http.Response, error) {
		defer cancel()
		return memory{serveJSON(400, `{"error":"invalid_grant"}`)}.RoundTrip(request)
	}))
	if _, f, err := s.sendTo(ctx, "https://nexudus.test", &Request{Verb: VerbSignIn, Method: http.MethodPost}); f == nil || f.kind != KindSignIn {
		t.Errorf("failure = %+v, %v, want the refusal", f, err)
	}
}

// A write that was interrupted must not leave on a connection that comes too late.
func TestAttempt_lateConnection(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	a := newAttempt(ctx, time.Minute, true, nil)
	defer a.end()
	trace := httptrace.ContextClientTrace(a.ctx)
	trace.GetConn("nexudus.test:443")
	interrupt()
	<-a.ctx.Done()
	conn, _ := net.Pipe()
	conn.SetDeadline(time.Now()) // nobody reads from it
	trace.GotConn(httptrace.GotConnInfo{Conn: conn})
	if _, err := conn.Write([]byte("POST")); !errors.Is(err, io.ErrClosedPipe) || !a.unsent() {
		t.Errorf("write = %v, unsent = %v, want a closed connection and nothing sent", err, a.unsent())
	}
	untraced := newAttempt(t.Context(), time.Minute, true, nil) // the transport may have sent anything
	defer untraced.end()
	if untraced.unsent() {
		t.Error("unsent = true for a transport that does not report its connections")
	}
}

// Connections are used again: by default, Go keeps two.
func TestSender_connections(t *testing.T) {
	var mu sync.Mutex
	opened := make(map[string]bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		opened[r.RemoteAddr] = true
		record(w, r)
	}))
	defer server.Close()
	s := newSender(t, nil)
	for range 5 {
		var group sync.WaitGroup
		for range maxConnections {
			group.Go(func() {
				if _, f, err := s.sendTo(t.Context(), server.URL, get(1)); f != nil || err != nil {
					t.Error(f, err)
				}
			})
		}
		group.Wait()
	}
	if len(opened) > 3*maxConnections { // a busy machine gives some up
		t.Errorf("%d connections for 50 reads, ten at a time, want %d and a few", len(opened), maxConnections)
	}
}
