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

// maxRefusals is how often a request is refused before it may be given up: a
// service that throttles for ever is down. Beside other programs, ten refusals
// of a second each are only bad luck, so it goes on for MaxThrottleWait at least.
const maxRefusals = 10

// refusals are answers that asked to wait, one after the other.
type refusals struct {
	count int
	since time.Time
}

func (r *refusals) add() {
	if r.count == 0 {
		r.since = time.Now()
	}
	r.count++
}

func (r *refusals) tooMany(limit time.Duration) bool {
	return r.count >= maxRefusals && time.Since(r.since) >= limit
}

// paced sends one request when its turn has come. An answer that asks to wait
// holds back every request of the client; a throttled request then goes to the
// end of the queue and is sent again.
//
// Refusals are counted twice. Those of this request end it where only its
// address is refused; those of all, with no other answer between them, end the
// requests that wait too, so that an outage costs one such time and not one for
// each read.
func (c *Client) paced(ctx context.Context, call *call, authorization Secret) (answer, error) {
	// Before the turn, so that a wait for a connection is none of the request's
	// time and shortens no gap.
	if c.connections.Acquire(ctx, 1) != nil {
		return answer{}, context.Cause(ctx)
	}
	defer c.connections.Release(1)

	growing := backoff.NewExponentialBackOff()
	growing.InitialInterval = time.Second
	growing.Multiplier = 2
	growing.MaxInterval = 16 * time.Second

	var own refusals
	for {
		sent, refused, err := c.pacer.wait(ctx, c.maxThrottleWait)
		if err != nil {
			return answer{}, err
		}
		if refused != nil {
			failure := call.failure(refused.kind)
			failure.Status, failure.Wait = refused.status, refused.wait
			return answer{}, failure
		}

		got, err := c.send(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { sent() },
		}), call, authorization)
		sent()
		var failure *Error
		errors.As(err, &failure)
		switch {
		case err == nil:
			c.pacer.answered()
			return got, nil
		case failure == nil: // the caller's end
			return answer{}, err
		case failure.Kind != KindThrottled && failure.Wait == 0:
			if failure.Status != 0 && failure.Kind != KindUnavailable {
				c.pacer.answered()
			}
			return answer{}, failure
		}

		wait, reason := failure.Wait, "Nexudus asks to wait"
		if wait == 0 {
			// The limit is for what Nexudus asks.
			wait, reason = min(growing.NextBackOff(), c.maxThrottleWait), "Throttled without a time to wait"
		}
		c.log.LogAttrs(ctx, slog.LevelInfo, reason,
			slog.String("call", call.name), slog.Int("status", failure.Status),
			slog.Duration("asked", failure.Wait), slog.Duration("wait", wait))
		own.add()
		tooMany := c.pacer.refused(refusal{failure.Kind, failure.Status, wait}, c.maxThrottleWait) || own.tooMany(c.maxThrottleWait)

		tooLong := wait > c.maxThrottleWait
		if !tooLong {
			failure.Wait = 0
		}
		if tooLong || tooMany {
			failure.transient = false
			return answer{}, failure
		}
		if failure.Kind != KindThrottled {
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

	mu    sync.Mutex
	next  time.Time // nothing goes before
	until time.Time // the end of the wait that Nexudus asked for, without jitter
	last  refusal
	all   refusals // since the last answer that was none
}

// refusal is an answer that asks to wait.
type refusal struct {
	kind   Kind
	status int
	wait   time.Duration
}

func newPacer(requestsPerSecond float64) *pacer {
	p := &pacer{turn: make(chan struct{}, 1)}
	if requestsPerSecond > 0 {
		p.spacing = time.Duration(spacingSlack / requestsPerSecond * float64(time.Second))
	}
	return p
}

// wait returns when a request may go, and a function to be called when it has
// been sent; more calls than one do nothing. It gives up at once while Nexudus
// asks for a wait that is longer than the limit, or has refused too often, and
// returns what is refused; its wait is zero unless it is too long. When the
// context ends, it returns the cause.
func (p *pacer) wait(ctx context.Context, limit time.Duration) (sent func(), refused *refusal, err error) {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	for {
		pause, refused := p.pause(limit)
		switch {
		case ctx.Err() != nil:
			<-p.turn
			return nil, nil, context.Cause(ctx)
		case refused != nil:
			<-p.turn
			return nil, refused, nil
		case pause <= 0:
			return p.sending(), nil, nil
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

// pause returns how long nothing may go, or that it is too long.
func (p *pacer) pause(limit time.Duration) (time.Duration, *refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := time.Until(p.until)
	switch {
	case asked > limit:
		return 0, &refusal{p.last.kind, p.last.status, asked}
	case asked > 0 && p.all.tooMany(limit):
		return 0, &refusal{p.last.kind, p.last.status, 0}
	}
	return time.Until(p.next), nil
}

// refused holds everything back as an answer asks, and reports whether there
// have been too many such answers.
func (p *pacer) refused(r refusal, limit time.Duration) bool {
	p.hold(r.wait + jitter(r.wait))
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(r.wait); until.After(p.until) {
		p.until, p.last = until, r
	}
	p.all.add()
	return p.all.tooMany(limit)
}

// answered is told of an answer that does not ask to wait.
func (p *pacer) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = refusals{}
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
