package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func newTestLimiter(limit time.Duration) *limiter {
	return newLimiter(DefaultMaxRequestsPerSecond, limit, slog.New(slog.DiscardHandler))
}

func throttledFailure(wait time.Duration) *failure {
	return &failure{kind: KindThrottled, status: 409, wait: wait, transient: true}
}

// Requests go in the order in which they came.
func TestLimiter_order(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTestLimiter(time.Minute)
		l.hold(time.Second)
		done := make(chan int, 5)
		for i := range 5 {
			go func() {
				if sent, _, err := l.wait(t.Context()); err == nil {
					sent()
				}
				done <- i
			}()
			synctest.Wait()
		}
		for want := range 5 {
			if got := <-done; got != want {
				t.Errorf("request %d went as number %d", got, want)
			}
		}
	})
}

// A request that is cancelled, or told to wait for too long, lets the next one go.
func TestLimiter_next(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTestLimiter(time.Minute)
		l.hold(10 * time.Second)
		l.hold(500 * time.Millisecond) // does not end the longer wait
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		time.AfterFunc(time.Second, func() { cancel(gone) })
		for range 2 { // during the wait, and before it
			if _, _, err := l.wait(ctx); !errors.Is(err, gone) {
				t.Errorf("error = %v, want the context's cause", err)
			}
		}
		tooLong := throttledFailure(2 * time.Minute)
		l.learn(t.Context(), get(1), tooLong)
		if tooLong.transient || tooLong.wait != 2*time.Minute || l.delayed() != 0 {
			t.Errorf("failure = %+v after %v, want one that is final, with its wait", tooLong, l.delayed())
		}
		if _, f, err := l.wait(t.Context()); f == nil || f.kind != KindThrottled || f.status != 409 || f.wait != 2*time.Minute || err != nil {
			t.Errorf("failure = %+v, %v, want the one that asked for two minutes", f, err)
		}
		time.Sleep(time.Minute)
		sent, f, err := l.wait(t.Context())
		if f != nil || err != nil {
			t.Fatalf("failure = %+v, %v, want none when a minute is left", f, err)
		}
		sent()
		for range 2 { // of which the second one overlaps the first
			l.learn(t.Context(), get(1), throttledFailure(time.Minute))
			time.Sleep(10 * time.Second)
		}
		time.Sleep(time.Hour)
		if got, want := l.delayed(), tooLong.wait+70*time.Second; got != want {
			t.Errorf("delayed = %v, want %v", got, want)
		}
	})
}

// A request that has to open a connection does not shorten the gap to the next, and one
// that hangs does not block the others for ever.
func TestLimiter_spacedFromSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, started := newTestLimiter(time.Minute), time.Now()
		sent, _, _ := l.wait(t.Context())
		time.AfterFunc(500*time.Millisecond, sent)
		l.wait(t.Context())
		if got := time.Since(started); got != 610*time.Millisecond {
			t.Errorf("the second went after %v, want 500 ms for the first and 110 ms", got)
		}
		sent, _, _ = l.wait(t.Context())
		if got := time.Since(started); got != 610*time.Millisecond+maxSending+110*time.Millisecond {
			t.Errorf("the third went after %v, want maxSending for the second and 110 ms", got)
		}
		sent()
		sent() // again does nothing
		time.Sleep(2 * maxSending)
	})
}

func TestLimiter_unlimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, started := newLimiter(0, time.Minute, slog.New(slog.DiscardHandler)), time.Now()
		for range 1000 {
			if _, f, err := l.wait(t.Context()); f != nil || err != nil {
				t.Fatal(f, err)
			}
		}
		if time.Since(started) != 0 {
			t.Errorf("1,000 requests took %v, want no time", time.Since(started))
		}
	})
}

// Without a time to wait, the waits grow up to the limit, and are not reported as what Nexudus asks for.
func TestLimiter_growingWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newTestLimiter(10*time.Second), get(1)
		for i, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
			f, started := throttledFailure(0), time.Now()
			l.learn(t.Context(), r, f)
			sent, _, err := l.wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			sent()
			want *= time.Second
			if got := time.Since(started); got < want || got > want+want/10 || !f.transient || f.wait != 0 {
				t.Errorf("wait %d took %v, transient %v, want %v and a little", i, got, f.transient, want)
			}
		}
	})
}

// Ten throttled responses in a row that span the limit end their request, and with no other response in
// between, all requests.
func TestLimiter_tooMany(t *testing.T) {
	other := func(status int, kind Kind) *failure { return &failure{kind: kind, status: status} }
	tests := []struct {
		name      string
		between   *failure // for another request; nil is a success
		none      bool     // nothing is between
		wait      time.Duration
		count     int
		transient bool // the last response
		all       bool // the next request fails
	}{
		{name: "nine", none: true, wait: 10 * time.Second, count: 9, transient: true},
		{name: "ten", none: true, wait: 10 * time.Second, count: 10, all: true},
		{name: "ten short ones", none: true, wait: time.Second, count: 10, transient: true},
		{name: "short ones that span the limit", none: true, wait: time.Second, count: 62, all: true},
		{name: "others succeed", wait: 10 * time.Second, count: 10},
		{name: "others get an answer", between: other(404, KindNotFound), wait: 10 * time.Second, count: 10},
		{name: "others get a gateway's error", between: other(502, KindUnavailable), wait: 10 * time.Second, count: 10, all: true},
		{name: "others get no connection", between: other(0, KindConnection), wait: 10 * time.Second, count: 10, all: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, r := newTestLimiter(time.Minute), get(1)
				var f *failure
				for i := range test.count {
					if i > 0 {
						time.Sleep(test.wait)
						if !test.none {
							l.learn(t.Context(), get(2), test.between)
						}
					}
					f = throttledFailure(test.wait)
					l.learn(t.Context(), r, f)
				}
				if f.transient != test.transient || f.wait != 0 {
					t.Errorf("transient = %v with the wait %v, want %v and none", f.transient, f.wait, test.transient)
				}
				_, f, _ = l.wait(t.Context())
				if (f != nil) != test.all || f != nil && (f.kind != KindThrottled || f.status != 409 || f.wait != 0) {
					t.Errorf("the next request: %+v, want a failure: %v", f, test.all)
				}
				time.Sleep(2 * maxSending)
				if _, f, _ = l.wait(t.Context()); test.all && test.wait > time.Second && f == nil {
					t.Error("the next request went during the wait")
				}
				time.Sleep(test.wait)
				if _, f, _ = l.wait(t.Context()); f != nil {
					t.Errorf("after the wait: %+v, want a request", f)
				}
				time.Sleep(2 * maxSending)
			})
		})
	}
}

