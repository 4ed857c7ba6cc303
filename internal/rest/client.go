// Package rest sends single requests to the Nexudus REST API. It knows no record: package
// nexudus does.
//
// A [Client] belongs to one account. Its heart is the loop in do.go, which sends a request until it succeeds
// or fails for good. The files stand in this order, and each calls only those below it:
//
//	client.go                the account: Config, Client, New
//	do.go                    the loop over the attempts of a request
//	auth.go, password.go     the Authorization header, with a sign-in
//	limiter.go               pacing, and waits that Nexudus asks for
//	attempt.go               one attempt over HTTP
//	response.go              what a response means
//	errors.go, request.go    the error, and the request that it describes
//	text.go, secret.go       what may be shown
//
// GET, PUT, DELETE and the sign-in are retried after transient failures. A POST that creates a record is
// repeated only if it was certainly not processed; otherwise, the error's Outcome says what is known.
//
// All failures except the end of the caller's context are [*Error] values, which
// never contain a secret. Redirects are never followed.
//
// The API is described at https://developers.nexudus.com/rest-api.
package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
)

// DefaultBaseURL is the root of the API. It serves every account; the domain
// of a space's own portal does not.
const DefaultBaseURL = "https://spaces.nexudus.com/api"

// Default values of a [Config].
const (
	DefaultRequestTimeout       = 30 * time.Second
	DefaultMaxRetries           = 4
	DefaultMaxThrottleWait      = 2 * time.Minute
	DefaultMaxRequestsPerSecond = 10 // the documented limit: one request per 100 ms
)

// Config configures a [Client].
type Config struct {
	// BaseURL is the root of the API, from [ParseBaseURL].
	BaseURL *url.URL

	// Auth authorizes the requests: a [Token], [Basic] or [Password].
	Auth Auth

	// UserAgent names the program to Nexudus.
	UserAgent string

	// RequestTimeout bounds one attempt. It excludes time spent waiting for rate
	// limits. Zero or less means [DefaultRequestTimeout].
	RequestTimeout time.Duration

	// MaxRetries is the maximum number of retries of one request after transient failures.
	// Waiting for rate limits does not count. Zero means never.
	MaxRetries int

	// MaxThrottleWait is the maximum length of a single wait that Nexudus asks for. A
	// request that is told to wait longer fails at once.
	// Zero or less means [DefaultMaxThrottleWait].
	MaxThrottleWait time.Duration

	// MaxRequestsPerSecond limits the rate of all requests together. Zero means
	// no limit, but the client still waits when Nexudus asks for it.
	MaxRequestsPerSecond float64

	// Transport sends the requests. Nil means a transport of the client's own:
	// HTTP/1.1, TLS 1.2 or newer, proxies from the environment, connections
	// reused.
	Transport http.RoundTripper

	// Logger receives a record for each request and each wait, without headers,
	// queries or bodies. Nil discards them.
	Logger *slog.Logger
}

// Client sends requests to one Nexudus account. It is safe for concurrent use;
// make one with [New].
//
// All calls of a process should have contexts that end together: equal reads in flight
// share the context of the first.
type Client struct {
	config Config // with the default values
	texts  texts
	loop   loop
	reads  singleflight.Group
	writes atomic.Int64 // starts and ends
}

// New returns a client. It sends nothing: the first call does.
func New(config Config) *Client {
	if config.RequestTimeout <= 0 {
		config.RequestTimeout = DefaultRequestTimeout
	}
	if config.MaxThrottleWait <= 0 {
		config.MaxThrottleWait = DefaultMaxThrottleWait
	}
	log := cmp.Or(config.Logger, slog.New(slog.DiscardHandler))
	c := &Client{config: config}
	c.loop = loop{
		baseURL:     config.BaseURL,
		maxRetries:  config.MaxRetries,
		log:         log,
		connections: semaphore.NewWeighted(maxConnections),
		limiter:     newLimiter(config.MaxRequestsPerSecond, config.MaxThrottleWait, log),
		sender:      &sender{newHTTPClient(config.Transport), config.UserAgent, config.RequestTimeout, &c.texts, log},
	}
	c.loop.auth = config.Auth.authorizer(c.loop.do, &c.texts, log)
	return c
}

// Get sends a GET until it succeeds or fails for good; see the package's comment. Equal reads in flight
// share one request, unless a write has begun or ended between them, or a read must be fresh.
func (c *Client) Get(ctx context.Context, r *Request) (Response, error) {
	if r.Fresh {
		return c.loop.do(ctx, r)
	}
	key := fmt.Sprint(c.writes.Load(), " ", r.Path, "?", r.Query.Encode())
	shared, err, _ := c.reads.Do(key, func() (any, error) { return c.loop.do(ctx, r) })
	resp, _ := shared.(Response)
	return resp, err
}

// Write is like Get for a request that changes a record. The response is the last one, also with an error.
func (c *Client) Write(ctx context.Context, r *Request) (Response, error) {
	c.writes.Add(1)
	defer c.writes.Add(1)
	return c.loop.do(ctx, r)
}

// Writes returns a number that grows whenever a write begins or ends.
func (c *Client) Writes() int64 { return c.writes.Load() }

// Config returns the client's configuration, with the default values.
func (c *Client) Config() Config { return c.config }

// Throttled returns how long the client's requests have waited so far because
// Nexudus throttled them.
func (c *Client) Throttled() time.Duration { return c.loop.limiter.delayed() }

// Close closes idle connections, for programs that go on without the client, such as the contract check.
func (c *Client) Close() { c.loop.sender.http.CloseIdleConnections() }

// Sanitize prepares a text that somebody else has chosen for display on one line: it shows only words of
// prose, without credentials. The secret parts of the given webhook addresses are removed, too.
func (c *Client) Sanitize(text string, addresses ...string) string {
	return c.texts.sanitize(text, addresses...)
}

// ParseBaseURL parses and checks the root URL of the API: an https URL without user
// information, query or fragment. Plain http is allowed only for a loopback address,
// since every request carries a credential.
//
// The error says what is wrong and never repeats the text, which may contain a credential.
func ParseBaseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err == nil {
		// Requests are made from the URL's own text, which Go cannot always parse again.
		_, err = url.Parse(u.String())
	}
	switch {
	case err != nil && !strings.Contains(text, "://"), err == nil && (u.Scheme == "" || u.Opaque != ""):
		return nil, errors.New("it has no scheme, such as https://")
	case err != nil:
		return nil, errors.New("it is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("its scheme is not https")
	case u.User != nil:
		return nil, errors.New("it contains a user name or a password")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, errors.New("it has a query")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return nil, errors.New("it has a fragment")
	case u.Hostname() == "":
		return nil, errors.New("it names no host")
	case !isPort(u.Port()):
		return nil, errors.New("its port is not between 1 and 65535")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, errors.New("plain http is allowed only for a loopback address")
	}
	return u, nil
}

func isPort(text string) bool {
	port, err := strconv.ParseUint(cmp.Or(text, "443"), 10, 16)
	return err == nil && port > 0
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
