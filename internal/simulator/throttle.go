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

// limits are the documented ones: throttling, D.
// See https://developers.nexudus.com/reference/api-limitations.
var limits = []limit{
	{100 * time.Millisecond, 1, false},
	{time.Minute, 120, false},
	{time.Hour, 5_000, false},
	{24 * time.Hour, 200_000, false},
	{time.Minute, 60, true},
	{24 * time.Hour, 5_000, true},
}

// stamp is one accepted request.
type stamp struct {
	at    time.Time
	write bool
}

// throttle counts a request, or returns how long its client must wait. A
// refused request does not count: throttling, A.
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

	stamps := s.accepted[client]
	var wait time.Duration
	for _, l := range limits {
		if l.writes && !write {
			continue
		}
		// A limit of one is scaled by its window, since its count cannot be.
		window, count := l.window, max(1, int(float64(l.count)*factor))
		if l.count == 1 {
			window, count = time.Duration(float64(l.window)/factor), 1
		}
		seen := 0
		for i := len(stamps) - 1; i >= 0 && now.Sub(stamps[i].at) < window; i-- {
			if l.writes && !stamps[i].write {
				continue
			}
			if seen++; seen == count {
				wait = max(wait, window-now.Sub(stamps[i].at))
				break
			}
		}
	}
	if wait > 0 {
		return wait
	}
	for len(stamps) > 0 && now.Sub(stamps[0].at) >= 24*time.Hour {
		stamps = stamps[1:]
	}
	if s.accepted == nil {
		s.accepted = make(map[string][]stamp)
	}
	s.accepted[client] = append(stamps, stamp{now, write})
	return 0
}
