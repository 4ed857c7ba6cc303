// Package simulator is an in-memory Nexudus account behind an [http.Handler],
// for tests and for trying the provider without an account.
//
// It does what the service is documented to do and what public client code has
// seen it do, and no more. It is not the service: it forgets everything when it
// ends, and nothing in it is random. In places it is stricter, so that clients behave
// well: for example, it accepts a one-time code only once.
//
// It shares no type with the client, so that a wrong name in one cannot hide
// in the other.
package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is one account. Its zero value is empty, without a location that a webhook
// could belong to, and has the documented limits. Its API root is the path /api. Do not
// change a field while a request runs.
type Server struct {
	// LimitFactor scales the documented limits: 0 and 1 mean as documented, 10
	// allows ten times as much, a negative one switches the throttle off.
	LimitFactor float64

	// MaxPageSize bounds the size of a page. 0 means the documented 1000.
	MaxPageSize int

	// OlderDir makes dir=1 sort upwards, as older pages of the documentation
	// say. The newest ones say 0 for up and 1 for down. -1 always means down.
	OlderDir bool

	// FirstID is the smallest Id that a new record gets, to try Ids that need
	// more than 32 or 53 bits.
	FirstID int64

	// Value is what the response to a successful write holds as its Value.
	Value WriteValue

	// Actions adds to the documented values of eWebhookAction, or renames them,
	// by their numbers.
	Actions map[int64]string

	// ListLag is how long lists, which are searches and reads of several Ids, show a
	// record as it was before its last change: a new one not at all, a deleted one still.
	// Changes are requests, EditWebhook and RemoveWebhook. What AddWebhook and AddBusiness
	// add is listed at once.
	ListLag time.Duration

	// Hidden, if not nil, reports whether lists never show the record of an Id, of any
	// kind. Reads of one record still do. It must not call the server.
	Hidden func(id int64) bool

	// TrimNames removes the spaces around the Name of a record that a client writes.
	TrimNames bool

	// ZeroReferences makes responses show 0 instead of null in a field that refers to
	// no other record, as older responses do.
	ZeroReferences bool

	// Late, if not nil, gets each request that is not a GET before Hook does. If it
	// returns true, the work is done after the duration, and the response to it is lost:
	// Hook may answer the request at once, and otherwise the connection is reset.
	Late func(*http.Request) (time.Duration, bool)

	// Hook, if not nil, gets each request first. It returns true if it
	// has answered the request itself. It can call Handle to have the work done, and
	// then drop the response or send another, such as Ooops or Fail.
	Hook func(http.ResponseWriter, *http.Request) bool

	once   sync.Once
	routes http.Handler

	mu       sync.Mutex
	users    map[string]*user
	tokens   map[string]access  // access token → whose it is
	refresh  map[string]refresh // refresh token → who may use it
	issued   int
	tables   map[*kind]*table
	accepted map[string]*history // client → requests within the last day
	requests []Request
}

// Request is a request that ServeHTTP has received.
type Request struct {
	Time                time.Time
	Method, Path, Query string
	Header              http.Header
	Body                []byte
	Status              int // 0 while there is no response, or when Hook aborted it
}

// Requests returns all requests so far, refused ones too, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		return // the client has gone
	}
	request := Request{Time: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body}
	recorder := &statusRecorder{ResponseWriter: w}

	s.mu.Lock()
	index := len(s.requests)
	s.requests = append(s.requests, request)
	hook, late := s.Hook, s.Late
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests[index].Status = recorder.status
	}()

	lost := late != nil && r.Method != http.MethodGet && s.postpone(late, r, body)
	switch {
	case hook != nil && hook(recorder, r):
	case lost:
		panic(http.ErrAbortHandler)
	default:
		s.Handle(recorder, r)
	}
	if recorder.status == 0 {
		recorder.status = http.StatusOK // as net/http answers for a handler that wrote nothing
	}
}

