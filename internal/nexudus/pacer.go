package nexudus

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// maxRefusals is how often one attempt is throttled before it may give up: a
// service that throttles for ever is down. Beside other programs, ten refusals
// of a second each are only bad luck, so it goes on for MaxThrottleWait at least.
const maxRefusals = 10

// paced sends one request when its turn has come. An answer that asks to wait
// holds back every request of the client; a throttled request then goes to the
// end of the queue and is sent again.
func (c *Client) paced(ctx context.Context, call *call, authorization Secret) (answer, error) {
	growing := backoff.NewExponentialBackOff()
	growing.InitialInterval = time.Second
	growing.Multiplier = 2
	growing.MaxInterval = 16 * time.Second

	started := time.Now()
	for refusals := 1; ; refusals++ {
		sent, excess, err := c.pacer.wait(ctx, c.maxThrottleWait)
		if err != nil {
			return answer{}, err
		}
		if excess > 0 {
			failure := call.failure(KindThrottled)
			failure.Wait = excess
			return answer{}, failure
		}

		got, err := c.send(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { sent() },
		}), call, authorization)
		sent()
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
		c.pacer.hold(wait + jitter(wait))

		if wait > c.maxThrottleWait {
			failure.transient = false
			return answer{}, failure
		}
		if failure.Kind != KindThrottled || refusals >= maxRefusals && time.Since(started) >= c.maxThrottleWait {
			return answer{}, failure
		}
	}
}

// spacingSlack stretches the time between requests. Nexudus counts when they
// arrive, and two that leave 100 ms apart may arrive 95 ms apart.
const spacingSlack = 1.1

// maxSending is how long a request that cannot be written, since its connection
// takes long, keeps the next ones from their turn.
const maxSending = time.Second

// pacer lets requests go one by one, in the order in which they came, spaced
// and not before the time that Nexudus named last.
//
// The space is counted from when a request has been written. That is why it is
// no rate.Limiter, which counts from when one should have gone: a request that
// leaves late, or has a connection to open, would shorten the gap to the next,
// and that one would be refused.
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

// wait returns when a request may go, and a function to be called when it has
// been sent; more calls than one do nothing. It gives up at once when that is
// further away than the limit, and returns how far; or when the context ends,
// and returns its cause.
func (p *pacer) wait(ctx context.Context, limit time.Duration) (sent func(), excess time.Duration, err error) {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, 0, context.Cause(ctx)
	}
	for {
		pause := p.pause()
		switch {
		case ctx.Err() != nil:
			<-p.turn
			return nil, 0, context.Cause(ctx)
		case pause > limit:
			<-p.turn
			return nil, pause, nil
		case pause <= 0:
			return p.sending(), 0, nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// sending keeps the turn until the function that it returns is called.
func (p *pacer) sending() (sent func()) {
	done := sync.OnceFunc(func() {
		p.hold(p.spacing)
		<-p.turn
	})
	if p.spacing == 0 {
		done()
		return done
	}
	patience := time.AfterFunc(maxSending, done)
	return func() {
		patience.Stop()
		done()
	}
}

// pause returns how long nothing may go.
func (p *pacer) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.next)
}

// hold keeps everything back for a while.
func (p *pacer) hold(wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next := time.Now().Add(wait); next.After(p.next) {
		p.next = next
	}
}

// jitter is what a wait that Nexudus asks for is longer: processes that were
// told the same must not come back at the same moment.
func jitter(wait time.Duration) time.Duration {
	return rand.N(min(wait/10, time.Second) + 1)
}
