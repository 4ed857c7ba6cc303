package nexudus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// request is one request to the API, together with all its attempts.
type request struct {
	verb   Verb
	noun   string
	id     int64
	page   int
	method string
	path   []string // below the base URL, unescaped
	query  url.Values
	role   string                 // that the API asks of the user
	header http.Header            // beyond the usual ones
	body   func() ([]byte, error) // made anew for each attempt

	// renew is called before each attempt.
	renew func(context.Context) error

	started  time.Time
	attempts int
	retries  int // after transient failures
	refused  refusals
}

// isWrite reports whether the request changes a record.
func (r *request) isWrite() bool { return r.method != http.MethodGet && r.verb != VerbSignIn }

// isIdempotent reports whether the request may be repeated although it may have
// been processed.
func (r *request) isIdempotent() bool { return r.verb != VerbCreate }

// failure returns an error of the request in its current state.
func (c *Client) failure(r *request, kind Kind, reason string) *Error {
	return &Error{
		Verb: r.verb, Noun: r.noun, ID: r.id, Page: r.page, Role: r.role, URL: c.url(r).Redacted(),
		Kind: kind, Reason: reason, Attempts: r.attempts, Elapsed: time.Since(r.started),
	}
}

// url returns the request's address without its query.
func (c *Client) url(r *request) *url.URL {
	elements := make([]string, len(r.path))
	for i, element := range r.path {
		elements[i] = url.PathEscape(element)
	}
	return c.config.BaseURL.JoinPath(elements...)
}

// do sends a request through all stages and returns the first successful response.
func (c *Client) do(ctx context.Context, r *request) (response, error) {
	resp, err := c.retry(ctx, r, func() (response, error) {
		return c.authorized(ctx, r, func(authorization Secret) (response, error) {
			// If this read signs in again, the write is refused once more and then sent
			// with the new token.
			if r.renew != nil {
				if err := r.renew(ctx); err != nil {
					return response{}, err
				}
			}
			return c.throttled(ctx, r, authorization)
		})
	})
	resp.started, resp.attempts = r.started, r.attempts
	return resp, err
}

// read is do for a GET. Equal reads in flight share one request, unless a write
// has begun or ended between them.
func (c *Client) read(ctx context.Context, r *request) (response, error) {
	key := fmt.Sprint(c.writes.Load(), " ", c.url(r), "?", r.query.Encode())
	resp, err := c.reads.do(ctx, key, func(ctx context.Context) (response, error) { return c.do(ctx, r) })
	if err == nil { // the request of another caller may have brought it
		r.started, r.attempts = resp.started, resp.attempts
	}
	return resp, err
}

// write is do for a request that changes a record. It returns the response's
// envelope, which has WasSuccessful set.
func (c *Client) write(ctx context.Context, r *request, body any) (envelope, error) {
	if body != nil {
		encoded, err := encode(body)
		if err != nil {
			return envelope{}, err
		}
		r.setJSON(encoded)
	}
	c.writes.Add(1)
	defer c.writes.Add(1)
	resp, err := c.do(ctx, r)
	if err != nil {
		return envelope{}, err
	}
	// Only WasSuccessful counts: what Value holds differs from call to call.
	// See https://developers.nexudus.com/reference/response-format.
	var said envelope
	_ = json.Unmarshal(resp.body, &said)
	switch {
	case said.refused():
		failure := c.rejected(r, resp)
		if troubled(resp.body) {
			failure.outcome = maybeProcessed
		}
		return envelope{}, failure
	case said.WasSuccessful == nil:
		failure := c.unexpected(r, resp, describe(resp))
		failure.outcome = maybeProcessed
		return envelope{}, failure
	}
	return said, nil
}

func (r *request) setJSON(body []byte) {
	r.header = http.Header{"Content-Type": {"application/json"}}
	r.body = func() ([]byte, error) { return body, nil }
}

// encode is like json.Marshal, but leaves raw JSON inside the value unchanged.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return b.Bytes(), err
}
