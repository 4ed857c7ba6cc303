package nexudus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// creates is what a client knows about the records of one kind before its first create, in order to tell
// its own records from those of others.
type creates[T any] struct {
	groups sync.Map // *group, by the key of the creates

	listing    *semaphore.Weighted // of what follows, as a list may take minutes
	begun      bool                // whether a create has begun, after which a list comes too late
	before     map[int64]*T        // as lists show them; nil if they are not known
	looked     bool                // whether a list was asked for without a create
	cannotList bool                // because the user lacks the permission
}

// group is a group of creates whose records could be taken for each other: they wait for each other.
type group struct {
	first   *semaphore.Weighted
	unknown bool // whether one of them may have created a record whose ID is unknown
}

// creation is a record to create.
type creation[T any] struct {
	key     string // of its group
	fields  any
	similar func(*T) bool // whether a record may be this one, even if the service has changed its texts
	differs func(*T) []string
	nearby  func(*T) bool // whether a record shows that lists include the location of this one
}

const (
	// absenceTime is how long lists must lack a record before it is certain that it was not created.
	// They have been seen to lag by a second.
	absenceTime = 10 * time.Second

	firstPause = time.Second // between two lists; it doubles
)

// create creates a record and returns it as it is afterwards. After an error, the record exists if it is not
// nil; it may have its ID only.
//
// If a response is lost, the service may still be working on the POST, so it is never sent again.
// create looks for the record for as long as a request may take. It treats a record as its own only if the
// record is equal in all fields, was not there before this client's first create, is the only such record,
// and cannot be that of another create. If the API itself says that its work has failed, the POST is
// sent again, but only after lists that show other records of the location have lacked the
// record for a while. Dates do not help: the service's clock
// may differ from ours, and some of its date-times are local times marked as UTC.
// Records that other processes create cannot be distinguished.
func (s *records[T]) create(ctx context.Context, n creation[T]) (*T, error) {
	body, err := encode(n.fields)
	if err != nil {
		return nil, err
	}
	before := s.before(ctx, true)
	stored, _ := s.creates.groups.LoadOrStore(n.key, &group{first: semaphore.NewWeighted(1)})
	g, _ := stored.(*group)
	if g.first.Acquire(ctx, 1) != nil {
		return nil, context.Cause(ctx)
	}
	defer g.first.Release(1)

	r := s.request(rest.VerbCreate, http.MethodPost, "Create", 0)
	r.Body, r.Addresses = body, s.addresses(nil, body)
	for retries := 0; ; retries++ {
		resp, err := s.rest.Write(ctx, r)
		if id := resp.ValueID(); err == nil && id > 0 && before[id] == nil && !s.markSeen(id) {
			return s.verify(ctx, r, id, n.differs)
		}
		known := outcome(err)
		if err != nil && known == rest.NotProcessed {
			return nil, err
		}
		ended := known == rest.Ended
		if err == nil {
			err = resp.Error(rest.KindUnexpected, "a success without the Id of a new record")
		}
		var found search[T]
		if before != nil {
			found = s.search(ctx, n, before, ended)
		}
		switch {
		case len(found.own) == 1 && !g.unknown && !found.failed:
			s.seen.Store(s.id(found.own[0]), true)
			return found.own[0], nil
		case !ended || !found.nearby || len(found.candidates) > 0:
			g.unknown = true
			failure := withCause(r, rest.KindUnknown, err)
			failure.Candidates, failure.CannotList = found.candidates, s.creates.cannotList
			return nil, failure
		case retries >= s.rest.Config().MaxRetries:
			return nil, err
		}
	}
}

// markSeen notes that this process has read or created a record, and reports whether it had before.
func (s *records[T]) markSeen(id int64) bool {
	_, seen := s.seen.LoadOrStore(id, true)
	return seen
}

// verify reads a record that was just created. Nothing waits here: until the caller has saved the ID, a
// killed run would lose it.
func (s *records[T]) verify(ctx context.Context, r *rest.Request, id int64, differs func(*T) []string) (*T, error) {
	r.ID = id
	record, _, err := s.readOnce(ctx, id)
	if err != nil {
		record = new(T)
		_ = json.Unmarshal(fmt.Appendf(nil, `{"Id":%d}`, id), record)
		return record, withCause(r, rest.KindUnverified, err)
	}
	if wrong := differs(record); len(wrong) > 0 {
		return record, notApplied(r, wrong)
	}
	return record, nil
}

// before returns the records that existed before the first create of this client, or nil if they are not
// known. It lists them once, and once more for the first create if a look without one has failed.
func (s *records[T]) before(ctx context.Context, create bool) map[int64]*T {
	c := &s.creates
	if c.listing.Acquire(ctx, 1) != nil {
		return nil
	}
	defer c.listing.Release(1)
	if c.before == nil && !c.begun && (create || !c.looked) {
		all, err := s.all(ctx, listing[T]{strict: true, noRetry: !create})
		if err == nil {
			c.before = s.index(all)
		}
		c.cannotList = rest.Is(err, rest.KindUnauthorized, rest.KindPermission)
	}
	c.begun, c.looked = c.begun || create, true
	return c.before
}

// search is what was found of a create whose response was lost.
type search[T any] struct {
	own        []*T    // new records that are equal to what was sent
	candidates []int64 // IDs of all new records that may be this one, if the service has changed its texts
	failed     bool    // whether one of these could not be read
	nearby     bool    // whether the list shows the location
}

// search looks for the record of a create until it is found: for absenceTime if the service's work has ended,
// otherwise for as long as a request may take. It looks at least twice.
func (s *records[T]) search(ctx context.Context, n creation[T], before map[int64]*T, ended bool) search[T] {
	limit := s.rest.Config().RequestTimeout
	if ended {
		limit = absenceTime
	}
	deadline := time.Now().Add(limit)
	var candidates []int64 // of all looks
	for pause := firstPause; ; pause *= 2 {
		left := time.Until(deadline) // before the look: a list that takes long shows what was there when it began
		found := s.look(ctx, n, before)
		if len(found.candidates) == 0 {
			found.candidates = candidates
		}
		candidates = found.candidates
		if len(found.own) > 0 && !found.failed || left <= 0 && pause > firstPause {
			return found
		}
		if rest.Sleep(ctx, min(pause, max(left, firstPause))) != nil {
			return search[T]{candidates: candidates}
		}
	}
}

// look lists all records once, and reads those that may be the created one: a list does not show all fields.
func (s *records[T]) look(ctx context.Context, n creation[T], before map[int64]*T) (found search[T]) {
	all, _ := s.all(ctx, listing[T]{strict: true}) // without a list, nothing is known to be absent
	for _, record := range all {
		id := s.id(record)
		found.nearby = found.nearby || n.nearby(record)
		if _, seen := s.seen.Load(id); seen || before[id] != nil || !n.similar(record) {
			continue
		}
		full, _, err := s.read(ctx, id)
		if rest.IsNotFound(err) {
			continue
		}
		found.candidates = append(found.candidates, id)
		found.failed = found.failed || err != nil
		if err == nil && len(n.differs(full)) == 0 {
			found.own = append(found.own, full)
		}
	}
	return found
}
