// Package nexudus is a small client for the Nexudus REST API.
//
// A [Client] reads webhooks, one by Id or all that a filter chooses. Every read
// passes the same stages, each in a file of its own:
//
//	share      equal reads in flight are one request          share.go
//	retry      transient failures are tried again             retry.go
//	authorize  the Authorization header, signing in if needed auth.go, session.go
//	pace       in turn, spaced, and waiting when told to      pacer.go
//	send       one attempt over HTTP                          send.go
//	classify   an answer that is no record becomes an Error   classify.go
//	decode     the record or the page, checked                webhook.go
//
// A listing is walked page by page, and each page is such a read; see list.go.
//
// A client waits when Nexudus tells it to, signs in once however many reads
// need it, and never follows a redirect. All failures but the end of the
// caller's context are an [*Error], which holds nothing secret.
//
// The API is described at https://developers.nexudus.com/rest-api.
package nexudus

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"
)

// DefaultBaseURL is the root of the API. It serves every account; the domain
// of a space's own portal does not.
const DefaultBaseURL = "https://spaces.nexudus.com/api"

// What a [Config] usually holds.
const (
	DefaultRequestTimeout       = 30 * time.Second
	DefaultMaxRetries           = 4
	DefaultMaxThrottleWait      = 2 * time.Minute
	DefaultMaxRequestsPerSecond = 10 // the documented limit: one request per 100 ms
)

// Config is what a [Client] is made of.
type Config struct {
	// BaseURL is the root of the API, from [ParseBaseURL].
	BaseURL *url.URL

	// Auth is how requests are authorized: a [Token], [Basic] or [Password].
	Auth Auth

	// UserAgent names the program to Nexudus. It should not be empty: the
	// firewall in front of the API turns anonymous programs away.
	UserAgent string

	// RequestTimeout bounds one attempt, counted from when it may be sent.
	// Zero or less means [DefaultRequestTimeout].
	RequestTimeout time.Duration

	// MaxRetries is how often one call is repeated after transient failures.
	// Waiting for the throttle does not count. Zero means never.
	MaxRetries int

	// MaxThrottleWait is the longest single wait that Nexudus may ask for; a
	// call that is told to wait longer fails at once.
	// Zero or less means [DefaultMaxThrottleWait].
	MaxThrottleWait time.Duration

	// MaxRequestsPerSecond is the pace of all requests together. Zero means no
	// pacing; waits that Nexudus asks for are kept all the same.
	MaxRequestsPerSecond float64

	// Transport sends the requests. Nil means a transport of the client's own:
	// TLS 1.2 or newer, proxies from the environment, connections reused.
	Transport http.RoundTripper

	// Logger is told about each request and each wait; never about a header, a
	// query or a body. Nil discards.
	Logger *slog.Logger
}

// Client reads from one Nexudus account. It is safe for concurrent use; to be
// made by [New].
type Client struct {
	baseURL         *url.URL
	userAgent       string
	requestTimeout  time.Duration
	maxRetries      int
	maxThrottleWait time.Duration
	http            *http.Client
	log             *slog.Logger

	auth        authorizer
	connections *semaphore.Weighted
	pacer       *pacer
	budget      retryBudget
	webhooks    share[*Webhook]
	lists       share[[]*Webhook]
}

// New returns a client. It sends nothing: the first call does.
func New(config Config) *Client {
	c := &Client{
		baseURL:         config.BaseURL,
		userAgent:       config.UserAgent,
		requestTimeout:  config.RequestTimeout,
		maxRetries:      config.MaxRetries,
		maxThrottleWait: config.MaxThrottleWait,
		http:            newHTTPClient(config.Transport),
		log:             config.Logger,
		connections:     semaphore.NewWeighted(maxConnections),
		pacer:           newPacer(config.MaxRequestsPerSecond),
	}
	if c.requestTimeout <= 0 {
		c.requestTimeout = DefaultRequestTimeout
	}
	if c.maxThrottleWait <= 0 {
		c.maxThrottleWait = DefaultMaxThrottleWait
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.auth = config.Auth.authorizer(c)
	return c
}

// Close closes the connections that wait for a next request.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call is one thing that a caller wants of the API. It passes through the
// stages, which count its attempts.
type call struct {
	name     string // "get webhook 42"
	method   string
	path     []string                   // below the base URL, unescaped
	query    url.Values                 // of a listing
	role     string                     // that the API asks of the user; empty at sign-in
	form     func() (url.Values, error) // the body of a sign-in, made for each attempt
	clientID string                     // the client_id header of a sign-in

	started  time.Time
	attempts int
}

// failure is an error of the call as it stands.
func (c *call) failure(kind Kind) *Error {
	return &Error{Call: c.name, Role: c.role, Kind: kind, Attempts: c.attempts, Elapsed: time.Since(c.started)}
}

// get sends a call through all stages and returns the first good answer.
func (c *Client) get(ctx context.Context, call *call) (answer, error) {
	return c.retry(ctx, call, func() (answer, error) {
		return c.authorized(ctx, call, func(authorization Secret) (answer, error) {
			return c.paced(ctx, call, authorization)
		})
	})
}

// ParseBaseURL checks the root of an API: an https URL without user
// information, query or fragment. Plain http goes to a loopback address only,
// since every request carries a credential.
//
// The error says what is wrong and never repeats the text, which may hold one.
func ParseBaseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err == nil {
		// Requests are made from the URL as it is written again, which Go
		// cannot always read: not where an IPv6 zone holds an escape.
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
		return nil, errors.New("plain http is allowed to a loopback address only")
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
