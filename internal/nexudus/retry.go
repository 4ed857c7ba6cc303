package nexudus

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// retry repeats an attempt after transient failures, with jittered and growing
// pauses.
func (c *Client) retry(ctx context.Context, call *call, attempt func() (answer, error)) (answer, error) {
	call.started = time.Now()

	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = 500 * time.Millisecond
	pauses.Multiplier = 2
	pauses.MaxInterval = 10 * time.Second

	got, err := backoff.Retry(ctx,
		func() (answer, error) {
			got, err := attempt()
			var failure *Error
			switch {
			case err == nil:
				c.budget.restore()
				return got, nil
			case !errors.As(err, &failure) || !failure.transient:
				return answer{}, backoff.Permanent(err)
			case !c.budget.take():
				return answer{}, backoff.Permanent(err)
			}
			return answer{}, err
		},
		backoff.WithBackOff(pauses),
		backoff.WithMaxTries(uint(max(0, c.maxRetries))+1),
		backoff.WithMaxElapsedTime(0), // the number of tries bounds it
		backoff.WithNotify(func(err error, pause time.Duration) {
			// Not the whole error, which holds what the service says.
			var failure *Error
			if errors.As(err, &failure) {
				c.log.LogAttrs(ctx, slog.LevelInfo, "Trying again after a transient failure", slog.String("call", call.name), slog.Int("status", failure.Status),
					slog.String("kind", string(failure.Kind)), slog.String("reason", failure.Reason), slog.Duration("pause", pause))
			}
		}),
	)

	var failure *Error
	if errors.As(err, &failure) {
		// A sign-in that has used up its retries is final for the calls that
		// share it; they must not write to what they share.
		if failure.transient {
			failure.transient = false
		}
		return answer{}, failure
	}
	return got, err
}

// retryBudget is what all calls of a client may spend on retries while nothing
// succeeds. It keeps an outage from multiplying the load: once it is spent,
// each call gets one attempt until one succeeds.
//
// The zero value is a full budget. Calls by several goroutines are safe.
type retryBudget struct {
	mu    sync.Mutex
	spent int
}

// retryBudgetSize lets a CLI's ten parallel reads retry as often as they like
// for some rounds.
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
