package simulator

import (
	"net/http"
	"time"
)

// limit is how many requests a client may make in any window of a length.
type limit struct {
	window time.Duration
	count  int
	writes bool // whether it is about writes alone
}

// limits are the documented ones.
// See https://developers.nexudus.com/reference/api-limitations.
var limits = []limit{
	{100 * time.Millisecond, 1, false},
	{time.Minute, 120, false},
	{time.Hour, 5_000, false},
	{24 * time.Hour, 200_000, false},
	{time.Minute, 60, true},
	{24 * time.Hour, 5_000, true},
}

// history holds when a client's accepted requests came, in order.
type history struct{ all, writes []time.Time }

// throttle counts a request, or returns how long its client must wait. It is
// assumed that a refused request does not count.
func (s *Server) throttle(r *http.Request, body []byte) time.Duration {
	if s.LimitFactor < 0 {
		return 0
	}
	factor := s.LimitFactor
	if factor == 0 {
		factor = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	client, now := s.clientOf(r, body), time.Now()
	write := r.Method != http.MethodGet && r.URL.Path != "/api/token"
	accepted := s.accepted[client]
	if accepted == nil {
		accepted = new(history)
	}

	var wait time.Duration
	for _, l := range limits {
		if l.writes && !write {
			continue
		}
		times := accepted.all
		if l.writes {
			times = accepted.writes
		}
		// A limit of one is scaled by its window, since its count cannot be.
		window, count := l.window, max(1, int(float64(l.count)*factor))
		if l.count == 1 {
			window, count = time.Duration(float64(l.window)/factor), 1
		}
		// The request is refused if count others were accepted within the window.
		if i := len(times) - count; i >= 0 {
			wait = max(wait, window-now.Sub(times[i]))
		}
	}
	if wait > 0 {
		return wait
	}
	accepted.all = append(withinDay(accepted.all, now), now)
	if write {
		accepted.writes = append(withinDay(accepted.writes, now), now)
	}
	if s.accepted == nil {
		s.accepted = make(map[string]*history)
	}
	s.accepted[client] = accepted
	return 0
}

// withinDay drops times that no limit looks back to.
func withinDay(times []time.Time, now time.Time) []time.Time {
	for len(times) > 0 && now.Sub(times[0]) >= 24*time.Hour {
		times = times[1:]
	}
	return times
}
