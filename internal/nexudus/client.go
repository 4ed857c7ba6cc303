// Package nexudus is a small client for the Nexudus REST API.
//
// A [Client] reads and writes records, such as webhooks. The service handles all
// kinds of records in the same way, and so does this package: record.go holds get,
// update and delete, create.go holds create, paging.go holds list, and each kind of
// record adds its type, its filter and one method per verb; see webhook.go. Every
// request passes the same stages:
//
//	singleflight  equal reads in flight are one request     singleflight.go
//	retry         transient failures are retried            retry.go
//	authorize     the Authorization header, with a sign-in  auth.go, password.go
//	throttle      pacing, and waits that Nexudus asks for   throttle.go, limiter.go
//	send          one attempt over HTTP                     transport.go
//	classify      an error response becomes an Error        response.go
//	decode        the record, checked                       record.go
//
// GET, PUT and DELETE are retried after transient failures. A POST is repeated only
// if it was certainly not processed. If its outcome is unknown, the client looks
// for the record first; see create.go.
//
// All failures except the end of the caller's context are [*Error] values, which
// never contain a secret. Redirects are never followed.
//
// The API is described at https://developers.nexudus.com/rest-api.
package nexudus

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
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

	// UserAgent names the program to Nexudus. Do not leave it empty: the
	// firewall in front of the API rejects anonymous programs.
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

// Client reads and writes one Nexudus account. It is safe for concurrent use;
// make one with [New].
type Client struct {
	config Config // with the default values
	http   *http.Client
	log    *slog.Logger

	auth        authorizer
	connections *semaphore.Weighted
	limiter     *limiter
	retries     atomic.Int64 // of all requests since the last success
	reads       flightGroup[response]
	writes      atomic.Int64 // starts and ends of writes, so that a read after a write joins no read from before it

	actions         flightGroup[map[Action]string]
	actionNames     atomic.Pointer[map[Action]string] // the service's own; nil until they have been read
	createdWebhooks created
	webhookList     summaries[Webhook]
}

// New returns a client. It sends nothing: the first call does.
func New(config Config) *Client {
	if config.RequestTimeout <= 0 {
		config.RequestTimeout = DefaultRequestTimeout
	}
	if config.MaxThrottleWait <= 0 {
		config.MaxThrottleWait = DefaultMaxThrottleWait
	}
	c := &Client{
		config:      config,
		http:        newHTTPClient(config.Transport),
		log:         cmp.Or(config.Logger, slog.New(slog.DiscardHandler)),
		connections: semaphore.NewWeighted(maxConnections),
		limiter:     newLimiter(config.MaxRequestsPerSecond),
	}
	c.auth = config.Auth.authorizer(c)
	return c
}

// Throttled returns how long the client's requests have waited so far because
// Nexudus throttled them.
func (c *Client) Throttled() time.Duration { return c.limiter.throttled() }

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// ParseBaseURL parses and checks the root URL of the API: an https URL without user
// information, query or fragment. Plain http is allowed only for a loopback address,
// since every request carries a credential.
//
// The error says what is wrong and never repeats the text, which may contain a credential.
func ParseBaseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err == nil {
		// Requests are made from the URL's own text, which Go cannot always
		// parse again: an IPv6 zone may hold an escape.
		_, err = url.Parse(u.String())
	}
	switch {
	case err != nil:
		return nil, errors.New("it is not a URL")
	case u.Scheme == "":
		return nil, errors.New("it has no scheme, such as https://")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("its scheme is not https")
	case u.User != nil:
		return nil, errors.New("it holds a user name or a password")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, errors.New("it has a query")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return nil, errors.New("it has a fragment")
	case u.Hostname() == "":
		return nil, errors.New("it names no host")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, errors.New("plain http is allowed only for a loopback address")
	}
	return u, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
