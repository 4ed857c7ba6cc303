package nexudus

import (
	"context"
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
