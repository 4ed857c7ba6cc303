package simulator

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// routeKind adds a kind's endpoints and the roles that they need.
func (s *Server) routeKind(mux *http.ServeMux, n *kind) {
	path := "/api/sys/" + n.path
	bind := func(role string, do func(*kind, *user, *http.Request) response) http.HandlerFunc {
		return s.authorized(n.prefix+"-"+role, func(u *user, r *http.Request) response { return do(n, u, r) })
	}
	search, several := bind("List", s.search), bind("Read", s.several)
	all := methods{"GET": func(w http.ResponseWriter, r *http.Request) {
		// A single number is the filter Id.
		if strings.HasPrefix(r.URL.Query().Get("id"), "[") {
			several(w, r)
			return
		}
		search(w, r)
	}}
	one := methods{"GET": bind("Read", s.get)}
	if n.writable {
		all["POST"], all["PUT"], one["DELETE"] = bind("Create", s.create), bind("Edit", s.update), bind("Delete", s.remove)
	}
	mux.Handle(path, all)
	mux.Handle(path+"/{$}", all)
	mux.Handle(path+"/{id}", one)
}

// find returns the row of an Id, or nil. The caller holds the lock.
func (s *Server) find(n *kind, u *user, id int64) *row {
	r := s.table(n).rows[id]
	if r == nil || !n.sees(u, id) {
		return nil
	}
	return r
}

// sees reports whether a user may see the record of an Id.
func (n *kind) sees(u *user, id int64) bool { return n.visible == nil || n.visible(u, id) }

func pathID(r *http.Request) int64 {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64) // no record has the Id 0
	return id
}

// get returns the record itself, without an envelope.
func (s *Server) get(n *kind, u *user, r *http.Request) response {
	found := s.find(n, u, pathID(r))
	if found == nil {
		return notFound
	}
	return response{http.StatusOK, s.show(n, found.full)}
}

func (s *Server) create(n *kind, u *user, r *http.Request) response {
	sent, refused := s.read(n, u, r, n.create)
	if refused != nil {
		return *refused
	}
	created := maps.Clone(n.blank)
	maps.Copy(created, sent)
	for _, name := range n.serviceFields() {
		created[name] = n.blank[name]
	}
	delete(created, "Id")
	by := changeBy(u)
	created["CreatedOn"], created["UpdatedOn"], created["UpdatedBy"] = encode(by.on), encode(by.on), encode(by.user)
	return s.succeed(n, "created", s.write(n, created), by)
}

// update clears what the body leaves out, as documented, except the fields that only the
// service writes.
func (s *Server) update(n *kind, u *user, r *http.Request) response {
	sent, refused := s.read(n, u, r, n.update)
	if refused != nil {
		return *refused
	}
	old := s.find(n, u, sent.id())
	if old == nil {
		return notFound
	}
	updated := make(record, len(old.fields))
	for name, value := range old.fields {
		switch string(value) {
		case "true", "false":
			updated[name] = json.RawMessage("false")
		default:
			updated[name] = json.RawMessage("null")
		}
	}
	maps.Copy(updated, sent)
	for _, name := range n.serviceFields() {
		updated[name] = old.fields[name]
	}
	by := changeBy(u)
	updated["UpdatedOn"], updated["UpdatedBy"], updated["ToStringText"] = encode(by.on), encode(by.user), updated["Name"]
	return s.succeed(n, "updated", s.write(n, updated), by)
}

func (s *Server) remove(n *kind, u *user, r *http.Request) response {
	old := s.find(n, u, pathID(r))
	if old == nil {
		return notFound
	}
	s.erase(n, old.id)
	return s.succeed(n, "deleted", old, changeBy(u))
}

func (n *kind) serviceFields() []string { return slices.Concat(readOnlyFields, n.readOnly) }

// read returns the record in a body, or what the service says when it lacks a
// field or holds one of the wrong type. The caller holds the lock.
func (s *Server) read(n *kind, u *user, r *http.Request, required []string) (record, *response) {
	body, _ := readBody(r) // Handle has read it, so this cannot fail
	var sent record
	err := json.Unmarshal(body, &sent)
	if err == nil {
		n.readBooleans(sent)
		err = json.Unmarshal(sent.encode(), n.scratch())
	}
	if err != nil || sent == nil {
		return nil, &response{http.StatusBadRequest, failed("The body is not valid.")}
	}
	if s.TrimNames {
		sent.trim("Name")
	}
	var errors []FieldError
	var messages []string
	reject := func(name, message string, attempted any) {
		// Documented: a reference is named without the Id at its end.
		if reference := strings.TrimSuffix(name, "Id"); reference != "" {
			name = reference
		}
		errors = append(errors, FieldError{AttemptedValue: attempted, Message: message, PropertyName: name})
		messages = append(messages, name+": "+message)
	}
	for _, name := range required {
		if sent.empty(name) {
			reject(name, "is a required field", nil)
		}
	}
	if id, _ := strconv.ParseInt(string(sent["BusinessId"]), 10, 64); id != 0 && s.find(businesses, u, id) == nil {
		// The words for an unknown location are assumed.
		reject("BusinessId", "was not found", id)
	}
	if errors != nil {
		return nil, &response{http.StatusBadRequest, failed(strings.Join(messages, "\n"), errors...)}
	}
	return sent, nil
}

// readBooleans accepts the texts "true" and "false" for booleans, as the service was seen to.
func (n *kind) readBooleans(r record) {
	for name, raw := range r {
		if text := string(raw); string(n.blank[name]) == "false" && (text == `"true"` || text == `"false"`) {
			r[name] = json.RawMessage(strings.Trim(text, `"`))
		}
	}
}
