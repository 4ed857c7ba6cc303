package nexudus

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// spacingSlack stretches the gap between requests. Nexudus measures arrivals, and
// two requests that leave 100 ms apart may arrive 95 ms apart.
const spacingSlack = 1.1

// maxSending is how long a request holds up the next one while its connection is
// being opened.
const maxSending = time.Second

// limiter allows requests one at a time, in order of arrival, with a minimum gap,
// and none while Nexudus asks to wait.
//
// The gap to the next request begins when a request has been written. That is
// why this is not a rate.Limiter, whose gap begins at the time for which a request was
// scheduled: one that is sent late, or has to open a connection, would shorten the
// gap, and the next one would be throttled.
type limiter struct {
	turn    *semaphore.Weighted // of the request that goes next; it serves its waiters in order
	spacing time.Duration

	mu    sync.Mutex
	next  time.Time // no request goes before
	until time.Time // the end of the current wait, without jitter
	last  refusal
	all   refusals      // since the last other response
	total time.Duration // of all waits so far
}

// refusal is a response that asks to wait.
type refusal struct {
	kind   Kind
	status int
	wait   time.Duration
}

func newLimiter(requestsPerSecond float64) *limiter {
	l := &limiter{turn: semaphore.NewWeighted(1)}
	if requestsPerSecond > 0 {
		l.spacing = time.Duration(spacingSlack / requestsPerSecond * float64(time.Second))
	}
	return l
}

// wait returns when a request may be sent, with a function to call when it has been
// sent; calling that again does nothing. While Nexudus asks for a longer wait than the
// limit, it returns a refusal at once; likewise if Nexudus has refused too often, but
// then the refusal's wait is zero. When the context ends, it returns the cause.
func (l *limiter) wait(ctx context.Context, limit time.Duration) (sent func(), refused *refusal, err error) {
	if l.turn.Acquire(ctx, 1) != nil {
		return nil, nil, context.Cause(ctx)
	}
	for {
		pause, refused := l.pause(limit)
		switch {
		case ctx.Err() != nil:
			l.turn.Release(1)
			return nil, nil, context.Cause(ctx)
		case refused != nil:
			l.turn.Release(1)
			return nil, refused, nil
		case pause <= 0:
			return l.sending(), nil, nil
		}
		_ = sleep(ctx, pause) // the context is checked above
	}
}

// sending holds the turn until the returned function is called, for maxSending at most.
func (l *limiter) sending() (sent func()) {
	done := sync.OnceFunc(func() {
		l.hold(l.spacing)
		l.turn.Release(1)
	})
	if l.spacing == 0 {
		done()
		return done
	}
	patience := time.AfterFunc(maxSending, done)
	return func() {
		patience.Stop()
		done()
	}
}

// pause returns the time until the next request may be sent, or a refusal; see wait.
func (l *limiter) pause(limit time.Duration) (time.Duration, *refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := time.Until(l.until)
	switch {
	case left > limit:
		return 0, &refusal{l.last.kind, l.last.status, left}
	case left > 0 && l.all.tooMany(limit):
		return 0, &refusal{l.last.kind, l.last.status, 0}
	}
	return time.Until(l.next), nil
}

// refused delays all requests after a refusal, and reports whether there have
// been too many.
func (l *limiter) refused(r refusal, limit time.Duration) bool {
	l.hold(r.wait + jitter(r.wait))
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if until := now.Add(r.wait); until.After(l.until) {
		if l.until.After(now) {
			now = l.until
		}
		l.total += until.Sub(now)
		l.until, l.last = until, r
	}
	l.all.add()
	return l.all.tooMany(limit)
}

// throttled returns how long the limiter has delayed requests after refusals.
func (l *limiter) throttled() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total - max(0, time.Until(l.until))
}

// responded records a response that does not ask to wait.
func (l *limiter) responded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = refusals{}
}

// hold delays all requests by at least the given time.
func (l *limiter) hold(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if next := time.Now().Add(wait); next.After(l.next) {
		l.next = next
	}
}
