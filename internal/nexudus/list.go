package nexudus

import (
	"fmt"
	"maps"
	"slices"
)

const (
	// pageSize is the largest that clients in the field ask for. Nexudus may
	// send smaller pages.
	pageSize = 1000

	// maxPages ends the walk through a list that has no end.
	maxPages = 1000

	// maxListRecords and maxListBytes bound what a list can make of memory, where
	// each page is within the limits of one. Real accounts have some hundred
	// records of about a KiB each.
	maxListRecords = 200_000
	maxListBytes   = 128 << 20

	// maxWalks is how often a list that changes while it is read is read at all.
	maxWalks = 3
)

// page is one page of a listing, and what the API says about the others.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks.
type page[T any] struct {
	Records     []T
	HasNextPage *bool
	TotalItems  *int64

	size int // of its answer, in bytes
}

// list returns all records of a listing, each once, ordered by Id. Its errors
// name the call; read returns a page, counted from 1.
//
// Records move between pages when others come or go while the list is read, and
// then one is missed. The API's own count tells: where it changes, or is not
// that of the records, the list is read again. One that comes out the same
// twice is taken, since then the count is wrong.
func list[T any](call *call, read func(number int) (page[T], error), id func(T) int64) ([]T, error) {
	var before []int64
	for n := range maxWalks {
		w := walk[T]{records: make(map[int64]T)}
		if err := w.run(call, read, id); err != nil {
			return nil, err
		}
		ids := slices.Sorted(maps.Keys(w.records))
		same := n > 0 && slices.Equal(ids, before)
		switch {
		case w.steady() || same && !w.cutOff():
			all := make([]T, len(ids))
			for i, id := range ids {
				all[i] = w.records[id]
			}
			return all, nil
		case same:
			failure := call.failure(KindIncomplete)
			failure.Reason = fmt.Sprintf("%d of %d records came, and the pages after them bring no others", len(ids), *w.last.TotalItems)
			return nil, failure
		}
		before = ids
	}
	failure := call.failure(KindIncomplete)
	failure.Reason = "the records changed each time while they were read"
	return nil, failure
}

// walk is one pass through the pages of a listing.
type walk[T any] struct {
	records map[int64]T
	last    page[T]
	size    int  // of all pages, in bytes
	changed bool // whether the API's count was not the same on all pages
}

func (w *walk[T]) run(call *call, read func(number int) (page[T], error), id func(T) int64) error {
	for number := 1; number <= maxPages; number++ {
		p, err := read(number)
		if err != nil {
			return err
		}
		if number > 1 && !equal(p.TotalItems, w.last.TotalItems) {
			w.changed = true
		}
		w.last = p
		known := len(w.records)
		for _, record := range p.Records {
			w.records[id(record)] = record
		}
		if w.size += p.size; len(w.records) > maxListRecords || w.size > maxListBytes {
			failure := call.failure(KindIncomplete)
			failure.Reason = fmt.Sprintf("there are more than %d of them", maxListRecords)
			if w.size > maxListBytes {
				failure.Reason = fmt.Sprintf("they are larger than %d MiB", maxListBytes>>20)
			}
			return failure
		}
		// A page that brings nothing new is the last one, whatever it says.
		if len(w.records) == known || !w.more() {
			return nil
		}
	}
	failure := call.failure(KindIncomplete)
	failure.Reason = fmt.Sprintf("there are more than %d of them", maxPages)
	return failure
}

// more reports whether the API announces further pages, or says nothing of an
// end.
func (w *walk[T]) more() bool {
	next, total := w.last.HasNextPage, w.last.TotalItems
	return next != nil && *next || total != nil && *total > int64(len(w.records)) || next == nil && total == nil
}

// steady reports whether nothing speaks against the records being all.
func (w *walk[T]) steady() bool {
	total := w.last.TotalItems
	return !w.changed && (total == nil || *total == int64(len(w.records)))
}

// cutOff reports whether the API announces both another page and more records
// than it gives.
func (w *walk[T]) cutOff() bool {
	return w.last.HasNextPage != nil && *w.last.HasNextPage && w.last.TotalItems != nil && *w.last.TotalItems > int64(len(w.records))
}

func equal(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }
