package nexudus

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
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
				conn.SetDeadline(time.Now().Add(20 * time.Second))
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
// the answer. Such a request would be missing in the log and would pass the
// limiter by.
func TestTransport_noHiddenRepeat(t *testing.T) {
	p := newPeer(t, nil, func(conn net.Conn, _ *http.Request, place int) bool {
		if place > 1 {
			return false
		}
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"Id\":1}")
		return true
	})
	t.Run("tried again", func(t *testing.T) {
		p.requests.Store(0)
		c, lines := p.client(t)
		for range 2 {
			if _, err := c.Webhook(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		if n := int(p.requests.Load()); n != 3 || lines.count() != 3 {
			t.Errorf("%d requests arrived and %d are in the log, want three: one answered, one not, and its retry", n, lines.count())
		}
	})
	t.Run("no retry allowed", func(t *testing.T) {
		p.requests.Store(0)
		c, lines := p.client(t, func(c *Config) { c.MaxRetries = 0 })
		if _, err := c.Webhook(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		_, err := c.Webhook(t.Context(), 1)
		failure := failureOf(t, err)
		if n := int(p.requests.Load()); n != 2 || lines.count() != 2 || failure.Attempts != 1 || failure.Reason != "the answer was cut off" {
			t.Errorf("error = %v after %d attempts; %d requests arrived and %d are in the log, want one for each read", failure, failure.Attempts, n, lines.count())
		}
	})
}

// The body of a 101 is the connection itself, which no deadline of the request
// closes: a plan would hang for ever, and ten such answers would use up all
// connections.
func TestTransport_switchingProtocols(t *testing.T) {
	ended := make(chan struct{}, 100)
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
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
		if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) || strings.Contains(err.Error(), "reset") {
			ended <- struct{}{}
		}
	}))
	defer server.Close()

	t.Run("read", func(t *testing.T) {
		c := realClient(t, server.URL, nil)
		for id := range int64(2 * maxConnections) {
			_, err := c.Webhook(t.Context(), id+1)
			if failure := failureOf(t, err); failure.Kind != KindAnswer || failure.Status != 101 || failure.Reason != "a switch to another protocol" || failure.Attempts != 1 {
				t.Fatalf("error = %v after %d attempts, want an unexpected switch after one", failure, failure.Attempts)
			}
			<-ended
		}
		if _, err := c.Webhook(t.Context(), 99); err != nil {
			t.Errorf("afterwards: %v, want a free connection", err)
		}
	})
	t.Run("sign-in", func(t *testing.T) {
		_, err := realClient(t, server.URL, nil, withPassword(someone)).Webhook(t.Context(), 1)
		if failure := failureOf(t, err); failure.Kind != KindSignInAnswer || failure.Status != 101 || failure.Attempts != 1 {
			t.Errorf("error = %v after %d attempts, want a bad sign-in answer after one", failure, failure.Attempts)
		}
		<-ended
	})
}

// body is an answer's body that tells whether it was closed.
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

// A body that knows nothing of the request's context ends with it all the same.
func TestTransport_bodyOutlivesContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBody(nil)
		b.Reader = readerFunc(func([]byte) (int, error) { <-b.closed; return 0, errors.New("read of a closed body") })
		c := newTestClient(t, nil, withBody(200, b), func(c *Config) { c.RequestTimeout, c.MaxRetries = time.Second, 0 })
		started := time.Now()
		_, err := c.Webhook(t.Context(), 1)
		if failure := failureOf(t, err); failure.Reason != "no complete answer in time" || time.Since(started) != time.Second {
			t.Errorf("error = %v after %v, want none in time after a second", failure, time.Since(started))
		}
	})
}

// An answer that is left open keeps its connection from every other read.
func TestTransport_bodyClosed(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   io.Reader
	}{
		{name: "record", status: 200, body: strings.NewReader(`{"Id":1}`)},
		{name: "error", status: 400, body: strings.NewReader(`{"Message":"No."}`)},
		{name: "too large", status: 200, body: readerFunc(func(p []byte) (int, error) { return len(p), nil })},
		{name: "cut off", status: 200, body: io.MultiReader(strings.NewReader(`{"Id"`), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }))},
		{name: "switching protocols", status: 101, body: readerFunc(func([]byte) (int, error) { return 0, errors.New("must not be read") })},
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
