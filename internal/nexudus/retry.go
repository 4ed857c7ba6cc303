package nexudus

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// retry repeats an attempt after transient failures, with exponential back-off.
// A request that may have been processed is repeated only if it is idempotent.
func (c *Client) retry(ctx context.Context, r *request, attempt func() (response, error)) (response, error) {
	if r.started.IsZero() {
		r.started = time.Now()
	}
	var last *Error
	var worst outcome // of all attempts
	resp, err := backoff.Retry(ctx,
		func() (response, error) {
			resp, err := attempt()
			if err == nil {
				c.budget.restore()
				return resp, nil
			}
			if !errors.As(err, &last) {
				return response{}, backoff.Permanent(err)
			}
			worst = max(worst, last.outcome)
			if !last.transient || !r.isIdempotent() && last.outcome != notProcessed || !c.budget.take() {
				return response{}, backoff.Permanent(err)
			}
			return response{}, err
		},
		backoff.WithBackOff(newBackOff(500*time.Millisecond, 10*time.Second)),
		backoff.WithMaxTries(uint(c.maxRetries)+1),
		backoff.WithMaxElapsedTime(0), // the number of tries bounds it
		backoff.WithNotify(func(_ error, pause time.Duration) {
			// Not the whole error: it holds the service's words.
			c.log.LogAttrs(ctx, slog.LevelInfo, "Retrying after a transient failure", slog.String("request", last.Request()),
				slog.Int("status", last.Status), slog.String("kind", string(last.Kind)), slog.String("reason", last.Reason), slog.Duration("pause", pause))
		}),
	)
	var failed *Error
	switch {
	case err == nil:
		return resp, nil
	case errors.As(err, &failed):
	case worst == notProcessed:
		var permanent *backoff.PermanentError
		if errors.As(err, &permanent) {
			err = permanent.Unwrap()
		}
		return response{}, err
	default:
		// Interrupted between two attempts at a write. That the first may have
		// been processed matters more than the interrupt.
		failed = last
	}
	// A failed sign-in, which is shared, must not be retried by its callers.
	return response{}, failed.with(func(e *Error) { e.outcome, e.transient = worst, false })
}

func newBackOff(initial, longest time.Duration) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.Multiplier, b.MaxInterval = initial, 2, longest
	return b
}

// retryBudget is what all requests of a client may spend on retries while
// nothing succeeds, so that an outage fails fast without a retry storm: once it
// is spent, each request gets one attempt until one succeeds.
//
// The zero value is a full budget. It is safe for concurrent use.
type retryBudget struct {
	mu    sync.Mutex
	spent int
}

// retryBudgetSize allows ten parallel requests all their retries, for some
// rounds.
const retryBudgetSize = 100

func (b *retryBudget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent == retryBudgetSize {
		return false
	}
	b.spent++
	return true
}

func (b *retryBudget) restore() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = 0
}
