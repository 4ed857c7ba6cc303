package nexudus

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// requestLines is a log that counts the lines about requests.
type requestLines struct{ text bytes.Buffer }

func (l *requestLines) config(c *Config) {
	c.Logger = slog.New(slog.NewTextHandler(&l.text, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *requestLines) count() int { return strings.Count(l.text.String(), "Request to Nexudus") }

// peer is a TLS server that may offer HTTP/2 and speaks what a test writes.
type peer struct {
	url      string
	trusted  *x509.CertPool
	requests atomic.Int32
}

// newPeer starts a peer. It offers HTTP/2 if refuse is given, and answers each such
// request with the frame that it returns. Each HTTP/1.1 request goes to serve, with
// its place on the connection, which ends when serve returns false.
func newPeer(t *testing.T, refuse func(stream uint32) []byte, serve func(conn net.Conn, request *http.Request, place int) bool) *peer {
	t.Helper()
	lender := httptest.NewTLSServer(nil) // of its certificate
	lender.Close()
	protocols := []string{"http/1.1"}
	if refuse != nil {
		protocols = []string{"h2", "http/1.1"}
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: lender.TLS.Certificates, NextProtos: protocols})
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{url: "https://" + listener.Addr().String(), trusted: x509.NewCertPool()}
	p.trusted.AddCert(lender.Certificate())

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
				if conn.(*tls.Conn).Handshake() != nil {
					return
				}
				if conn.(*tls.Conn).ConnectionState().NegotiatedProtocol == "h2" {
					p.serveHTTP2(conn, refuse)
					return
				}
				reader := bufio.NewReader(conn)
				for place := 1; ; place++ {
					request, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					io.Copy(io.Discard, request.Body)
					p.requests.Add(1)
					if !serve(conn, request, place) {
						return
					}
				}
			})
		}
	})
	return p
}

// The frames of HTTP/2 that a peer needs (RFC 9113, section 6).
const (
	frameHeaders   = 0x1
	frameRSTStream = 0x3
	frameSettings  = 0x4
	frameGoAway    = 0x7
)

func frame(kind byte, stream uint32, payload ...byte) []byte {
	header := []byte{0, 0, byte(len(payload)), kind, 0}
	return append(binary.BigEndian.AppendUint32(header, stream), payload...)
}

func (p *peer) serveHTTP2(conn net.Conn, refuse func(stream uint32) []byte) {
	if _, err := io.CopyN(io.Discard, conn, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
		return
	}
	conn.Write(frame(frameSettings, 0))
	header := make([]byte, 9)
	for {
		if _, err := io.ReadFull(conn, header); err != nil {
			return
		}
		length := int64(header[0])<<16 | int64(header[1])<<8 | int64(header[2])
		if _, err := io.CopyN(io.Discard, conn, length); err != nil {
			return
		}
		if header[3] == frameHeaders {
			p.requests.Add(1)
			conn.Write(refuse(binary.BigEndian.Uint32(header[5:])))
		}
	}
}

// client returns a client that trusts the peer, and its log.
func (p *peer) client(t *testing.T, changes ...func(*Config)) (*Client, *requestLines) {
	t.Helper()
	lines := &requestLines{}
	trust := func(tr *http.Transport) { tr.TLSClientConfig.RootCAs = p.trusted }
	return realClient(t, p.url, trust, append(changes, lines.config)...), lines
}

func hangUp(net.Conn, *http.Request, int) bool { return false }

// Go's HTTP/2 transport repeats a refused request by itself and without limit, a
// sign-in with its password as well. A user would see "1 attempt" and have a
// locked account.
func TestTransport_eachRequestCounted(t *testing.T) {
	refusals := []struct {
		name   string
		refuse func(stream uint32) []byte
	}{
		{name: "stream reset", refuse: func(stream uint32) []byte { return frame(frameRSTStream, stream, 0, 0, 0, 1) }},
		{name: "stream refused", refuse: func(stream uint32) []byte { return frame(frameRSTStream, stream, 0, 0, 0, 7) }},
		{name: "go away", refuse: func(uint32) []byte { return frame(frameGoAway, 0, 0, 0, 0, 0, 0, 0, 0, 0) }},
	}
	auths := []struct {
		name string
		auth Auth
	}{
		{name: "GET", auth: Token{AccessToken: NewSecret("t")}},
		{name: "POST", auth: someone},
	}
	for _, refusal := range refusals {
		for _, auth := range auths {
			t.Run(refusal.name+" "+auth.name, func(t *testing.T) {
				t.Parallel()
				p := newPeer(t, refusal.refuse, hangUp)
				c, lines := p.client(t, func(c *Config) { c.Auth = auth.auth })
				_, err := c.Webhook(t.Context(), 1)
				failure := failureOf(t, err)
				if n := int(p.requests.Load()); n != failure.Attempts || n != lines.count() || n != 2 {
					t.Errorf("%d requests arrived, the error counts %d and the log %d, want two each", n, failure.Attempts, lines.count())
				}
			})
		}
	}
}

// A server that offers HTTP/2 and one that only speaks HTTP/1.1 are both read.
func TestTransport_protocol(t *testing.T) {
	for _, offered := range []bool{false, true} {
		server := quiet(httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Proto != "HTTP/1.1" {
				t.Errorf("protocol = %s, want HTTP/1.1", r.Proto)
			}
			record(w, r)
		})))
		server.EnableHTTP2 = offered
		server.StartTLS()
		defer server.Close()
		trusted := x509.NewCertPool()
		trusted.AddCert(server.Certificate())
		c := realClient(t, server.URL, func(tr *http.Transport) { tr.TLSClientConfig.RootCAs = trusted })
		if webhook, err := c.Webhook(t.Context(), 1); err != nil || webhook.ID != 1 {
			t.Errorf("HTTP/2 offered: %v: webhook = %v, %v", offered, webhook, err)
		}
	}
}

// Go's transport also repeats a GET by itself when a reused connection ends before
// the response. Such a request would be missing in the log and would bypass the limiter.
func TestTransport_noHiddenRepeat(t *testing.T) {
	p := newPeer(t, nil, func(conn net.Conn, _ *http.Request, place int) bool {
		if place > 1 {
			return false
		}
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"Id\":1}")
		return true
	})
	// On a busy machine, Go may not use a connection again.
	const maxTries = 20
	t.Run("tried again", func(t *testing.T) {
		for range maxTries {
			p.requests.Store(0)
			c, lines := p.client(t)
			for range 2 {
				if _, err := c.Webhook(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
			}
			n := int(p.requests.Load())
			if n != lines.count() {
				t.Fatalf("%d requests arrived and %d are in the log, want the same", n, lines.count())
			}
			if n == 3 {
				return
			}
		}
		t.Error("there were never three requests: one answered, one not, and its retry")
	})
	t.Run("no retry allowed", func(t *testing.T) {
		p.requests.Store(0)
		c, lines := p.client(t, func(c *Config) { c.MaxRetries = 0 })
		const rounds = 200 // the transport may write before it sees that it must not
		fresh := 0
		for range rounds {
			if _, err := c.Webhook(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			_, err := c.Webhook(t.Context(), 1)
			if err == nil {
				fresh++
				continue
			}
			if failure := failureOf(t, err); failure.Attempts != 1 || failure.Reason != "the response was truncated" {
				t.Fatalf("error = %v after %d attempts, want a truncated response after one", failure, failure.Attempts)
			}
		}
		if n := int(p.requests.Load()); n != 2*rounds || lines.count() != 2*rounds {
			t.Errorf("%d requests arrived and %d are in the log, want one for each of %d reads", n, lines.count(), 2*rounds)
		}
		if fresh == rounds {
			t.Error("no connection was used again")
		}
	})
}

// A write that was interrupted must not leave on a connection that comes too late.
func TestAttempt_lateConnection(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	a := newAttempt(ctx, time.Minute, true)
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
}

// A transport that does not report its connections may have sent anything.
func TestAttempt_untraced(t *testing.T) {
	a := newAttempt(t.Context(), time.Minute, true)
	defer a.end()
	if a.unsent() {
		t.Error("unsent = true, want false")
	}
}

// The body of a 101 is the connection itself, which no deadline of the request
// closes: a plan would hang for ever, and ten such responses would use up all
// connections.
func TestTransport_switchingProtocols(t *testing.T) {
	ended := make(chan error, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/99") {
			record(w, r)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
		_, err = conn.Read(make([]byte, 1))
		ended <- err
	}))
	defer server.Close()

	t.Run("read", func(t *testing.T) {
		c := realClient(t, server.URL, nil)
		for id := range int64(2 * maxConnections) {
			_, err := c.Webhook(t.Context(), id+1)
			if failure := failureOf(t, err); failure.Kind != KindUnexpected || failure.Status != 101 ||
				failure.Reason != "a switch to another protocol" ||
				failure.Attempts != 1 {
				t.Fatalf("error = %v after %d attempts, want an unexpected switch after one", failure, failure.Attempts)
			}
			if err := <-ended; errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal("the connection is still open")
			}
		}
		if _, err := c.Webhook(t.Context(), 99); err != nil {
			t.Errorf("afterwards: %v, want a free connection", err)
		}
	})
	t.Run("sign-in", func(t *testing.T) {
		_, err := realClient(t, server.URL, nil, withPassword(someone)).Webhook(t.Context(), 1)
		if failure := failureOf(t, err); failure.Kind != KindSignInResponse || failure.Status != 101 || failure.Attempts != 1 {
			t.Errorf("error = %v after %d attempts, want a bad sign-in response after one", failure, failure.Attempts)
		}
		if err := <-ended; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("the connection is still open")
		}
	})
}

// body is a response body that tells whether it was closed.
type body struct {
	io.Reader
	once   sync.Once
	closed chan struct{}
}

func newBody(reader io.Reader) *body { return &body{Reader: reader, closed: make(chan struct{})} }

func (b *body) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

func (b *body) isClosed() bool {
	select {
	case <-b.closed:
		return true
	default:
		return false
	}
}

func withBody(status int, b *body) func(*Config) {
	return func(c *Config) {
		c.Transport = transport(func(request *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: b, Request: request}, nil
		})
	}
}

// readerFunc is a function that reads.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A body that ignores the request's context is closed when the context ends.
func TestTransport_bodyOutlivesContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBody(nil)
		b.Reader = readerFunc(func([]byte) (int, error) { <-b.closed; return 0, errors.New("read of a closed body") })
		c := newTestClient(t, nil, withBody(200, b), func(c *Config) { c.RequestTimeout, c.MaxRetries = time.Second, 0 })
		started := time.Now()
		_, err := c.Webhook(t.Context(), 1)
		if failure := failureOf(t, err); failure.Reason != "the request timed out" || time.Since(started) != time.Second {
			t.Errorf("error = %v after %v, want a timeout after a second", failure, time.Since(started))
		}
	})
}

// A response that is left open keeps its connection from every other read.
func TestTransport_bodyClosed(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   io.Reader
	}{
		{name: "record", status: 200, body: strings.NewReader(`{"Id":1}`)},
		{name: "error", status: 400, body: strings.NewReader(`{"Message":"No."}`)},
		{name: "too large", status: 200, body: readerFunc(func(p []byte) (int, error) { return len(p), nil })},
		{
			name:   "truncated",
			status: 200,
			body:   io.MultiReader(strings.NewReader(`{"Id"`), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF })),
		},
		{
			name:   "switching protocols",
			status: 101,
			body:   readerFunc(func([]byte) (int, error) { return 0, errors.New("must not be read") }),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBody(test.body)
			newTestClient(t, nil, withBody(test.status, b), func(c *Config) { c.MaxRetries = 0 }).Webhook(t.Context(), 1)
			if !b.isClosed() {
				t.Error("the body is open")
			}
		})
	}
}

// rawServer talks over plain connections as a test does, and returns its address.
func rawServer(t *testing.T, talk func(conn net.Conn)) string {
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
				talk(conn)
			})
		}
	})
	return listener.Addr().String()
}

func answerWith(text string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			io.WriteString(conn, text)
		}
	}
}

