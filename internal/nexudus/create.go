package nexudus

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// created is what a client knows about the records of one kind that it creates.
// It answers whether a record that has appeared is its own. The zero value is
// ready for use.
type created struct {
	lists flightGroup[map[int64]bool]

	mu      sync.Mutex
	before  map[int64]bool      // Ids that existed before the first create; nil if there is no list yet
	noRole  bool                // whether the user may not list
	claimed map[int64]bool      // Ids of records that creates have returned
	busy    map[string]chan any // closed when the create of an equal record ends
}

// lookPause is the time between two searches for a record that may be about to
// appear.
const lookPause = 3 * time.Second

// maxCandidates bounds how many similar records are read in full.
const maxCandidates = 10

// create creates a record and returns its Id. The filter f chooses records that
// are equal as far as lists show, and same compares all of the fields.
//
// If a response is lost, nobody knows whether the record exists, so create looks
// for it before it does anything else. It takes a record for its own only if that
// is certain: equal in all fields, not there before this client's first create,
// and not returned by another create. Equal creates wait for each other. If no
// such record appears, the POST is sent again; after a timeout never, since
// Nexudus may still carry it out. Dates are of no help: the service's clock is
// not ours, and some of its date-times are local times marked as UTC.
func (n noun[T]) create(ctx context.Context, c *Client, s *created, fields any, f filter[T], same func(*T) bool) (int64, error) {
	key, err := encode(fields)
	if err != nil {
		return 0, err
	}
	done, err := s.begin(ctx, string(key))
	if err != nil {
		return 0, err
	}
	defer done()
	before := n.listBefore(ctx, c, s)

	r := n.request(VerbCreate, http.MethodPost, "Create", 0)
	for tries := 0; ; tries++ {
		said, err := c.write(ctx, r, fields)
		if err == nil {
			if id := idIn(said.Value); id != 0 {
				s.claim(id)
				return id, nil
			}
			failure := c.failure(r, KindUnexpected, "a success without the Id of the new record")
			failure.Status, failure.outcome = http.StatusOK, maybePending
			err = failure
		}
		var lost *Error
		if !errors.As(err, &lost) || lost.outcome == notProcessed {
			return 0, err
		}
		found, certain := n.search(ctx, c, s, before, f, same)
		switch {
		case certain && len(found) == 1:
			s.claim(found[0])
			return found[0], nil
		case certain && len(found) == 0 && lost.outcome == maybeProcessed && (tries == c.maxRetries || !c.budget.take()):
			return 0, lost
		case certain && len(found) == 0 && lost.outcome == maybeProcessed:
			continue
		}
		return 0, lost.with(func(e *Error) { e.Unknown, e.Candidates = true, found })
	}
}

// idIn returns the Id in the Value of a successful write: documented as an object
// with the Id, and seen as the whole record, the number itself, or null.
func idIn(value json.RawMessage) int64 {
	var record struct {
		ID int64 `json:"Id"`
	}
	if json.Unmarshal(value, &record) == nil {
		return record.ID
	}
	var id int64
	_ = json.Unmarshal(value, &id)
	return id
}

// begin waits for the end of an equal create.
func (s *created) begin(ctx context.Context, key string) (done func(), err error) {
	for {
		s.mu.Lock()
		other := s.busy[key]
		if other == nil {
			break
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	defer s.mu.Unlock()
	if s.busy == nil {
		s.busy, s.claimed = make(map[string]chan any), make(map[int64]bool)
	}
	mine := make(chan any)
	s.busy[key] = mine
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, key)
		close(mine)
	}, nil
}

func (s *created) claim(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claimed[id] = true
}

// everything is the filter that all records pass.
type everything[T any] struct{}

func (everything[T]) query() url.Values { return make(url.Values) }
func (everything[T]) matches(*T) bool   { return true }

// listBefore returns the Ids of the records that exist before the first create,
// or nil if they cannot be listed; then nobody can tell whether a record is new.
func (n noun[T]) listBefore(ctx context.Context, c *Client, s *created) map[int64]bool {
	before, _ := s.lists.do(ctx, "", func(ctx context.Context) (map[int64]bool, error) {
		s.mu.Lock()
		before, noRole := s.before, s.noRole
		s.mu.Unlock()
		if before != nil || noRole {
			return before, nil
		}
		all, err := n.list(ctx, c, everything[T]{})
		if err == nil {
			before = make(map[int64]bool, len(all))
			for _, record := range all {
				before[n.id(record)] = true
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.before, s.noRole = before, is(err, KindUnauthorized) || is(err, KindRoleMissing) || is(err, KindForbidden)
		return before, err
	})
	return before
}

// search looks for the record of a lost create: at once, and again if it is not
// there. It reports whether the result is certain: that records are new, and
// that all were found.
func (n noun[T]) search(
	ctx context.Context, c *Client, s *created, before map[int64]bool, f filter[T], same func(*T) bool,
) (found []int64, certain bool) {
	for look := range 2 {
		if look > 0 && sleep(ctx, lookPause) != nil {
			return nil, false
		}
		similar, err := n.list(ctx, c, f)
		if err != nil {
			return nil, false
		}
		found = nil
		for _, record := range similar {
			id := n.id(record)
			if before[id] || s.isClaimed(id) {
				continue
			}
			if len(found) == maxCandidates {
				return found, false
			}
			// A list does not show all fields.
			full, err := n.get(ctx, c, id)
			switch {
			case IsNotFound(err):
			case err != nil:
				return append(found, id), false
			case same(full):
				found = append(found, id)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found, before != nil
}

func (s *created) isClaimed(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimed[id]
}
