package nexudus

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// retryBudget is the number of retries of all requests together until one succeeds, so that an
// outage fails fast without a retry storm. It allows ten parallel requests all their
// retries, more than once.
const retryBudget = 100

// retry repeats an attempt after transient failures, with exponential back-off.
// A request that may have been processed is repeated only if it is idempotent.
//
// The error describes the outcome of all attempts, and is never transient: a
// failed sign-in, which is shared, must not be retried by its callers.
func (c *Client) retry(ctx context.Context, r *request, attempt func() (response, error)) (response, error) {
	if r.started.IsZero() {
		r.started = time.Now()
	}
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = 500*time.Millisecond, 2, 10*time.Second
	var last *Error
	var worst outcome
	for ; ; r.retries++ {
		resp, err := attempt()
		if err == nil {
			c.retries.Store(0)
			return resp, nil
		}
		failure, ok := errors.AsType[*Error](err)
		if ok && failure.Verb == r.verb { // not of a sign-in, or of the read before an update
			last, worst = failure, max(worst, failure.outcome)
			if failure.transient && failure.Kind == KindThrottled {
				r.retries-- // waiting for rate limits does not count
				continue
			}
			safe := r.isIdempotent() || failure.outcome == notProcessed
			if failure.transient && safe && r.retries < c.config.MaxRetries && c.retries.Add(1) <= retryBudget {
				pause := pauses.NextBackOff()
				// Do not log the whole error, because it contains the service's messages.
				c.log.InfoContext(ctx, "Retrying after a transient failure", "request", failure.Request(), "status", failure.Status,
					"kind", string(failure.Kind), "reason", failure.Reason, "pause", pause)
				if err = sleep(ctx, pause); err == nil {
					continue
				}
			}
		}
		if worst != notProcessed { // this matters more than a failed sign-in, or that the caller has gone
			err = last
		}
		if failure, ok = errors.AsType[*Error](err); ok {
			err = failure.with(func(e *Error) { e.outcome, e.transient = worst, false })
		}
		return response{}, err
	}
}

// sleep waits, or returns the cause of the context's end.
func sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
