package nexudus

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

const (
	pageSize  = 1000 // the largest that the API allows; it may send smaller pages
	maxPages  = 1000
	maxPasses = 3 // through a list that changes meanwhile
)

// listing says which records to list. The API ignores parameters that it does not know, so a filter is
// both sent as a query and applied to what comes back. Nil chooses all records.
type listing[T any] struct {
	query   url.Values
	matches func(*T) bool
	strict  bool // for callers that rely on the absence of a record
	noRetry bool
}

// page is one page of a list, and what the API says about the others.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks.
type page[T any] struct {
	Records     []*T
	HasNextPage *bool
	TotalItems  *int64
}

// pass is one pass through all pages of a list.
type pass[T any] struct {
	byID     map[int64]*T
	pages    int
	last     page[T]
	response rest.Response // of the last page
	changed  bool          // whether the API's total differed between pages
}

// all returns the records that match, each once, ordered by ID.
//
// Records move between pages when other records are created or deleted while the list
// is read, so that some may be missed. The API's own total shows that: if it changes,
// or differs from the number of records, the list is read again. If that brings the same
// records, the total must be wrong, and all accepts them, except if the API also
// announces another page.
//
// A strict listing fails instead, and also without a total. It reads a list of several pages until two
// passes agree: one record created and another one deleted leave the total as it was.
func (s *records[T]) all(ctx context.Context, l listing[T]) ([]*T, error) {
	var before []int64
	var p pass[T]
	for range maxPasses {
		var err error
		if p, err = s.pass(ctx, l); err != nil {
			return nil, err
		}
		ids := slices.Sorted(maps.Keys(p.byID))
		same := before != nil && slices.Equal(ids, before)
		before = ids
		enough := p.complete() || same && !p.truncated()
		if l.strict {
			enough = p.complete() && p.last.TotalItems != nil && (p.pages == 1 || same)
		}
		if !enough {
			continue
		}
		var all []*T
		for _, id := range ids {
			if l.matches == nil || l.matches(p.byID[id]) {
				all = append(all, p.byID[id])
			}
		}
		return all, nil
	}
	reason := "the pages do not say how many records there are"
	if total := p.last.TotalItems; total != nil {
		reason = fmt.Sprintf("the pages contradict each other: %d records were received, and the last total is %d", len(before), *total)
	}
	return nil, p.response.Error(rest.KindIncomplete, reason)
}

// pass reads the pages, counted from 1.
func (s *records[T]) pass(ctx context.Context, l listing[T]) (p pass[T], err error) {
	p.byID = make(map[int64]*T)
	for p.pages < maxPages {
		total := p.last.TotalItems
		if err := s.readPage(ctx, l, &p); err != nil {
			return p, err
		}
		p.changed = p.changed || p.pages > 1 && !equal(total, p.last.TotalItems)
		known := len(p.byID)
		for _, record := range p.last.Records {
			p.byID[s.id(record)] = record
		}
		// A page without new records is the last one, even if it announces another.
		if len(p.byID) == known || !p.more() {
			return p, nil
		}
	}
	return p, p.response.Error(rest.KindIncomplete, fmt.Sprintf("there are more than %d pages", maxPages))
}

// readPage reads the next page.
func (s *records[T]) readPage(ctx context.Context, l listing[T], p *pass[T]) (err error) {
	p.pages++
	r := s.request(rest.VerbList, http.MethodGet, "List", 0)
	r.Page, r.Fresh, r.NoRetry = p.pages, l.strict, l.noRetry
	// No dir: its documented values have changed, and the default is ascending.
	r.Query = url.Values{"page": {strconv.Itoa(p.pages)}, "size": {strconv.Itoa(pageSize)}, "orderBy": {"Id"}}
	maps.Copy(r.Query, l.query)
	if p.response, err = s.rest.Get(ctx, r); err != nil {
		return err
	}
	p.last = page[T]{}
	if err := p.response.Decode(&p.last); err != nil {
		return err
	}
	if p.last.Records == nil && (p.last.TotalItems == nil || *p.last.TotalItems != 0) {
		return p.response.Error(rest.KindUnexpected, p.response.Describe()+" without Records")
	}
	for _, record := range p.last.Records {
		if record == nil || s.id(record) == 0 {
			return p.response.Error(rest.KindUnexpected, p.response.Describe()+" in which a record has no Id")
		}
		if s.normalize != nil {
			s.normalize(record)
		}
	}
	return nil
}

// more reports whether the API announces further pages, or does not say.
func (p *pass[T]) more() bool {
	next, total := p.last.HasNextPage, p.last.TotalItems
	return next != nil && *next || total != nil && *total > int64(len(p.byID)) || next == nil && total == nil
}

// complete reports whether the list is complete according to the API's total.
func (p *pass[T]) complete() bool {
	total := p.last.TotalItems
	return !p.changed && (total == nil || *total == int64(len(p.byID)))
}

func equal(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

// truncated reports whether the API announces both another page and more
// records than it gives.
func (p *pass[T]) truncated() bool {
	next, total := p.last.HasNextPage, p.last.TotalItems
	return next != nil && *next && total != nil && *total > int64(len(p.byID))
}

// snapshots answers reads of many records of one kind from one list, so that a
// fleet needs a few requests instead of one for each record. The zero value is ready
// for use.
type snapshots[T any] struct {
	lists singleflight.Group
	reads atomic.Int64
	last  atomic.Pointer[snapshot[T]]
}

// snapshot is what a list contained, which is nothing if it has failed.
type snapshot[T any] struct {
	byID  map[int64]*T
	taken time.Time // when the list ended: a failing one may take minutes
}

const (
	fewReads    = 3           // reads that are cheaper without a list
	snapshotAge = time.Minute // after which a list is too old
)

// summary returns a record as a list shows it, or nil if it must be read by
// itself: for the first few reads of a process, after its first write, and if the
// list fails or lacks the record.
func (s *records[T]) summary(ctx context.Context, id int64) *T {
	if s.list.reads.Add(1) <= fewReads || s.rest.Writes() > 0 {
		return nil
	}
	_, _, _ = s.list.lists.Do("", func() (any, error) {
		if last := s.list.last.Load(); last != nil && time.Since(last.taken) < snapshotAge {
			return nil, nil
		}
		all, err := s.all(ctx, listing[T]{})
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		s.list.last.Store(&snapshot[T]{s.index(all), time.Now()})
		return nil, nil
	})
	last := s.list.last.Load()
	if last == nil || last.byID[id] == nil {
		return nil
	}
	s.seen.Store(id, true)
	return new(*last.byID[id]) // callers may change it
}

func (s *records[T]) index(all []*T) map[int64]*T {
	byID := make(map[int64]*T, len(all))
	for _, record := range all {
		byID[s.id(record)] = record
	}
	return byID
}
