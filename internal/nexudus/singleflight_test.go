package nexudus

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// If no caller is left, the shared call ends, and the next one is new.
func TestFlightGroup_lastCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s flightGroup[int]
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go s.do(ctx, "key", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			close(ended)
			return 0, ctx.Err()
		})
		synctest.Wait()
		cancel()
		<-ended
		if n, err := s.do(t.Context(), "key", func(context.Context) (int, error) { return 7, nil }); n != 7 || err != nil {
			t.Errorf("do = %d, %v, want 7", n, err)
		}
	})
}

// A caller whose context has ended starts nothing.
func TestFlightGroup_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		cancel(gone)
		called := false
		var s flightGroup[int]
		_, err := s.do(ctx, "key", func(context.Context) (int, error) { called = true; return 7, nil })
		synctest.Wait()
		if called || !errors.Is(err, gone) {
			t.Errorf("called = %v, %v, want the context's cause", called, err)
		}
	})
}