// What only a user can fix is named and not retried. What may go away is retried.
func TestTransport_strangePeers(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	const noHTTP, badHTTP, truncated = "the server, or the proxy, does not speak HTTP", "the response is not valid HTTP", "the response was truncated"
	large := strings.Repeat("x", 2<<20)
	tests := []struct {
		name     string
		response string
		kind     Kind
		reason   string
		attempts int
	}{
		{name: "SSH", response: "SSH-2.0-OpenSSH_9.6\r\n", kind: KindConnection, reason: noHTTP, attempts: 1},
		{name: "SMTP", response: "220 mail.example.com ESMTP\r\n", kind: KindConnection, reason: noHTTP, attempts: 1},
		{name: "TLS alert", response: "\x15\x03\x01\x00\x02\x02\x50", kind: KindConnection, reason: noHTTP, attempts: 1},
		{name: "words of an error of TLS", response: "tls: version\r\n", kind: KindConnection, reason: noHTTP, attempts: 1},
		{name: "version", response: "HTTP/x 200 OK\r\n\r\n", kind: KindConnection, reason: noHTTP, attempts: 1},
		{name: "status", response: "HTTP/1.1 2000 OK\r\n\r\n", kind: KindConnection, reason: noHTTP, attempts: 1},
		{name: "length", response: ok + "Content-Length: x\r\n\r\n", kind: KindConnection, reason: badHTTP, attempts: 1},
		{
			name:     "two lengths",
			response: ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
			kind:     KindConnection,
			reason:   badHTTP,
			attempts: 1,
		},
		{name: "transfer encoding", response: ok + "Transfer-Encoding: x\r\n\r\n", kind: KindConnection, reason: badHTTP, attempts: 1},
		{name: "chunk", response: ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", kind: KindConnection, reason: badHTTP, attempts: 1},
		{
			name:     "headers too large",
			response: ok + "X: " + large + "\r\n\r\n",
			kind:     KindUnexpected,
			reason:   "headers of more than 1 MiB",
			attempts: 1,
		},
		{
			name:     "endless informational responses",
			response: strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n", 1<<16),
			kind:     KindUnexpected,
			reason:   "headers of more than 1 MiB",
			attempts: 1,
		},
		{
			name:     "no gzip",
			response: ok + "Content-Encoding: gzip\r\n\r\n{\"Id\":1,\"Name\":\"orders\"}",
			kind:     KindUnexpected,
			reason:   "a body that is not valid gzip",
			attempts: 1,
		},
		{
			name:     "corrupt gzip",
			response: ok + "Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff",
			kind:     KindUnexpected,
			reason:   "a body that is not valid gzip",
			attempts: 1,
		},
		{
			name:     "wrong gzip checksum",
			response: ok + "Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x00\x00\xff\xff\x01\x02\x03\x04\x00\x00\x00\x00",
			kind:     KindUnexpected,
			reason:   "a body that is not valid gzip",
			attempts: 1,
		},
		{
			name:     "gzip truncated",
			response: ok + "Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08",
			kind:     KindConnection,
			reason:   truncated,
			attempts: 2,
		},
		{name: "truncated in the protocol", response: "HTT", kind: KindConnection, reason: truncated, attempts: 2},
		{name: "truncated in the status", response: "HTTP/1.1 2", kind: KindConnection, reason: truncated, attempts: 2},
		{
			name:     "truncated in a header",
			response: ok + "Content-",
			kind:     KindConnection,
			reason:   "the response headers are invalid or truncated",
			attempts: 2,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := realClient(t, "http://"+rawServer(t, answerWith(test.response)), nil).Webhook(t.Context(), 1)
			if failure := failureOf(t, err); failure.Kind != test.kind || failure.Reason != test.reason ||
				failure.Attempts != test.attempts {
				t.Errorf("error = %v after %d attempts, want %s: %s after %d", failure, failure.Attempts, test.kind, test.reason,
					test.attempts)
			}
		})
	}
}

// A proxy that refuses is named as the cause, without its address.
func TestTransport_proxyRefuses(t *testing.T) {
	socks := func(replies ...string) func(net.Conn) {
		return func(conn net.Conn) {
			for _, reply := range replies {
				if _, err := conn.Read(make([]byte, 512)); err != nil {
					return
				}
				io.WriteString(conn, reply)
			}
		}
	}
	const noPassword, reply = "\x05\x00", "\x00\x01\x00\x00\x00\x00\x00\x00"
	tests := []struct {
		name     string
		scheme   string
		talk     func(net.Conn)
		reason   string
		attempts int
	}{
		{
			name:     "SOCKS ruleset",
			scheme:   "socks5",
			talk:     socks(noPassword, "\x05\x02"+reply),
			reason:   "the proxy refused to connect to Nexudus",
			attempts: 1,
		},
		{
			name:     "SOCKS command",
			scheme:   "socks5",
			talk:     socks(noPassword, "\x05\x07"+reply),
			reason:   "the proxy refused to connect to Nexudus",
			attempts: 1,
		},
		{
			name:     "SOCKS host unreachable",
			scheme:   "socks5",
			talk:     socks(noPassword, "\x05\x04"+reply),
			reason:   "the proxy could not connect to Nexudus",
			attempts: 2,
		},
		{
			name:     "SOCKS general failure",
			scheme:   "socks5",
			talk:     socks(noPassword, "\x05\x01"+reply),
			reason:   "the proxy could not connect to Nexudus",
			attempts: 2,
		},
		{name: "SOCKS asks for a password", scheme: "socks5", talk: socks("\x05\xff"), reason: proxyWantsPassword, attempts: 1},
		{
			name:     "SOCKS refuses the password",
			scheme:   "socks5",
			talk:     socks("\x05\x02", "\x01\x01"),
			reason:   "the proxy refused the user name and the password",
			attempts: 1,
		},
		{name: "SOCKS hangs up", scheme: "socks5", talk: socks(""), reason: "the proxy could not connect to Nexudus", attempts: 2},
		{
			name:     "no SOCKS",
			scheme:   "socks5",
			talk:     socks("HTTP/1.1 400 Bad Request\r\n\r\n"),
			reason:   "the proxy does not speak SOCKS 5",
			attempts: 1,
		},
		{
			name:     "no HTTP",
			scheme:   "http",
			talk:     answerWith("SSH-2.0-OpenSSH_9.6\r\n"),
			reason:   "the server, or the proxy, does not speak HTTP",
			attempts: 1,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			proxy := &url.URL{Scheme: test.scheme, User: url.UserPassword("user", "hunter2"), Host: rawServer(t, test.talk)}
			c := realClient(t, "https://nexudus.test", func(tr *http.Transport) { tr.Proxy = http.ProxyURL(proxy) })
			_, err := c.Webhook(t.Context(), 1)
			failure := failureOf(t, err)
			if failure.Kind != KindConnection || failure.Reason != test.reason || failure.Attempts != test.attempts {
				t.Errorf("error = %v after %d attempts, want %q after %d", failure, failure.Attempts, test.reason, test.attempts)
			}
			if strings.Contains(failure.Error(), "127.0.0.1") || strings.Contains(failure.Error(), "hunter2") {
				t.Errorf("error = %v, which shows the proxy's address", failure)
			}
		})
	}
}

