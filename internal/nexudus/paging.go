package nexudus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	// pageSize is the largest that the API allows. It may send smaller pages.
	pageSize = 1000

	// maxPageRecords bounds the memory of one page: a small body can hold millions
	// of empty records, each of which is a large value. The next three bound a whole
	// list. Real accounts have some hundred records of about a KiB each.
	maxPageRecords = 10_000
	maxPages       = 1000
	maxListRecords = 200_000
	maxListBytes   = 128 << 20

	// maxWalks bounds how often a list is read if it changes meanwhile.
	maxWalks = 3
)

// page is one page of a list, and what the API says about the others.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks.
type page[T any] struct {
	Records     []*T
	HasNextPage *bool
	TotalItems  *int64

	size int // of the body, in bytes
}

// list returns the records that match, each once, ordered by Id. The API ignores parameters
// that it does not know, so a filter is both sent as a query and applied to what comes
// back. Nil chooses all records.
//
// Records move between pages when other records are created or deleted while the list
// is read, so that some may be missed. The API's own total shows that: if it changes,
// or differs from the number of records, the list is read again. If that brings the same
// records, the total must be wrong, and list accepts them, except if the API also
// announces another page.
func (n noun[T]) list(ctx context.Context, c *Client, query url.Values, matches func(*T) bool) ([]*T, error) {
	return n.pages(ctx, c, query, matches, false)
}

// certain is like list, for callers that rely on the absence of a record: it fails
// if the API's total remains wrong.
func (n noun[T]) certain(ctx context.Context, c *Client, query url.Values, matches func(*T) bool) ([]*T, error) {
	return n.pages(ctx, c, query, matches, true)
}

func (n noun[T]) pages(ctx context.Context, c *Client, query url.Values, matches func(*T) bool, certain bool) ([]*T, error) {
	r := n.request(VerbList, http.MethodGet, "List", 0)
	r.started = time.Now()
	read := func(number int) (page[T], error) { return n.readPage(ctx, c, query, number) }
	all, err := walkPages(read, n.id, certain)
	if reason, ok := errors.AsType[incomplete](err); ok {
		return nil, c.failure(r, KindIncomplete, string(reason))
	}
	return slices.DeleteFunc(all, func(record *T) bool { return matches != nil && !matches(record) }), err
}

func (n noun[T]) readPage(ctx context.Context, c *Client, query url.Values, number int) (page[T], error) {
	r := n.request(VerbList, http.MethodGet, "List", 0)
	r.page = number
	// No dir: its documented values have changed, and the default is ascending.
	r.query = url.Values{"page": {strconv.Itoa(number)}, "size": {strconv.Itoa(pageSize)}, "orderBy": {"Id"}}
	maps.Copy(r.query, query)
	resp, err := c.read(ctx, r)
	if err != nil {
		return page[T]{}, err
	}
	return n.decodePage(c, r, resp)
}

// counted stands for a record that is only counted. It has no size, so
// that a slice of any length takes no memory.
type counted struct{}

func (*counted) UnmarshalJSON([]byte) error { return nil }

func (n noun[T]) decodePage(c *Client, r *request, resp response) (page[T], error) {
	var head struct {
		verdict
		Records []counted
	}
	_ = json.Unmarshal(resp.body, &head) // errors are reported by the full decode below
	switch {
	case head.refused():
		return page[T]{}, c.rejected(r, resp)
	case len(head.Records) > maxPageRecords:
		return page[T]{}, c.unexpected(r, resp, fmt.Sprintf("a page of more than %d records", maxPageRecords))
	}
	p := page[T]{Records: make([]*T, 0, len(head.Records)), size: len(resp.body)}
	err := json.Unmarshal(resp.body, &p)
	switch {
	case err != nil:
		return page[T]{}, c.unexpected(r, resp, mismatch(resp, err))
	case head.Records == nil && (p.TotalItems == nil || *p.TotalItems != 0):
		return page[T]{}, c.unexpected(r, resp, describe(resp)+" without Records")
	case slices.ContainsFunc(p.Records, func(record *T) bool { return record == nil || n.id(record) == 0 }):
		return page[T]{}, c.unexpected(r, resp, describe(resp)+" in which a record has no Id")
	}
	return p, nil
}

// incomplete says why a list cannot be trusted.
type incomplete string

func (i incomplete) Error() string { return string(i) }

// walkPages reads all pages, counted from 1, and again if they contradict each
// other or their total.
func walkPages[T any](read func(number int) (page[T], error), id func(*T) int64, certain bool) ([]*T, error) {
	var before []int64
	for n := range maxWalks {
		w := walk[T]{records: make(map[int64]*T)}
		if err := w.run(read, id); err != nil {
			return nil, err
		}
		ids := slices.Sorted(maps.Keys(w.records))
		same := n > 0 && slices.Equal(ids, before)
		switch {
		case w.consistent() || same && !certain && !w.truncated():
			all := make([]*T, len(ids))
			for i, id := range ids {
				all[i] = w.records[id]
			}
			return all, nil
		case same && w.changed:
			return nil, incomplete("the pages announce different totals")
		case same:
			return nil, incomplete(fmt.Sprintf("%d of %d records were received, and later pages contain no others", len(ids), *w.last.TotalItems))
		}
		before = ids
	}
	return nil, incomplete("the records changed each time they were read")
}

// walk is one pass through the pages of a list.
type walk[T any] struct {
	records map[int64]*T
	last    page[T]
	size    int  // of all pages, in bytes
	changed bool // whether the API's total differed between pages
}

func (w *walk[T]) run(read func(number int) (page[T], error), id func(*T) int64) error {
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
		w.size += p.size
		switch {
		case len(w.records) > maxListRecords:
			return incomplete(fmt.Sprintf("there are more than %d records", maxListRecords))
		case w.size > maxListBytes:
			return incomplete(fmt.Sprintf("they are larger than %d MiB", maxListBytes>>20))
		case len(w.records) == known || !w.more():
			// A page without new records is the last one, even if it announces another.
			return nil
		}
	}
	return incomplete(fmt.Sprintf("there are more than %d pages", maxPages))
}

// more reports whether the API announces further pages, or does not say.
func (w *walk[T]) more() bool {
	next, total := w.last.HasNextPage, w.last.TotalItems
	return next != nil && *next || total != nil && *total > int64(len(w.records)) || next == nil && total == nil
}

// consistent reports whether the list is complete according to the API's total.
func (w *walk[T]) consistent() bool {
	total := w.last.TotalItems
	return !w.changed && (total == nil || *total == int64(len(w.records)))
}

// truncated reports whether the API announces both another page and more
// records than it gives.
func (w *walk[T]) truncated() bool {
	return w.last.HasNextPage != nil && *w.last.HasNextPage && w.last.TotalItems != nil && *w.last.TotalItems > int64(len(w.records))
}

func equal(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }
