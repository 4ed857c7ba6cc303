package nexudus

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// maxBody bounds a response body, after decompression. The largest real ones,
// pages of a thousand records, are far smaller.
const maxBody = 8 << 20

// maxConnections bounds the requests in flight, and so the open connections:
// as many as a CLI reads in parallel.
const maxConnections = 10

// response is an HTTP response whose body has been read.
type response struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration // since the request was handed to the transport

	// started and attempts are those of the request.
	started  time.Time
	attempts int
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
			Proxy:                  proxyFromEnvironment(),
			OnProxyConnectResponse: proxyResponse,
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

// send makes one attempt and classifies its response.
func (c *Client) send(ctx context.Context, r *request, authorization Secret) (response, error) {
	a := newAttempt(ctx, c.config.RequestTimeout, r.isWrite())
	defer a.end()
	request, err := c.newHTTPRequest(a.ctx, r, authorization)
	if err != nil {
		return response{}, err
	}
	if ctx.Err() != nil {
		return response{}, context.Cause(ctx)
	}
	r.attempts++
	started := time.Now()
	resp, err := c.roundTrip(request)
	resp.took = time.Since(started)
	attributes := []any{"method", request.Method, "host", request.URL.Host, "path", request.URL.Path,
		"attempt", r.attempts, "duration", resp.took}
	switch {
	case err == nil:
		// Classify even if the caller has gone: a refused password must be remembered.
		err = c.classify(r, resp)
		attributes = append(attributes, "status", resp.status)
	case ctx.Err() != nil && (!r.isWrite() || a.unsent()):
		err = context.Cause(ctx)
		attributes = append(attributes, "error", "cancelled")
	default:
		err = c.connectionError(r, err, a.unsent() || errors.Is(err, errProxyAddress))
		attributes = append(attributes, "error", err.Error())
	}
	c.log.DebugContext(ctx, "Request to Nexudus", attributes...)
	return resp, err
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
// its response would lose the Id of a new record.
func newAttempt(parent context.Context, timeout time.Duration, write bool) *attempt {
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
	})
	return a
}

// unsent reports whether certainly no part of the request was sent.
func (a *attempt) unsent() bool { return a.traced.Load() && a.state.Load() != connected }

func (c *Client) newHTTPRequest(ctx context.Context, r *request, authorization Secret) (*http.Request, error) {
	// If a reused connection breaks, Go repeats a GET on its own, neither counted nor
	// logged, unless it has a body that cannot be read again.
	body := io.Reader(io.NopCloser(http.NoBody))
	if r.body != nil {
		text, err := r.body()
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	target := c.url(r)
	target.RawQuery = r.query.Encode()
	request, err := http.NewRequestWithContext(ctx, r.method, target.String(), body)
	if err != nil {
		// The base URL has been parsed before, so this is a bug.
		return nil, c.failure(r, KindConnection, "the request could not be made")
	}
	for name, values := range r.header {
		request.Header[name] = values
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.config.UserAgent)
	if !authorization.isEmpty() {
		request.Header.Set("Authorization", authorization.reveal())
	}
	return request, nil
}

// errTooLarge is the error of a body larger than maxBody.
var errTooLarge = fmt.Errorf("more than %d MiB", maxBody>>20)

func (c *Client) roundTrip(request *http.Request) (resp response, err error) {
	defer func() {
		// The cause of the context's end says more than the error of the closed connection.
		if cause := context.Cause(request.Context()); err != nil && cause != nil {
			err = cause
		}
	}()
	httpResponse, err := c.http.Do(request)
	if err != nil {
		return response{}, err
	}
	defer httpResponse.Body.Close()
	resp = response{status: httpResponse.StatusCode, header: httpResponse.Header}
	if resp.status == http.StatusSwitchingProtocols {
		return resp, nil // its body is the bare connection, which no deadline ends
	}
	// A transport's body may ignore the context.
	defer context.AfterFunc(request.Context(), func() { _ = httpResponse.Body.Close() })()

	// The transport decompresses, so the limit applies to the decompressed body.
	body, err := io.ReadAll(io.LimitReader(httpResponse.Body, maxBody+1))
	switch {
	case err != nil:
		return response{}, err
	case len(body) > maxBody:
		return response{}, errTooLarge
	}
	resp.body = bytes.TrimPrefix(body, []byte("\ufeff")) // a byte order mark
	return resp, nil
}
