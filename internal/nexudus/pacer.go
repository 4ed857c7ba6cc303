package nexudus

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// maxRefusals bounds how often one attempt is throttled before it gives up: a
// service that throttles for ever is down.
const maxRefusals = 10

// paced sends one request when its turn has come. An answer that asks to wait
// holds back every request of the client; a throttled request then goes to the
// end of the queue and is sent again.
func (c *Client) paced(ctx context.Context, call *call, authorization Secret) (answer, error) {
	growing := backoff.NewExponentialBackOff()
	growing.InitialInterval = time.Second
	growing.Multiplier = 2
	growing.MaxInterval = 16 * time.Second

	for refusals := 1; ; refusals++ {
		excess, err := c.pacer.wait(ctx, c.maxThrottleWait)
		if err != nil {
			return answer{}, err
		}
		if excess > 0 {
			failure := call.failure(KindThrottled)
			failure.Wait = excess
			return answer{}, failure
		}

		got, err := c.send(ctx, call, authorization)
		var failure *Error
		if !errors.As(err, &failure) || failure.Kind != KindThrottled && failure.Wait == 0 {
			return got, err
		}

		wait := failure.Wait
		if wait == 0 {
			wait = growing.NextBackOff()
		}
		c.log.LogAttrs(ctx, slog.LevelInfo, "Nexudus asks to wait",
			slog.String("call", call.name), slog.Int("status", failure.Status),
			slog.Duration("asked", failure.Wait), slog.Duration("wait", wait))
		c.pacer.hold(wait)

		if wait > c.maxThrottleWait {
			failure.transient = false
			return answer{}, failure
		}
		if failure.Kind != KindThrottled || refusals == maxRefusals {
			return answer{}, failure
		}
	}
}

// spacingSlack stretches the time between requests. Nexudus counts when they
// arrive, and two that leave 100 ms apart may arrive 99 ms apart.
const spacingSlack = 1.05

// pacer lets requests go one by one, in the order in which they came, spaced
// and not before the time that Nexudus named last.
//
// It is no rate.Limiter: that one counts from when a request should have gone,
// so one that leaves late shortens the gap to the next, and is refused.
type pacer struct {
	turn    chan struct{} // held by the request that goes next; a channel's waiters are served in order
	spacing time.Duration

	mu   sync.Mutex
	next time.Time // nothing goes before
}

func newPacer(requestsPerSecond float64) *pacer {
	p := &pacer{turn: make(chan struct{}, 1)}
	if requestsPerSecond > 0 {
		p.spacing = time.Duration(spacingSlack / requestsPerSecond * float64(time.Second))
	}
	return p
}

// wait returns when a request may go. It gives up at once when that is further
// away than the limit, and returns how far; or when the context ends, and
// returns its cause.
func (p *pacer) wait(ctx context.Context, limit time.Duration) (excess time.Duration, err error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	for {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		pause := p.claim()
		if pause <= 0 {
			return 0, nil
		}
		if pause > limit {
			return pause, nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// claim takes the moment for a request, or returns how long until there is one.
func (p *pacer) claim() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if pause := p.next.Sub(now); pause > 0 {
		return pause
	}
	p.next = now.Add(p.spacing)
	return 0
}

// hold keeps everything back for a while, and a little longer: processes that
// were told the same must not come back at the same moment.
func (p *pacer) hold(wait time.Duration) {
	jitter := rand.N(min(wait/10, time.Second) + 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if next := time.Now().Add(wait + jitter); next.After(p.next) {
		p.next = next
	}
}
