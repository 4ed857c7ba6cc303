package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// several answers id=[1,2] with a bare array of the records that exist.
func (s *Server) several(n *kind, u *user, r *http.Request) response {
	var ids []int64
	if json.Unmarshal([]byte(r.URL.Query().Get("id")), &ids) != nil {
		// The service has not been seen to be this strict.
		return response{status: http.StatusBadRequest}
	}
	found := []json.RawMessage{}
	for _, id := range ids {
		if r := s.listed(n, u, id); r != nil {
			found = append(found, s.show(n, r.listed))
		}
	}
	return response{http.StatusOK, found}
}

// listed returns what lists show a user of an Id, or nil. The caller holds the lock.
func (s *Server) listed(n *kind, u *user, id int64) *row {
	r := s.table(n).listed(id)
	if r == nil || !n.sees(u, id) || s.Hidden != nil && s.Hidden(id) {
		return nil
	}
	return r
}

// page is the response to a search.
type page struct {
	Records                      []json.RawMessage
	CurrentPage, CurrentPageSize int
	PageNumber, PageSize         int // the same again, as older documentation shows and clients have seen
	CurrentOrderField            string
	CurrentSortDirection         int
	FirstItem, LastItem          int
	TotalItems, TotalPages       int
	HasNextPage, HasPreviousPage bool
}

// search answers a listing, whose records are summaries. Parameters that it does
// not know are ignored, as public client code has seen.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks.
func (s *Server) search(n *kind, u *user, r *http.Request) response {
	query := r.URL.Query()
	order := cmp.Or(query.Get("orderby"), "Id")
	direction, down := s.direction(query.Get("dir"))

	var found []*row
	conditions := n.conditions(query)
	t := s.table(n)
	ids := maps.Clone(t.rows)
	for id, old := range t.outdated {
		ids[id] = old.row // or a deleted one would be missing
	}
	for id := range ids {
		r := s.listed(n, u, id)
		if r != nil && !slices.ContainsFunc(conditions, func(c condition) bool { return !c(r.fields) }) {
			found = append(found, r)
		}
	}
	keys := make(map[int64]string, len(found))
	if order != "Id" {
		for _, r := range found {
			keys[r.id] = n.sortKey(r.fields, order)
		}
	}
	slices.SortFunc(found, func(a, b *row) int {
		if down {
			a, b = b, a
		}
		return cmp.Or(cmp.Compare(keys[a.id], keys[b.id]), cmp.Compare(a.id, b.id))
	})

	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(query.Get(name)); err == nil && n > 0 {
			return n
		}
		return otherwise
	}
	size := min(number("size", 25), cmp.Or(s.MaxPageSize, 1000))
	current, pages := number("page", 1), (len(found)+size-1)/size
	first := len(found)
	if current <= pages {
		first = (current - 1) * size
	}
	last := min(first+size, len(found))
	records := make([]json.RawMessage, 0, last-first) // never null
	for _, r := range found[first:last] {
		records = append(records, s.show(n, r.listed))
	}
	return response{http.StatusOK, page{
		Records: records, CurrentPage: current, CurrentPageSize: size, PageNumber: current, PageSize: size,
		CurrentOrderField: order, CurrentSortDirection: direction,
		FirstItem: first + 1, LastItem: last, TotalItems: len(found), TotalPages: pages,
		HasNextPage: current < pages, HasPreviousPage: current > 1,
	}}
}

// direction reads the parameter dir, which has two documented meanings.
func (s *Server) direction(dir string) (echo int, down bool) {
	up := 0
	if s.OlderDir {
		up = 1
	}
	n, err := strconv.Atoi(dir)
	if err != nil {
		return up, false
	}
	return n, n != 0 && n != up
}

// condition reports whether a record passes one filter or range of a search.
type condition func(record) bool

// conditions returns a condition for each filter and range in a query.
func (n *kind) conditions(query url.Values) []condition {
	var all []condition
	add := func(parameter, name string, holds func(got, want string) bool) {
		if value := query.Get(strings.ToLower(parameter)); value != "" {
			want := n.comparable(name, value)
			all = append(all, func(r record) bool { return holds(n.sortKey(r, name), want) })
		}
	}
	equal := func(got, want string) bool { return got == want }
	for _, name := range []string{"Id", "UniqueId"} {
		add(name, name, equal)
	}
	for _, name := range n.filters {
		// Country_Name is the field CountryName.
		add(n.prefix+"_"+name, strings.ReplaceAll(name, "_", ""), equal)
	}
	for _, name := range n.ranges {
		add("from_"+n.prefix+"_"+name, name, func(got, want string) bool { return got >= want })
		// A date-time that is null is not before any other.
		add("to_"+n.prefix+"_"+name, name, func(got, want string) bool { return got != "" && got <= want })
	}
	return all
}

// sortKey returns a field's value as text that sorts like the value. Parameters omit the
// Id at the end of a reference's name: Business means BusinessId.
func (n *kind) sortKey(r record, name string) string {
	raw, ok := r[name]
	if !ok {
		raw = r[name+"Id"]
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw) // a number or a boolean
	}
	return n.comparable(name, text)
}

// comparable returns a field's value in a form that sorts like the value.
func (n *kind) comparable(name, value string) string {
	kind, ok := n.blank[name]
	if !ok {
		kind = n.blank[name+"Id"]
	}
	switch {
	case strings.HasSuffix(name, "On") || name == "LastTrigger":
		// Date-times were seen with and without a zone, and in ranges without seconds.
		value = strings.TrimSuffix(value, "Z")
		if len(value) == len("2006-01-02T15:04") {
			value += ":00"
		}
	case string(kind) == "0":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return fmt.Sprintf("%020d", n)
		}
	case string(kind) == "false":
		return strings.ToLower(value)
	}
	return value
}
