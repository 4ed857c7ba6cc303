package nexudus

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"
)

// flightGroup is a [singleflight.Group] whose calls have their own context:
// a call runs as long as any caller waits for it, so that it does not end when
// the first caller's context ends. The zero value is ready to use.
type flightGroup[T any] struct {
	group   singleflight.Group
	mu      sync.Mutex
	flights map[string]*flight
}

type flight struct {
	ctx     context.Context
	cancel  context.CancelFunc
	waiters int
}

// do returns the result of fn. Callers with the same key share one call of fn
// while it runs. A caller whose context ends returns immediately with the cause.
func (g *flightGroup[T]) do(ctx context.Context, key string, fn func(context.Context) (T, error)) (T, error) {
	var none T
	if ctx.Err() != nil { // fn has a context of its own, and would start
		return none, context.Cause(ctx)
	}
	g.mu.Lock()
	f := g.flights[key]
	if f == nil {
		f = &flight{}
		f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if g.flights == nil {
			g.flights = make(map[string]*flight)
		}
		g.flights[key] = f
	}
	f.waiters++
	done := g.group.DoChan(key, func() (any, error) { return fn(f.ctx) })
	g.mu.Unlock()

	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		f.waiters--
		if f.waiters == 0 {
			f.cancel()
			delete(g.flights, key)
			// The cancelled call may still be returning: the next caller must
			// not join it.
			g.group.Forget(key)
		}
	}()

	select {
	case result := <-done:
		value, _ := result.Val.(T)
		return value, result.Err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}
