package nexudus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxRefusals is the number of throttled responses in a row after which a request fails.
// If other programs use the account, ten short waits can be bad luck, so they must also
// span MaxThrottleWait.
const maxRefusals = 10

// refusals counts responses in a row that asked to wait.
type refusals struct {
	count int
	since time.Time
}

// pause returns how long to wait after a refusal without a wait time: from one second to 16.
func (r *refusals) pause() time.Duration { return time.Second << min(r.count, 4) }

func (r *refusals) add() {
	if r.count == 0 {
		r.since = time.Now()
	}
	r.count++
}

func (r *refusals) tooMany(limit time.Duration) bool {
	return r.count >= maxRefusals && time.Since(r.since) >= limit
}

// throttled sends one request when the limiter allows it. A response that asks
// to wait holds back every request of the client; a throttled request then goes
// to the end of the queue and is sent again.
//
// Refusals are counted twice. Those of this request end it if only this address
// is refused. Those of all requests, with no other response in between, end the
// waiting requests too, so that the client waits for an outage once and not once per request.
func (c *Client) throttled(ctx context.Context, r *request, authorization Secret) (response, error) {
	// Acquire the connection slot first: waiting for it must not count against
	// RequestTimeout, nor shorten the gap to the next request.
	if c.connections.Acquire(ctx, 1) != nil {
		return response{}, context.Cause(ctx)
	}
	defer c.connections.Release(1)

	limit := c.config.MaxThrottleWait
	for {
		sent, refused, err := c.limiter.wait(ctx, limit)
		if err != nil {
			return response{}, err
		}
		if refused != nil {
			failure := c.failure(r, refused.kind, "")
			failure.Status, failure.Wait = refused.status, refused.wait
			return response{}, failure
		}

		resp, err := c.send(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { sent() },
		}), r, authorization)
		sent()
		failure, _ := errors.AsType[*Error](err)
		var asked time.Duration
		if is(err, KindThrottled, KindUnavailable) {
			asked = retryAfter(resp)
		}
		switch {
		case err == nil:
			c.limiter.responded()
			return resp, nil
		case failure == nil: // the caller's context has ended
			return response{}, err
		case failure.Kind != KindThrottled && asked == 0:
			r.refused = refusals{}
			if failure.Status != 0 && failure.Kind != KindUnavailable {
				c.limiter.responded()
			}
			return response{}, failure
		}

		wait, reason := asked, "Nexudus asks to wait"
		if wait == 0 {
			wait, reason = min(r.refused.pause(), limit), "Throttled without a time to wait"
		}
		c.log.InfoContext(ctx, reason, "request", failure.Request(), "status", failure.Status, "asked", asked, "wait", wait)
		r.refused.add()
		tooMany := c.limiter.refused(refusal{failure.Kind, failure.Status, wait}, limit) || r.refused.tooMany(limit)
		switch {
		case wait > limit:
			return response{}, failure.with(func(e *Error) { e.Wait, e.transient = wait, false })
		case tooMany:
			return response{}, failure.with(func(e *Error) { e.transient = false })
		case failure.Kind != KindThrottled || r.renew != nil:
			return response{}, failure // for retry to send again
		}
	}
}

// retryAfter returns how long a response asks to wait, or zero if it does not
// say. If there are several Retry-After headers, the longest wait counts; each holds seconds or
// a date. Public client code has also seen a 429 that gives the time only in its text.
func retryAfter(resp response) time.Duration {
	now := cmp.Or(resp.date(), time.Now()) // the local clock may be wrong
	var longest time.Duration
	for _, value := range resp.header.Values("Retry-After") {
		if date, err := http.ParseTime(value); err == nil {
			longest = max(longest, date.Sub(now))
		} else {
			longest = max(longest, seconds(strings.TrimSpace(value)))
		}
	}
	if found := waitText.FindSubmatch(resp.body); longest == 0 && resp.status == http.StatusTooManyRequests && found != nil {
		longest = seconds(string(found[1]))
	}
	return longest
}

var waitText = regexp.MustCompile(`(?i)\bwait (\d+) seconds?\b`)

// seconds parses whole seconds. It returns zero for anything else, and for more
// than a Duration holds.
func seconds(text string) time.Duration {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/int64(time.Second) {
		return 0
	}
	return time.Duration(n) * time.Second
}

// isThrottle reports whether a 409 comes from the throttle, which sends an empty
// body, rather than from the API, which says in JSON what conflicts. A read with
// some other body can be repeated too. A write cannot, because it is unknown
// what that response means.
// See https://developers.nexudus.com/reference/api-limitations.
func isThrottle(r *request, resp response) bool {
	return len(resp.body) == 0 || !r.isWrite() && !json.Valid(resp.body)
}

// jitter returns a random addition to a wait that Nexudus asks for, so that processes that were
// asked to wait for the same time do not continue at the same moment.
func jitter(wait time.Duration) time.Duration {
	return rand.N(min(wait/10, time.Second) + 1)
}
