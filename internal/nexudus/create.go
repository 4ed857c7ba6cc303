package nexudus

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// created is what a client knows about the records of one kind that it creates,
// in order to tell its own records from those of others. The zero value is ready to use.
type created struct {
	groups sync.Map    // *group, by the key of the creates
	known  sync.Map    // Ids of records that existed before the first create, or that a create has returned
	listed atomic.Bool // whether all that existed before are known
	noRole atomic.Bool // whether the user may not list
}

// group is a group of creates whose records could be taken for each other.
type group struct {
	turn    *semaphore.Weighted // of the creates: they wait for each other
	unknown bool                // whether one of them may have created a record whose Id is unknown
}

// lookPause is the time between two searches for a record that may still
// appear.
const lookPause = 3 * time.Second

// maxCandidates bounds how many similar new records are read in full.
const maxCandidates = 10

// create creates a record and returns its Id. Creates with the same key wait for each
// other: similar tells whether one of them may have created a record, and same whether
// the record is equal to what this one has sent.
//
// If a response is lost, it is unknown whether the record exists, so create looks
// for it first. It treats a record as its own only if the record is equal in all
// fields, was not there before this client's first create, and cannot be that of another
// create. If no similar record is new, the POST is sent again, except after a timeout,
// because Nexudus may still carry it out. A new record that is not equal may still be the
// created one, if the service has changed a value. Dates do not help: the service's clock
// may differ from ours, and some of its date-times are local times marked as UTC.
// Records that other processes create cannot be distinguished.
func (n noun[T]) create(ctx context.Context, c *Client, s *created, key string, fields any, similar, same func(*T) bool) (int64, error) {
	listed := n.listBefore(ctx, c, s)
	stored, _ := s.groups.LoadOrStore(key, &group{turn: semaphore.NewWeighted(1)})
	g, _ := stored.(*group)
	if g.turn.Acquire(ctx, 1) != nil {
		return 0, context.Cause(ctx)
	}
	defer g.turn.Release(1)

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
		var own, others []int64
		certain := false
		if listed { // otherwise it is unknown which records are new
			own, others, certain = n.search(ctx, c, s, similar, same)
		}
		switch {
		case certain && len(own) == 1 && !g.unknown:
			s.known.Store(own[0], true)
			return own[0], nil
		case !certain || len(own)+len(others) > 0 || lost.outcome == maybePending:
			g.unknown = true
			return 0, lost.with(func(e *Error) {
				e.Unknown, e.Candidates, e.CannotList = true, slices.Concat(own, others), s.noRole.Load()
			})
		case r.retries >= c.config.MaxRetries || c.retries.Add(1) > retryBudget:
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

// listBefore lists the records that exist before the first create, once. It
// reports whether they are known; if not, it cannot be determined whether a record is new.
func (n noun[T]) listBefore(ctx context.Context, c *Client, s *created) bool {
	if s.listed.Load() || s.noRole.Load() {
		return s.listed.Load()
	}
	all, err := n.certain(ctx, c, nil, nil)
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
// again if it is not found. It returns the similar new records that are equal to what was
// sent, and those that are not, and reports whether the search was complete.
func (n noun[T]) search(ctx context.Context, c *Client, s *created, similar, same func(*T) bool) (own, others []int64, complete bool) {
	for look := 1; ; look++ {
		records, err := n.certain(ctx, c, nil, nil)
		if err != nil {
			return nil, nil, false
		}
		for _, record := range records {
			id := n.id(record)
			if _, known := s.known.Load(id); known || !similar(record) {
				continue
			}
			if len(own)+len(others) == maxCandidates {
				return own, others, false
			}
			full, err := n.get(ctx, c, id) // a list does not show all fields
			switch {
			case IsNotFound(err):
			case err != nil:
				return append(own, id), others, false
			case same(full):
				own = append(own, id)
			default:
				others = append(others, id)
			}
		}
		if len(own)+len(others) > 0 || look > 1 {
			return own, others, true
		}
		if sleep(ctx, lookPause) != nil {
			return nil, nil, false
		}
	}
}
