package nexudus

import (
	"bytes"
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
	"time"
)

// maxBody bounds an answer, after it is decompressed. The largest real ones,
// pages of a thousand records, are well below.
const maxBody = 8 << 20

// maxConnections is how many requests are on their way at a time, and thus how
// many connections are open: as many as a CLI reads in parallel.
const maxConnections = 10

// answer is what came back over HTTP, with its body read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func newHTTPClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		protocols := new(http.Protocols)
		protocols.SetHTTP1(true)
		transport = &http.Transport{
			Proxy:                  proxyFromEnvironment(),
			OnProxyConnectResponse: proxyAnswer,
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			// Over HTTP/2, Go repeats a request that a server refuses without limit,
			// a POST too, and nothing above the transport notices.
			Protocols:              protocols,
			MaxResponseHeaderBytes: 1 << 20,
			// Without the first, a request may open one more while another's is
			// becoming free; and all but two would be closed after use without
			// the second.
			MaxConnsPerHost:     maxConnections,
			MaxIdleConnsPerHost: maxConnections,
			IdleConnTimeout:     90 * time.Second,
		}
	}
	return &http.Client{
		Transport: transport,
		// A redirect would carry the credentials to where it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes one attempt and classifies what comes back.
func (c *Client) send(ctx context.Context, call *call, authorization Secret) (answer, error) {
	timed, cancel := context.WithTimeout(ctx, c.requestTimeout)
	defer cancel()
	attempt := onOneConnection(timed)

	request, err := c.request(attempt, call, authorization)
	if err != nil {
		return answer{}, err
	}
	call.attempts++
	started := time.Now()
	got, err := c.roundTrip(request)
	attributes := []slog.Attr{
		slog.String("method", request.Method),
		slog.String("path", request.URL.Path),
		slog.Int("attempt", call.attempts),
		slog.Duration("duration", time.Since(started)),
	}
	switch {
	case err == nil:
		// Also when the caller has left: a refused password is known from now on.
		err = c.classify(call, got)
		attributes = append(attributes, slog.Int("status", got.status))
	case ctx.Err() != nil:
		err = context.Cause(ctx)
		attributes = append(attributes, slog.String("error", "cancelled"))
	default:
		if errors.Is(context.Cause(attempt), errRepeated) {
			err = errRepeated
		}
		err = connectionError(call, err)
		attributes = append(attributes, slog.String("error", err.Error()))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "Request to Nexudus", attributes...)
	return got, err
}

// errRepeated ends an attempt that the transport is about to repeat by itself.
var errRepeated = fmt.Errorf("repeated by the transport: %w", io.ErrUnexpectedEOF)

// onOneConnection returns a context for one request. When a reused connection
// ends before the answer, Go sends the request again on another one. That would
// be a request that is neither counted nor logged and waits for no turn, so the
// request ends there, before it is written, and may be retried.
func onOneConnection(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	used := false
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if used {
			cancel(errRepeated)
			// The transport looks at the context only after it has written.
			info.Conn.Close()
		}
		used = true
	}})
}

func (c *Client) request(ctx context.Context, call *call, authorization Secret) (*http.Request, error) {
	elements := make([]string, len(call.path))
	for i, element := range call.path {
		elements[i] = url.PathEscape(element)
	}
	var body io.Reader
	if call.form != nil {
		form, err := call.form()
		if err != nil {
			return nil, err
		}
		body = strings.NewReader(form.Encode())
	}

	target := c.baseURL.JoinPath(elements...)
	target.RawQuery = call.query.Encode()
	request, err := http.NewRequestWithContext(ctx, call.method, target.String(), body)
	if err != nil {
		// The base URL has been parsed before, so this is a mistake of ours.
		failure := call.failure(KindConnection)
		failure.Reason = "the request could not be made"
		return nil, failure
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	if !authorization.isEmpty() {
		request.Header.Set("Authorization", authorization.reveal())
	}
	if call.form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		// As the documentation spells it; Header.Set would write Client_id.
		request.Header["client_id"] = []string{call.clientID}
	}
	return request, nil
}

// errTooLarge ends an answer above maxBody.
var errTooLarge = errors.New("more than 8 MiB")

func (c *Client) roundTrip(request *http.Request) (answer, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	// Not every body ends with the request's context by itself.
	defer context.AfterFunc(request.Context(), func() { response.Body.Close() })()

	got := answer{status: response.StatusCode, header: response.Header}
	if got.status == http.StatusSwitchingProtocols {
		return got, nil // its body is the connection
	}
	// The transport decompresses, so the limit is on what unpacks.
	got.body, err = readBody(response.Body)
	switch {
	case err != nil && request.Context().Err() != nil:
		return answer{}, context.Cause(request.Context())
	case err != nil:
		return answer{}, err
	}
	got.body = bytes.TrimPrefix(got.body, []byte("\ufeff")) // a byte order mark
	return got, nil
}

// readBody reads to the end or to maxBody. All that it allocates is less than
// twice maxBody; io.ReadAll and a bytes.Buffer take more.
func readBody(body io.Reader) ([]byte, error) {
	buffer := make([]byte, 0, 4096)
	for {
		n, err := body.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		switch {
		case len(buffer) > maxBody:
			return nil, errTooLarge
		case errors.Is(err, io.EOF):
			return buffer, nil
		case err != nil:
			return nil, err
		}
		if len(buffer) == cap(buffer) {
			larger := make([]byte, len(buffer), min(4*cap(buffer), maxBody+1))
			copy(larger, buffer)
			buffer = larger
		}
	}
}