// A 503 that asks to wait holds back all requests, and one that does not is for its own request.
func TestLimiter_unavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, started := newTestLimiter(time.Minute), time.Now()
		l.learn(t.Context(), get(1), &failure{kind: KindUnavailable, status: 503, transient: true})
		l.wait(t.Context())
		if time.Since(started) != 0 {
			t.Errorf("a request waited %v, want no wait", time.Since(started))
		}
		f := &failure{kind: KindUnavailable, status: 503, transient: true, wait: 20 * time.Second}
		l.learn(t.Context(), get(1), f)
		l.wait(t.Context())
		if time.Since(started) < 20*time.Second || !f.transient {
			t.Errorf("a request waited %v, want 20 s", time.Since(started))
		}
		l.learn(t.Context(), get(1), &failure{kind: KindUnavailable, status: 503, wait: time.Hour})
		if _, f, _ := l.wait(t.Context()); f == nil || f.kind != KindUnavailable || f.status != 503 || f.wait.Round(time.Minute) != time.Hour {
			t.Errorf("failure = %+v, want the 503 that asked for an hour", f)
		}
		time.Sleep(2 * maxSending)
	})
}

// Another response to a request ends its own row of throttled ones.
func TestLimiter_countedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newTestLimiter(time.Minute), get(1)
		for i := range 18 {
			f := throttledFailure(10 * time.Second)
			if l.learn(t.Context(), r, f); !f.transient {
				t.Fatalf("response %d is final", i)
			}
			time.Sleep(10 * time.Second)
			l.learn(t.Context(), get(2), nil)
			if i == 8 {
				l.learn(t.Context(), r, &failure{kind: KindUnavailable, status: 502})
			}
		}
	})
}

// Programs that were told to wait for the same time do not return at the same moment, or they are
// throttled together again and again.
func TestLimiter_jitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := make(map[time.Duration]bool)
		for range 100 {
			l := newTestLimiter(time.Minute)
			l.learn(t.Context(), get(1), throttledFailure(30*time.Second))
			more := time.Until(l.next) - 30*time.Second
			if more < 0 || more > time.Second {
				t.Fatalf("%v more than asked for, want a second at most", more)
			}
			seen[more.Truncate(10*time.Millisecond)] = true
		}
		if len(seen) < 30 {
			t.Errorf("100 waits end at %d moments, want them apart", len(seen))
		}
		if more := jitter(time.Second); more > time.Second/10 {
			t.Errorf("jitter = %v, want a tenth of the wait at most", more)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) // by the server's clock
	tests := []struct {
		name, body string
		status     int
		values     []string
		want       time.Duration
	}{
		{name: "seconds", values: []string{" 7 "}, want: 7 * time.Second},
		{name: "fraction", values: []string{"1.5"}, want: 2 * time.Second},
		{name: "date", values: []string{"Fri, 02 Jan 2026 03:05:05 GMT"}, want: time.Minute},
		{name: "past date", values: []string{"Fri, 02 Jan 2026 03:03:05 GMT"}},
		{name: "zero", values: []string{"0"}},
		{name: "negative", values: []string{"-5"}},
		{name: "text", values: []string{"soon"}},
		{name: "25 digits", values: []string{strings.Repeat("9", 25)}},
		{name: "above a Duration", values: []string{"9223372037"}},
		{name: "no number", values: []string{"NaN", "Inf"}},
		{name: "twice", values: []string{"7", "3"}, want: 7 * time.Second},
		{name: "twice, one text", values: []string{"3", "soon"}, want: 3 * time.Second},
		{name: "missing"},
		{name: "in the text", status: 429, body: `{"Message":"Wait 4.2 seconds."}`, want: 5 * time.Second},
		{name: "in the text, singular", status: 429, body: "please wait 1 second", want: time.Second},
		{name: "in the text, nonsense", status: 429, body: "Wait 1.2.3 seconds"},
		{name: "in the text of a 409", status: 409, body: "Wait 4.2 seconds"},
		{name: "both", status: 429, values: []string{"7"}, body: "Wait 60 seconds", want: 7 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header := http.Header{"Retry-After": test.values, "Date": {now.Format(http.TimeFormat)}}
			got := retryAfter(Response{Status: test.status, Header: header, Body: []byte(test.body)})
			if got != test.want {
				t.Errorf("retryAfter = %v, want %v", got, test.want)
			}
		})
	}
	for _, date := range []string{"", "yesterday"} { // the local clock is better than none
		header := http.Header{"Retry-After": {time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}, "Date": {date}}
		if got := retryAfter(Response{Header: header}); got.Round(time.Minute) != time.Hour {
			t.Errorf("retryAfter with the Date %q = %v, want an hour", date, got)
		}
	}
}