// postpone asks late about a request, and reports whether its work is done later.
func (s *Server) postpone(late func(*http.Request) (time.Duration, bool), r *http.Request, all []byte) bool {
	delay, ok := late(r)
	r.Body = &body{bytes.NewReader(all), all} // late may have read it
	if ok {
		time.AfterFunc(delay, func() { s.Handle(discard{}, r) })
	}
	return ok
}

// SetHook sets Hook while the server is in use.
func (s *Server) SetHook(hook func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Hook = hook
}

// Handle answers a request as if Hook were nil. Hook may call it, even after reading
// the body. It does not add to Requests.
func (s *Server) Handle(w http.ResponseWriter, r *http.Request) {
	s.once.Do(s.route)
	body, err := readBody(r)
	if err != nil {
		return // the client has gone
	}
	r = lowerCase(r)
	if wait := s.throttle(r, body); wait > 0 {
		// The documented reason phrase cannot be set with net/http, which has
		// one for each status.
		w.Header().Set("Retry-After", fmt.Sprint(int((wait+time.Second-1)/time.Second)))
		w.WriteHeader(http.StatusConflict)
		return
	}
	s.routes.ServeHTTP(w, r)
}

// lowerCase returns a request with its path and the names of its parameters in lower
// case. Seen in public client code: the service ignores their case.
func lowerCase(r *http.Request) *http.Request {
	query, lower := r.URL.Query(), url.Values{}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		key := strings.ToLower(name)
		lower[key] = append(lower[key], query[name]...)
	}
	r = r.WithContext(r.Context()) // a copy
	r.URL = &url.URL{Path: strings.ToLower(r.URL.Path), RawQuery: lower.Encode()}
	return r
}

// methods are the handlers of a path.
type methods map[string]http.HandlerFunc

// ServeHTTP implements [http.Handler]. Seen in public client code: a wrong method gets
// status 405. Its message is assumed.
func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if handle := m[r.Method]; handle != nil {
		handle(w, r)
		return
	}
	message := fmt.Sprintf("The requested resource does not support http method '%s'.", r.Method)
	response{http.StatusMethodNotAllowed, map[string]string{"Message": message}}.writeTo(w)
}

func (s *Server) route() {
	mux := http.NewServeMux()
	mux.Handle("/api/token", methods{"POST": s.signIn})
	mux.Handle("/api/auth/me", methods{"GET": s.authorized("", s.me)})
	mux.Handle("/api/utils/enums", methods{"GET": s.authorized("", s.enums)})
	for _, n := range kinds {
		s.routeKind(mux, n)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { noRoute.writeTo(w) })
	s.routes = mux
}

// body keeps what was read, so that the server can read it again after a hook.
type body struct {
	*bytes.Reader
	all []byte
}

func (*body) Close() error { return nil }

func readBody(r *http.Request) ([]byte, error) {
	if b, ok := r.Body.(*body); ok {
		return b.all, nil
	}
	all, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	r.Body = &body{bytes.NewReader(all), all}
	return all, err
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *statusRecorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets a hook take over the connection.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// discard drops a response that nobody waits for.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

// response is not written yet: a handler returns it, and writeTo sends it.
type response struct {
	status int
	value  any // sent as JSON; nil sends nothing
}

// Documented: the response for a missing record is a bare JSON string.
// Seen in public client code: for an unknown path, it is an object.
var (
	notFound = response{http.StatusNotFound, "Not found"}
	noRoute  = response{http.StatusNotFound, map[string]string{"Message": "No HTTP resource was found that matches the request URI."}}
)

// locked makes a response with the lock held.
func (s *Server) locked(respond func() response) response {
	s.mu.Lock()
	defer s.mu.Unlock()
	return respond()
}

func (p response) writeTo(w http.ResponseWriter) {
	if p.value == nil {
		w.WriteHeader(p.status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(p.status)
	if raw, ok := p.value.(json.RawMessage); ok {
		w.Write(raw) // byte for byte
		return
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // the service sends & as it is
	encoder.Encode(p.value)
}
