package simulator

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// routeNoun adds a noun's endpoints and the roles that they need.
func (s *Server) routeNoun(mux *http.ServeMux, n *noun) {
	path := "/api/sys/" + n.path
	bind := func(role string, do func(*noun, *user, *http.Request) response) http.HandlerFunc {
		return s.authorized(n.prefix+"-"+role, func(u *user, r *http.Request) response { return do(n, u, r) })
	}
	search, several := bind("List", s.search), bind("Read", s.several)
	find := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("id") != "" {
			several(w, r)
			return
		}
		search(w, r)
	}
	mux.HandleFunc("GET "+path, find)
	mux.HandleFunc("GET "+path+"/{$}", find)
	mux.HandleFunc("GET "+path+"/{id}", bind("Read", s.get))
	if n.writable {
		mux.HandleFunc("POST "+path, bind("Create", s.create))
		mux.HandleFunc("PUT "+path, bind("Edit", s.update))
		mux.HandleFunc("DELETE "+path+"/{id}", bind("Delete", s.remove))
	}
}

// find returns the row of an Id, or nil. The caller holds the lock.
func (s *Server) find(n *noun, u *user, id int64) *row {
	r := s.table(n).rows[id]
	if r == nil || n.visible != nil && !n.visible(u, r.id) {
		return nil
	}
	return r
}

func pathID(r *http.Request) int64 {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64) // no record has the Id 0
	return id
}

// get returns the record itself, without an envelope.
func (s *Server) get(n *noun, u *user, r *http.Request) response {
	found := s.find(n, u, pathID(r))
	if found == nil {
		return notFound
	}
	return response{http.StatusOK, found.full}
}

func (s *Server) create(n *noun, u *user, r *http.Request) response {
	sent, refused := n.read(r, n.create)
	if refused != nil {
		return *refused
	}
	created := maps.Clone(n.blank)
	maps.Copy(created, sent)
	for _, name := range n.serviceFields() {
		created[name] = n.blank[name]
	}
	delete(created, "Id")
	by := stampOf(u)
	created["CreatedOn"], created["UpdatedOn"], created["UpdatedBy"] = encode(by.on), encode(by.on), encode(by.user)
	return s.succeed(n, "created", s.put(n, created), by)
}

// update clears what the body leaves out, as documented, except the fields that only the
// service writes.
func (s *Server) update(n *noun, u *user, r *http.Request) response {
	sent, refused := n.read(r, n.update)
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
	by := stampOf(u)
	updated["UpdatedOn"], updated["UpdatedBy"], updated["ToStringText"] = encode(by.on), encode(by.user), updated["Name"]
	return s.succeed(n, "updated", s.put(n, updated), by)
}

func (s *Server) remove(n *noun, u *user, r *http.Request) response {
	old := s.find(n, u, pathID(r))
	if old == nil {
		return notFound
	}
	delete(s.table(n).rows, old.id)
	return s.succeed(n, "deleted", old, stampOf(u))
}

func (n *noun) serviceFields() []string { return slices.Concat(readOnlyFields, n.readOnly) }

// read returns the record in a body, or what the service says when it lacks a
// field or holds one of the wrong type.
func (n *noun) read(r *http.Request, required []string) (record, *response) {
	body, _ := readBody(r) // Handle has read it, so this cannot fail
	var sent record
	err := json.Unmarshal(body, &sent)
	if err == nil {
		err = json.Unmarshal(body, n.scratch())
	}
	if err != nil || sent == nil {
		return nil, &response{http.StatusBadRequest, failure{Message: "The body is not valid."}}
	}
	var missing []FieldError
	var messages []string
	for _, name := range required {
		if sent.empty(name) {
			missing = append(missing, FieldError{Message: "is a required field", PropertyName: name})
			messages = append(messages, name+": is a required field")
		}
	}
	if missing != nil {
		return nil, &response{http.StatusBadRequest, failure{Message: strings.Join(messages, "\n"), Errors: missing}}
	}
	return sent, nil
}
