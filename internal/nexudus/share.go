package nexudus

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"
)

// share lets equal calls in flight be one. The zero value is ready for use.
//
// The shared call has a context of its own: it lives as long as anyone waits
// for it, so that the first caller's end is not everyone's, and it ends with
// the last one.
type share[T any] struct {
	group   singleflight.Group
	mu      sync.Mutex
	flights map[string]*flight
}

type flight struct {
	ctx     context.Context
	cancel  context.CancelFunc
	waiters int
}

// do returns what fn returns. Callers that come with the same key while one
// waits get the same result. A caller whose context ends leaves at once, with
// the context's cause.
func (s *share[T]) do(ctx context.Context, key string, fn func(context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	f := s.flights[key]
	if f == nil {
		f = &flight{}
		f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if s.flights == nil {
			s.flights = make(map[string]*flight)
		}
		s.flights[key] = f
	}
	f.waiters++
	done := s.group.DoChan(key, func() (any, error) { return fn(f.ctx) })
	s.mu.Unlock()

	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f.waiters--
		if f.waiters == 0 {
			f.cancel()
			delete(s.flights, key)
			// The call may still be on its way out: the next caller must not
			// join what has been cancelled.
			s.group.Forget(key)
		}
	}()

	select {
	case result := <-done:
		value, _ := result.Val.(T)
		return value, result.Err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
