package nexudus

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// created is what a client knows about the records of one kind that it creates,
// in order to tell its own records from those of others. The zero value is ready to use.
type created[T any] struct {
	sent sync.Map // encoded fields to *sent[T]

	known  sync.Map    // Ids of records that existed before the first create or that a create has returned
	listed atomic.Bool // whether all that existed before are known
	noRole atomic.Bool // whether the user may not list
}

// sent is what has been sent to create records with the same fields.
type sent[T any] struct {
	turn *semaphore.Weighted // of the creates: equal ones wait for each other
	like filter[T]           // chooses records that are equal as far as lists show
}

// lookPause is the time between two searches for a record that may still
// appear.
const lookPause = 3 * time.Second

// maxCandidates bounds how many similar records are read in full.
const maxCandidates = 10

// create creates a record and returns its Id. The filter near chooses the records to
// search, like chooses those that are equal in all fields that lists contain, and same
// compares all of the fields.
//
// If a response is lost, it is unknown whether the record exists, so create looks
// for it first. It treats a record as its own only if the record
// is equal in all fields, was not there before this client's first create, and was
// not returned by another create. Equal creates wait for each other; those of
// other processes cannot be distinguished. If no new record appears, the POST is sent
// again, except after a timeout, because Nexudus may still carry it out. A new record
// that is not equal may still be the created one, if the service has changed a
// value. Dates do not help: the service's clock may differ from ours, and some of its
// date-times are local times marked as UTC.
func (n noun[T]) create(
	ctx context.Context, c *Client, s *created[T], fields any, near, like filter[T], same func(*T) bool,
) (int64, error) {
	key, err := encode(fields)
	if err != nil {
		return 0, err
	}
	stored, _ := s.sent.LoadOrStore(string(key), &sent[T]{semaphore.NewWeighted(1), like})
	mine, _ := stored.(*sent[T])
	if mine.turn.Acquire(ctx, 1) != nil {
		return 0, context.Cause(ctx)
	}
	defer mine.turn.Release(1)
	listed := n.listBefore(ctx, c, s)

	r := n.request(VerbCreate, http.MethodPost, "Create", 0)
	for ; ; r.retries++ {
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
		own, others, complete := n.search(ctx, c, s, mine, near, same)
		switch certain := listed && complete; {
		case certain && len(own) == 1:
			s.known.Store(own[0], true)
			return own[0], nil
		case !certain || len(own)+len(others) > 0 || lost.outcome == maybePending:
			return 0, lost.with(func(e *Error) { e.Unknown, e.Candidates = true, slices.Concat(own, others) })
		case r.retries >= c.config.MaxRetries || !c.budget.take():
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
	if json.Unmarshal(value, &record) != nil {
		_ = json.Unmarshal(value, &record.ID)
	}
	return record.ID
}

// everything is the filter that all records pass.
type everything[T any] struct{}

func (everything[T]) query() url.Values { return make(url.Values) }
func (everything[T]) matches(*T) bool   { return true }

// listBefore lists the records that exist before the first create, once. It
// reports whether they are known; if not, it cannot be determined whether a record is new.
func (n noun[T]) listBefore(ctx context.Context, c *Client, s *created[T]) bool {
	if s.listed.Load() || s.noRole.Load() {
		return s.listed.Load()
	}
	all, err := n.certain(ctx, c, everything[T]{})
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

// search looks for the record of a create whose response was lost: immediately, and
// again if it is not found. It returns the new records that are equal to what was
// sent, and the new records that are not, and reports whether the search was
// complete. A record that another create of this client may be about to return is
// skipped until that create has ended.
func (n noun[T]) search(
	ctx context.Context, c *Client, s *created[T], mine *sent[T], near filter[T], same func(*T) bool,
) (own, others []int64, complete bool) {
	deadline := time.Now().Add(c.config.RequestTimeout + 2*lookPause)
	for look := 1; ; look++ {
		records, err := n.certain(ctx, c, near)
		if err != nil {
			return nil, nil, false
		}
		awaited := false
		for _, record := range records {
			id := n.id(record)
			if _, known := s.known.Load(id); known {
				continue
			}
			equal := mine.like.matches(record)
			if equal {
				full, err := n.get(ctx, c, id) // a list does not show all fields
				if IsNotFound(err) {
					continue
				} else if err != nil {
					return append(own, id), others, false
				}
				equal = same(full)
			}
			switch {
			case equal:
				own = append(own, id)
			case s.underWay(record, mine) && time.Now().Before(deadline):
				awaited = true
			default:
				if _, known := s.known.Load(id); !known { // it may have been returned meanwhile
					others = append(others, id)
				}
			}
			if len(own)+len(others) == maxCandidates {
				return own, others, false
			}
		}
		if len(own) > 0 || !awaited && (len(others) > 0 || look > 1) {
			return own, others, true
		}
		others = nil
		if sleep(ctx, lookPause) != nil {
			return nil, nil, false
		}
	}
}

// underWay reports whether a create other than mine that has not ended yet may
// have made a record.
func (s *created[T]) underWay(record *T, mine *sent[T]) (found bool) {
	s.sent.Range(func(_, value any) bool {
		other, _ := value.(*sent[T])
		if other == mine || !other.like.matches(record) {
			return true
		}
		found = !other.turn.TryAcquire(1)
		if !found {
			other.turn.Release(1)
		}
		return !found
	})
	return found
}
