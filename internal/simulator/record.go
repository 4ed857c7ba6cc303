package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is a kind of record. The service serves all of them from one template.
type kind struct {
	path     string     // below /api/sys/
	prefix   string     // of its roles and filters
	blank    record     // the fields that the simulator knows, empty
	scratch  func() any // a value of the type that a body must fit
	writable bool       // whether the simulator has the endpoints that write
	create   []string   // fields that POST requires
	update   []string   // fields that PUT requires
	readOnly []string   // fields that only the service writes, besides readOnlyFields
	filters  []string   // fields that a search can ask for, besides Id and UniqueId
	ranges   []string   // fields that a search can bound
	unlisted []string   // fields that listings leave null
	optional []string   // references that may be null

	// visible, when not nil, reports whether a user may see the record of an Id.
	visible func(u *user, id int64) bool
}

var kinds = []*kind{webhooks, businesses}

// readOnlyFields are the fields of every record that only the service writes. It ignores
// them in a request.
var readOnlyFields = []string{"CreatedOn", "UpdatedOn", "UpdatedBy", "UniqueId", "IsNew", "ToStringText"}

// record holds a record's fields as they came, so that fields which the simulator
// does not know, and numbers of any size, stay as they are.
type record map[string]json.RawMessage

// row is a record in a table. It is never changed, but replaced.
type row struct {
	id     int64
	fields record
	full   json.RawMessage // as a read returns it
	listed json.RawMessage // as listings show it
}

// table holds the records of one kind.
type table struct {
	rows     map[int64]*row
	outdated map[int64]outdated // what lists show for some time instead of a row
	lastID   int64
}

// outdated is what lists show of a record that has changed.
type outdated struct {
	row   *row // nil for a new record
	until time.Time
}

// change says who changed a record, and when.
type change struct{ on, user string }

func changeBy(u *user) change { return change{timestamp(), u.Username} }

// timestamp returns the current time in the format of a record.
func timestamp() string { return time.Now().UTC().Format(time.RFC3339) }

// newRecord returns a record with a value's fields and the others.
func newRecord(value any, others map[string]json.RawMessage) record {
	var r record
	if err := json.Unmarshal(encode(value), &r); err != nil {
		panic(err)
	}
	for name, raw := range others {
		if !json.Valid(raw) {
			panic("simulator: the field " + name + " is not valid JSON")
		}
		r[name] = raw
	}
	return r
}

// decode reads the fields that value has, and returns the others.
func (r *row) decode(n *kind, value any) map[string]json.RawMessage {
	if err := json.Unmarshal(r.full, value); err != nil {
		panic(err)
	}
	var others map[string]json.RawMessage
	for name, raw := range r.fields {
		if _, known := n.blank[name]; !known {
			if others == nil {
				others = make(map[string]json.RawMessage)
			}
			others[name] = raw
		}
	}
	return others
}

// encode returns the record as JSON, with each value unchanged.
func (r record) encode() json.RawMessage {
	b := []byte("{")
	for i, name := range slices.Sorted(maps.Keys(r)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, encode(name)...), ':'), r[name]...)
	}
	return append(b, '}')
}

// encode returns a value as JSON that leaves &, < and > as they are.
func encode(value any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// empty reports whether a field is missing, null, an empty text or 0.
func (r record) empty(name string) bool {
	switch string(r[name]) {
	case "", "null", `""`, "0":
		return true
	}
	return false
}

// trim removes the spaces around a text.
func (r record) trim(name string) {
	var text string
	if json.Unmarshal(r[name], &text) == nil {
		r[name] = encode(strings.TrimSpace(text))
	}
}

// table returns a kind's records. The caller holds the lock.
func (s *Server) table(n *kind) *table {
	t := s.tables[n]
	if t == nil {
		t = &table{rows: make(map[int64]*row), outdated: make(map[int64]outdated)}
		if s.tables == nil {
			s.tables = make(map[*kind]*table)
		}
		s.tables[n] = t
	}
	return t
}

// put stores a record and returns the row. Empty fields that the service itself sets are
// filled. The caller holds the lock.
func (s *Server) put(n *kind, r record) *row {
	t := s.table(n)
	id := r.id()
	if id == 0 {
		id = max(t.lastID+1, s.FirstID)
		r["Id"] = encode(id)
	}
	t.lastID = max(t.lastID, id)
	fill := func(name string, value json.RawMessage) {
		if r.empty(name) {
			r[name] = value
		}
	}
	sum := hash(fmt.Sprint(strings.ToLower(n.prefix), id))
	fill("UniqueId", encode(fmt.Sprintf("%s-%s-4%s-8%s-%s", sum[:8], sum[8:12], sum[12:15], sum[15:18], sum[18:30])))
	fill("CreatedOn", encode("2024-05-02T08:00:00Z"))
	fill("UpdatedOn", r["CreatedOn"])
	fill("UpdatedBy", encode("demo@example.com"))
	fill("ToStringText", r["Name"])
	listed := maps.Clone(r)
	for _, name := range n.unlisted {
		listed[name] = json.RawMessage("null")
	}
	added := &row{id, r, r.encode(), listed.encode()}
	t.rows[id] = added
	return added
}

// write stores a record as put does, and lists show it ListLag later. The caller holds
// the lock.
func (s *Server) write(n *kind, r record) *row {
	before := s.table(n).listed(r.id())
	written := s.put(n, r)
	s.lag(n, written.id, before)
	return written
}

// erase removes a record, and lists show that ListLag later. The caller holds the lock.
func (s *Server) erase(n *kind, id int64) {
	before := s.table(n).listed(id)
	delete(s.table(n).rows, id)
	s.lag(n, id, before)
}

func (s *Server) lag(n *kind, id int64, before *row) {
	if s.ListLag > 0 {
		s.table(n).outdated[id] = outdated{before, time.Now().Add(s.ListLag)}
	}
}

// listed returns what lists show of an Id, or nil.
func (t *table) listed(id int64) *row {
	if old, ok := t.outdated[id]; ok {
		if time.Now().Before(old.until) {
			return old.row
		}
		delete(t.outdated, id)
	}
	return t.rows[id]
}

// show returns a record as responses show it.
func (s *Server) show(n *kind, r json.RawMessage) json.RawMessage {
	if s.ZeroReferences {
		for _, name := range n.optional {
			r = bytes.Replace(r, []byte(`"`+name+`":null`), []byte(`"`+name+`":0`), 1)
		}
	}
	return r
}

// id returns a record's Id, or 0.
func (r record) id() int64 {
	id, _ := strconv.ParseInt(string(r["Id"]), 10, 64)
	return id
}
