package nexudus

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
)

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
			c.budget.restore()
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
			if failure.transient && safe && r.retries < c.config.MaxRetries && c.budget.take() {
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

// retryBudget limits the retries of all requests of a client while
// nothing succeeds, so that an outage fails fast without a retry storm: once it
// is spent, each request gets one attempt until one succeeds.
//
// The zero value is a full budget. It is safe for concurrent use.
type retryBudget struct{ spent atomic.Int64 }

// retryBudgetSize allows ten parallel requests all their retries, more than
// once.
const retryBudgetSize = 100

func (b *retryBudget) take() bool { return b.spent.Add(1) <= retryBudgetSize }

func (b *retryBudget) restore() { b.spent.Store(0) }
