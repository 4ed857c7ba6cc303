package nexudus

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// created is what a client knows about the records of one kind that it creates.
// It answers whether a record that has appeared is its own. The zero value is
// ready for use.
type created struct {
	turns sync.Map // of equal creates: encoded fields to a semaphore

	known  sync.Map    // Ids of records that existed before the first create or that a create has returned
	listed atomic.Bool // whether all that existed before are known
	noRole atomic.Bool // whether the user may not list
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
	turn, _ := s.turns.LoadOrStore(string(key), semaphore.NewWeighted(1))
	equal := turn.(*semaphore.Weighted)
	if equal.Acquire(ctx, 1) != nil {
		return 0, context.Cause(ctx)
	}
	defer equal.Release(1)
	listed := n.listBefore(ctx, c, s)

	r := n.request(VerbCreate, http.MethodPost, "Create", 0)
	for tries := 0; ; tries++ {
		said, err := c.write(ctx, r, fields)
		if err == nil {
			if id := idIn(said.Value); id != 0 {
				s.known.Store(id, true)
				return id, nil
			}
			failure := c.failure(r, KindUnexpected, "a success without the Id of the new record")
			failure.Status, failure.outcome = http.StatusOK, maybePending
			err = failure
		}
		lost, ok := errors.AsType[*Error](err)
		if !ok || lost.outcome == notProcessed {
			return 0, err
		}
		found, complete := n.search(ctx, c, s, f, same)
		switch certain := listed && complete; {
		case certain && len(found) == 1:
			s.known.Store(found[0], true)
			return found[0], nil
		case !certain || len(found) > 0 || lost.outcome == maybePending:
			return 0, lost.with(func(e *Error) { e.Unknown, e.Candidates = true, found })
		case tries == c.maxRetries || !c.budget.take():
			return 0, lost
		}
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

// everything is the filter that all records pass.
type everything[T any] struct{}

func (everything[T]) query() url.Values { return make(url.Values) }
func (everything[T]) matches(*T) bool   { return true }

// listBefore lists the records that exist before the first create, once. It
// reports whether they are known; if not, nobody can tell whether a record is new.
func (n noun[T]) listBefore(ctx context.Context, c *Client, s *created) bool {
	if s.listed.Load() || s.noRole.Load() {
		return s.listed.Load()
	}
	all, err := n.list(ctx, c, everything[T]{})
	switch {
	case is(err, KindUnauthorized, KindRoleMissing, KindForbidden):
		s.noRole.Store(true)
	case err == nil && !s.listed.Load(): // a list that ends later may hold what another create made
		for _, record := range all {
			s.known.Store(n.id(record), true)
		}
		s.listed.Store(true)
	}
	return s.listed.Load()
}

// search looks for the record of a lost create: at once, and again if it is not
// there. It reports whether it found all that there are.
func (n noun[T]) search(ctx context.Context, c *Client, s *created, f filter[T], same func(*T) bool) (found []int64, complete bool) {
	for look := 0; look < 2 && len(found) == 0; look++ {
		if look > 0 && sleep(ctx, lookPause) != nil {
			return nil, false
		}
		similar, err := n.list(ctx, c, f)
		if err != nil {
			return nil, false
		}
		for _, record := range similar {
			id := n.id(record)
			if _, known := s.known.Load(id); known {
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
	}
	return found, true
}
