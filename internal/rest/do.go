package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/semaphore"
)

// retryBudget is the number of retries of all requests together until one succeeds, so that an
// outage fails fast without a retry storm. It allows ten parallel requests all their
// retries, more than once.
const retryBudget = 100

// loop repeats the attempts of requests.
type loop struct {
	baseURL    *url.URL
	maxRetries int
	log        *slog.Logger

	auth        authorizer
	connections *semaphore.Weighted
	limiter     *limiter
	sender      *sender
	retries     atomic.Int64 // of all requests since the last success
}

// do sends a request until it succeeds or fails for good. Each round is one attempt, and its
// failure decides about the next round:
//
//	401        at once, with a renewed Authorization header; a second 401 means the permission
//	throttled  when the limiter allows it; this does not count as a retry
//	transient  after a pause, MaxRetries times, if repeating the request is safe
//	otherwise  none
//
// Its error is an [*Error], or the cause of the context's end if that came first. The response is
// the last one, also with an error.
func (l *loop) do(ctx context.Context, r *Request) (Response, error) {
	if r.url == nil {
		r.url, r.started = l.baseURL.JoinPath(r.Path), time.Now()
	}
	r.retries, r.outcome = 0, NotProcessed
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = 500*time.Millisecond, 2, 10*time.Second
	var resp Response
	var last *failure
	fail := func(err error) (Response, error) {
		// An attempt that may have been processed takes precedence over the reason for stopping.
		if err == nil || r.isWrite() && r.outcome != NotProcessed {
			err = r.error(last)
		}
		return resp, err
	}
	for {
		// Prepare first: a read in it may renew the Authorization header.
		var authorization Secret
		var err error
		if r.Prepare != nil {
			err = r.Prepare(ctx)
		}
		prepared := time.Now()
		if err == nil && r.Verb != VerbSignIn {
			authorization, err = l.auth.authorization(ctx)
		}
		if err != nil {
			return fail(err)
		}
		var f *failure
		resp, f, err = l.attempt(ctx, r, authorization, prepared)
		if errors.Is(err, errStale) {
			continue
		}
		if err != nil {
			return fail(err)
		}
		if f == nil || f.provesCredentials() {
			l.auth.accepted(authorization)
		}
		if f == nil {
			l.retries.Store(0)
			return resp, nil
		}
		last, r.outcome = f, max(r.outcome, f.outcome)

		again := false
		switch {
		case f.kind == KindUnauthorized:
			again, err = l.auth.renew(ctx, authorization)
			if !again && l.auth.valid() {
				f.kind = KindPermission
			}
		case f.kind == KindThrottled:
			again = f.transient && !r.NoRetry
		case f.transient && (r.Verb != VerbCreate || f.outcome == NotProcessed) && l.mayRetry(r):
			r.retries++
			pause := pauses.NextBackOff()
			// Do not log the whole error, because it contains the service's messages.
			l.log.InfoContext(ctx, "Retrying after a transient failure", "request", r.Error(f.kind, "").Request(), "status", f.status,
				"kind", string(f.kind), "reason", f.reason, "pause", pause)
			again, err = true, Sleep(ctx, pause)
		}
		if err != nil || !again {
			return fail(err)
		}
	}
}

// maxPrepared is how old may be what Prepare has read, or the one-time code that it has generated, when the
// request is sent after Nexudus has asked to wait: a write must not undo what others do in such a wait.
const maxPrepared = 5 * time.Second

var errStale = errors.New("prepared too long ago")

// attempt sends a request once, when the limiter allows it, unless a wait has made its preparation too old.
func (l *loop) attempt(ctx context.Context, r *Request, authorization Secret, prepared time.Time) (Response, *failure, error) {
	// Take the connection slot first: waiting for it must not count against
	// RequestTimeout, nor shorten the gap to the next request.
	if l.connections.Acquire(ctx, 1) != nil {
		return Response{}, nil, context.Cause(ctx)
	}
	defer l.connections.Release(1)
	sent, f, err := l.limiter.wait(ctx)
	if f != nil || err != nil {
		return Response{}, f, err
	}
	if r.Prepare != nil && time.Since(prepared) > maxPrepared && l.limiter.delayedAfter(prepared) {
		sent()
		return Response{}, nil, errStale
	}
	resp, f, err := l.sender.send(ctx, r, authorization, sent)
	sent()
	if err != nil {
		return resp, f, err
	}
	if f != nil && (f.kind == KindThrottled || f.kind == KindUnavailable) {
		f.wait = retryAfter(resp)
	}
	l.limiter.learn(ctx, r, f)
	return resp, f, nil
}

// mayRetry reports whether a request may be repeated after a transient failure.
func (l *loop) mayRetry(r *Request) bool {
	return !r.NoRetry && r.retries < l.maxRetries && l.retries.Add(1) <= retryBudget
}

// provesCredentials reports whether a failure shows that the Authorization header was valid: the throttle,
// a gateway or a firewall may answer before anything looks at it.
func (f *failure) provesCredentials() bool {
	return f.kind == KindNotFound || f.kind == KindPermission || f.kind == KindRejected || f.kind == KindUnavailable && f.outcome == Ended
}
