package rest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody bounds a response body, after decompression. The largest real ones,
// pages of a thousand records, are far smaller.
const maxBody = 8 << 20

// maxConnections bounds the requests in flight, and so the open connections:
// as many as a CLI reads in parallel.
const maxConnections = 10

// sender makes single attempts over HTTP.
type sender struct {
	http      *http.Client
	userAgent string
	timeout   time.Duration // of one attempt
	texts     *texts
	log       *slog.Logger
}

func newHTTPClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		// HTTP/1.1 only. While a server resets its streams, Go silently repeats an
		// HTTP/2 request without limit, even a POST with a password. Ten connections
		// need no multiplexing.
		var protocols http.Protocols
		protocols.SetHTTP1(true)
		transport = &http.Transport{
			Protocols:              &protocols,
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 1 << 20,
			// Without a limit, a request may open a new connection while another
			// one becomes idle; by default, all but two are closed after use.
			MaxConnsPerHost:     maxConnections,
			MaxIdleConnsPerHost: maxConnections,
			IdleConnTimeout:     90 * time.Second,
		}
	}
	return &http.Client{
		Transport: transport,
		// Following a redirect would send the credentials along.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes one attempt and judges its response. If the caller's context has ended before the
// request was sent, or during a read, it returns the cause instead of a failure.
func (s *sender) send(ctx context.Context, r *Request, authorization Secret, sent func()) (Response, *failure, error) {
	a := newAttempt(ctx, s.timeout, r.isWrite(), sent)
	defer a.end()
	request, err := s.newHTTPRequest(a.ctx, r, authorization)
	if err != nil {
		return Response{}, &failure{kind: KindConnection, reason: "the request could not be made"}, nil
	}
	if ctx.Err() != nil {
		return Response{}, nil, context.Cause(ctx)
	}
	r.attempts++
	started := time.Now()
	resp, err := s.roundTrip(request)
	resp.Request = r
	attributes := []any{"method", request.Method, "host", request.URL.Host, "path", request.URL.Path,
		"attempt", r.attempts, "duration", time.Since(started)}
	var f *failure
	switch {
	case err == nil:
		// Judge even if the caller has gone: a rejected password must be remembered.
		r.status, f = resp.Status, judge(r, resp, s.texts)
		attributes = append(attributes, "status", resp.Status)
	case ctx.Err() != nil && (!r.isWrite() || a.unsent()):
		attributes = append(attributes, "error", "cancelled")
		s.log.DebugContext(ctx, "Request to Nexudus", attributes...)
		return Response{}, nil, context.Cause(ctx)
	default:
		f = s.connectionFailure(err, a.unsent())
		attributes = append(attributes, "error", f.reason)
	}
	if f != nil && f.kind == KindConnection && (f.status == http.StatusProxyAuthRequired || isProxyRefusal(err)) {
		f.reason = proxyReason(request)
	}
	s.log.DebugContext(ctx, "Request to Nexudus", attributes...)
	return resp, f, nil
}

// attempt tracks whether any part of a request has been sent.
type attempt struct {
	ctx    context.Context
	end    func()
	traced atomic.Bool // whether the transport reports its connections
	state  atomic.Int32
}

// States of an attempt.
const (
	waiting     int32 = iota // for a connection
	connected                // and perhaps sent
	interrupted              // while waiting
)

// newAttempt returns an attempt that ends after the timeout, or with its parent.
// Once a write has a connection it no longer ends with its parent: giving up on
// its response would lose the ID of a new record. It calls sent when the request has been written.
func newAttempt(parent context.Context, timeout time.Duration, write bool, sent func()) *attempt {
	a, ctx := &attempt{}, parent
	if write {
		ctx = context.WithoutCancel(parent)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	stop := context.AfterFunc(parent, func() {
		if a.state.CompareAndSwap(waiting, interrupted) {
			cancel()
		}
	})
	a.end = func() { stop(); cancel() }
	a.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { a.traced.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			if !a.state.CompareAndSwap(waiting, connected) && a.state.Load() == interrupted {
				_ = info.Conn.Close() // the transport would write before it looks at the context
			}
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { sent() },
	})
	return a
}

// unsent reports whether certainly no part of the request was sent.
func (a *attempt) unsent() bool { return a.traced.Load() && a.state.Load() != connected }

func (s *sender) newHTTPRequest(ctx context.Context, r *Request, authorization Secret) (*http.Request, error) {
	// If a reused connection breaks, Go repeats a GET on its own, neither counted nor
	// logged, unless it has a body that cannot be read again.
	body := io.Reader(io.NopCloser(http.NoBody))
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	target := *r.url
	target.RawQuery = r.Query.Encode()
	request, err := http.NewRequestWithContext(ctx, r.Method, target.String(), body)
	if err != nil {
		return nil, err
	}
	if r.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", s.userAgent)
	if !authorization.isEmpty() {
		request.Header.Set("Authorization", authorization.reveal())
	}
	return request, nil
}

var (
	errTooLarge = fmt.Errorf("the body is larger than %d MiB", maxBody>>20)
	errNothing  = errors.New("the connection was closed without a response")
	errCutOff   = errors.New("the connection was closed in the middle of the response")
)

func (s *sender) roundTrip(request *http.Request) (resp Response, err error) {
	defer func() {
		// The cause of the context's end says more than the error of the closed connection.
		if cause := context.Cause(request.Context()); err != nil && cause != nil {
			err = cause
		}
	}()
	httpResponse, err := s.http.Do(request)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the text around it repeats the query
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Response{}, errNothing
	case err != nil:
		return Response{}, err
	}
	defer httpResponse.Body.Close()
	resp = Response{Status: httpResponse.StatusCode, Header: httpResponse.Header}
	if resp.Status == http.StatusSwitchingProtocols {
		return resp, nil // its body is the bare connection, which no deadline ends
	}
	// A transport's body may ignore the context.
	defer context.AfterFunc(request.Context(), func() { _ = httpResponse.Body.Close() })()

	// The transport decompresses, so the limit applies to the decompressed body.
	body, err := io.ReadAll(io.LimitReader(httpResponse.Body, maxBody+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Response{}, errCutOff
	case err != nil:
		return Response{}, err
	case len(body) > maxBody:
		return Response{}, errTooLarge
	}
	resp.Body = bytes.TrimPrefix(body, []byte("\ufeff")) // a byte order mark
	return resp, nil
}

// connectionFailure returns the failure of an attempt without a complete response, with Go's own
// reason for it.
func (s *sender) connectionFailure(err error, unsent bool) *failure {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("timed out after %s", s.timeout)
	}
	f := &failure{kind: KindConnection, reason: s.texts.sanitize(err.Error()), transient: !isPermanent(err)}
	if !unsent {
		f.outcome = Pending
	}
	return f
}

// isPermanent reports whether another attempt would fail in the same way: an unknown host, a
// certificate or a version of TLS, a proxy that asks for a password, a body that cannot be read.
func isPermanent(err error) bool {
	dns, _ := errors.AsType[*net.DNSError](err)
	return dns != nil && dns.IsNotFound || errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, errTooLarge) ||
		errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, new(flate.CorruptInputError)) ||
		// Errors of the handshake, and the refusal of a proxy, have no type of their own.
		strings.Contains(err.Error(), "tls: ") || isProxyRefusal(err)
}

// isProxyRefusal reports whether a proxy has answered CONNECT with the status 407. For plain http, the
// proxy's own 407 is the response.
func isProxyRefusal(err error) bool {
	return err != nil && err.Error() == http.StatusText(http.StatusProxyAuthRequired)
}

func proxyReason(request *http.Request) string {
	if proxy, err := http.ProxyFromEnvironment(request); err == nil && proxy != nil && proxy.User != nil {
		return "the proxy did not accept the user name and the password in its address"
	}
	return "the proxy asks for a user name and a password"
}