// An unknown host name is not retried, nor is a proxy's: a typo must not cost a minute of
// retries.
func TestTransport_unknownHost(t *testing.T) {
	unknown := &net.DNSError{Err: "no such host", Name: "nexudus.test", IsNotFound: true}
	tests := []struct {
		name   string
		err    error
		reason string
	}{
		{name: "server", err: &net.OpError{Op: "dial", Net: "tcp", Err: unknown}, reason: "the host name is unknown"},
		{
			name:   "proxy",
			err:    &net.OpError{Op: "proxyconnect", Net: "tcp", Err: &net.OpError{Op: "dial", Net: "tcp", Err: unknown}},
			reason: "the proxy's host name is unknown",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newTestClient(t, nil, func(c *Config) {
					c.Transport = transport(func(*http.Request) (*http.Response, error) { return nil, test.err })
				})
				_, err := c.Webhook(t.Context(), 1)
				if failure := failureOf(t, err); failure.Reason != test.reason || failure.Attempts != 1 {
					t.Errorf("error = %v after %d attempts, want %q after one", failure, failure.Attempts, test.reason)
				}
			})
		})
	}
}

// Go ignores an invalid proxy address. A user whose network needs the proxy would look for
// the cause elsewhere, and one whose policy requires it would bypass it.
func TestTransport_proxyAddress(t *testing.T) {
	const invalid = "the proxy address in the environment is not valid"
	tests := []struct {
		name    string
		proxy   string
		noProxy string
		reason  string
	}{
		{name: "escape", proxy: "http://user:hunter2%@proxy.invalid:3128", reason: invalid},
		{name: "port as text", proxy: "http://proxy.invalid:port", reason: invalid},
		{name: "port too large", proxy: "http://proxy.invalid:99999", reason: invalid},
		{name: "scheme", proxy: "ftp://proxy.invalid", reason: invalid},
		{name: "no host", proxy: "http://", reason: invalid},
		{name: "not for this host", proxy: "ftp://proxy.invalid", noProxy: "nexudus.invalid", reason: "the host name "},
		{name: "host and port", proxy: "127.0.0.1:1", reason: "the proxy cannot be reached"},
		{name: "host name and port", proxy: "localhost:1", reason: "the proxy cannot be reached"},
		{name: "SOCKS", proxy: "socks5h://127.0.0.1:1", reason: "the proxy cannot be reached"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
				t.Setenv(name, "")
				t.Setenv(strings.ToLower(name), "")
			}
			t.Setenv("HTTPS_PROXY", test.proxy)
			t.Setenv("NO_PROXY", test.noProxy)
			_, err := realClient(t, "https://nexudus.invalid/api", unknownHost, func(c *Config) { c.MaxRetries = 0 }).Webhook(t.Context(), 1)
			failure := failureOf(t, err)
			if !strings.HasPrefix(failure.Reason, test.reason) || strings.Contains(failure.Error(), "hunter2") {
				t.Errorf("error = %v, want %q", failure, test.reason)
			}
		})
	}
}
