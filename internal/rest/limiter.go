package rest

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
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
	first   *semaphore.Weighted // the request that goes next; it serves its waiters in order
	spacing time.Duration
	limit   time.Duration // of a wait
	log     *slog.Logger

	mu    sync.Mutex
	next  time.Time // no request goes before
	until time.Time // the end of the current wait, without jitter
	last  failure   // that asked for it
	all   throttled // since the last other response
	total time.Duration
}

func newLimiter(requestsPerSecond float64, limit time.Duration, log *slog.Logger) *limiter {
	l := &limiter{first: semaphore.NewWeighted(1), limit: limit, log: log}
	if requestsPerSecond > 0 {
		l.spacing = time.Duration(spacingSlack / requestsPerSecond * float64(time.Second))
	}
	return l
}

// wait returns when a request may be sent, with a function to call when it has been
// sent; calling that again does nothing. While Nexudus asks for a longer wait than the
// limit, it returns the failure that asked for it at once; likewise if Nexudus has throttled too
// often, but then the failure's wait is zero. When the context ends, it returns the cause.
func (l *limiter) wait(ctx context.Context) (sent func(), f *failure, err error) {
	if l.first.Acquire(ctx, 1) != nil {
		return nil, nil, context.Cause(ctx)
	}
	for {
		pause, f := l.pause()
		switch {
		case ctx.Err() != nil:
			l.first.Release(1)
			return nil, nil, context.Cause(ctx)
		case f != nil:
			l.first.Release(1)
			return nil, f, nil
		case pause <= 0:
			return l.sending(), nil, nil
		}
		_ = Sleep(ctx, pause) // the context is checked above
	}
}

// sending lets no other request go until the returned function is called, for maxSending at most.
func (l *limiter) sending() (sent func()) {
	done := sync.OnceFunc(func() {
		l.hold(l.spacing)
		l.first.Release(1)
	})
	if l.spacing == 0 {
		done()
		return done
	}
	timer := time.AfterFunc(maxSending, done)
	return func() {
		timer.Stop()
		done()
	}
}

// pause returns the time until the next request may be sent, or a failure; see wait.
func (l *limiter) pause() (time.Duration, *failure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := time.Until(l.until)
	switch {
	case left > l.limit:
		return 0, &failure{kind: l.last.kind, status: l.last.status, wait: left}
	case left > 0 && l.all.tooMany(l.limit):
		return 0, &failure{kind: l.last.kind, status: l.last.status}
	}
	return time.Until(l.next), nil
}

// learn takes note of the response to an attempt; f is nil after a success. A response that asks to
// wait holds back all requests. If it asks for too long, or there were too many of them, the failure
// is no longer transient.
//
// r.throttled counts those of this request, and ends it if only its address is throttled. l.all counts those of
// all requests since any other response, and ends the waiting requests too: the client waits for an
// outage once and not once per request.
func (l *limiter) learn(ctx context.Context, r *Request, f *failure) {
	if f == nil || f.kind != KindThrottled && f.wait == 0 {
		r.throttled = throttled{}
		if f == nil || f.status != 0 && f.kind != KindUnavailable {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.all = throttled{}
		}
		return
	}
	wait, message := f.wait, "Nexudus asks to wait"
	if wait == 0 {
		wait, message = min(r.throttled.pause(), l.limit), "Throttled without a time to wait"
	}
	l.log.InfoContext(ctx, message, "request", r.Error(f.kind, "").Request(), "status", f.status, "asked", f.wait, "wait", wait)
	r.throttled.add()
	tooMany := l.delay(*f, wait) || r.throttled.tooMany(l.limit)
	f.transient = wait <= l.limit && !tooMany
	if wait <= l.limit {
		f.wait = 0 // an error names only a wait that is too long
	}
}

// delay delays all requests, and reports whether there have been too many delays.
func (l *limiter) delay(f failure, wait time.Duration) bool {
	l.hold(wait + jitter(wait))
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if until := now.Add(wait); until.After(l.until) {
		if l.until.After(now) {
			now = l.until
		}
		l.total += until.Sub(now)
		l.until, l.last = until, f
	}
	l.all.add()
	return l.all.tooMany(l.limit)
}

// delayed returns how long the limiter has delayed requests so far.
func (l *limiter) delayed() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total - max(0, time.Until(l.until))
}

// retryAfter returns how long a response asks to wait, or zero if it does not
// say. If there are several Retry-After headers, the longest wait counts; each holds seconds or
// a date. Public client code has also seen a 429 that gives the time only in its text.
func retryAfter(resp Response) time.Duration {
	now, err := http.ParseTime(resp.Header.Get("Date")) // the local clock may be wrong
	if err != nil {
		now = time.Now()
	}
	var longest time.Duration
	for _, value := range resp.Header.Values("Retry-After") {
		if date, err := http.ParseTime(value); err == nil {
			longest = max(longest, date.Sub(now))
		} else {
			longest = max(longest, seconds(strings.TrimSpace(value)))
		}
	}
	if found := waitText.FindSubmatch(resp.Body); longest == 0 && resp.Status == http.StatusTooManyRequests && found != nil {
		longest = seconds(string(found[1]))
	}
	return longest
}

var waitText = regexp.MustCompile(`(?i)\bwait ([0-9.]+) seconds?\b`)

// seconds parses a number of seconds and rounds it up. It returns zero for anything else, and for
// more than a Duration can represent.
func seconds(text string) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n < math.MaxInt64/float64(time.Second)) {
		return 0
	}
	return time.Duration(math.Ceil(n)) * time.Second
}

// delayedAfter reports whether a wait that Nexudus asked for has lasted beyond a time. It does not count the waits of
// requests for each other: if they were long, a request that is prepared anew after each would never be sent.
func (l *limiter) delayedAfter(t time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until.After(t)
}

// hold delays all requests by at least the given time.
func (l *limiter) hold(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if next := time.Now().Add(wait); next.After(l.next) {
		l.next = next
	}
}

// jitter returns a random addition to a wait that Nexudus asks for, so that processes that were
// asked to wait for the same time do not continue at the same moment.
func jitter(wait time.Duration) time.Duration {
	return rand.N(min(wait/10, time.Second) + 1)
}

// Sleep waits, or returns the cause of the context's end.
func Sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
