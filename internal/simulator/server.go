// Package simulator is an in-memory Nexudus account behind an [http.Handler],
// for tests and for trying the provider without an account.
//
// It does what the service is documented to do and what others have seen it
// do, and no more. It is not the service: it forgets everything when it ends,
// and nothing in it is random. In places it is stricter, so that clients learn
// good manners: a program that does not name itself is turned away.
//
// Comments mark what a behaviour rests on: D is documented, F was seen in the
// field by others, A is assumed.
//
// It shares no type with the client, so that a wrong name in one cannot hide
// in the other.
package simulator

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is one account. Its zero value is empty and has the documented limits.
// Its API root is the path /api.
type Server struct {
	// LimitFactor scales the documented limits: 0 and 1 mean as documented, 10
	// allows ten times as much, a negative one switches the throttle off.
	LimitFactor float64

	// MaxPageSize bounds the size of a page. 0 means 1000, the largest that
	// clients in the field ask for.
	MaxPageSize int

	// Answer, when not nil, sees each request first, and returns true when it
	// has answered in the server's stead.
	Answer func(http.ResponseWriter, *http.Request) bool

	routes http.Handler // made once

	mu       sync.Mutex
	once     sync.Once
	users    map[string]*user
	tokens   map[string]access // access token → whose it is
	refresh  map[string]grant  // refresh token → whose it is
	issued   int
	webhooks map[int64]*Webhook
	lastID   int64
	accepted map[string][]stamp // client → requests within the last day
	requests []Request
}

// User may sign in. Nil roles make a full unrestricted administrator.
type User struct {
	Username, Password string
	TOTPSecret         string // base32; empty without two-factor sign-in
	Roles              []string
}

// Request is one that the server has seen.
type Request struct {
	Time                time.Time
	Method, Path, Query string
	Header              http.Header
	Body                []byte
	Status              int
}

// AddUser adds a user, or replaces one of the same name.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == nil {
		s.users = make(map[string]*user)
	}
	s.users[u.Username] = &user{User: u}
}

// Requests returns all requests so far, refused ones too, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.once.Do(func() {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /api/token", s.token)
		mux.HandleFunc("GET /api/sys/webhooks/{id}", s.authorized("WebHook-Read", s.get))
		mux.HandleFunc("GET /api/sys/webhooks", s.authorized("WebHook-List", s.search))
		mux.HandleFunc("GET /api/sys/webhooks/{$}", s.authorized("WebHook-List", s.search))
		mux.HandleFunc("POST /api/sys/webhooks", s.authorized("WebHook-Create", s.create))
		mux.HandleFunc("PUT /api/sys/webhooks", s.authorized("WebHook-Edit", s.update))
		mux.HandleFunc("DELETE /api/sys/webhooks/{id}", s.authorized("WebHook-Delete", s.remove))
		mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
		})
		s.routes = mux
	})

	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return // the client has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	request := Request{Time: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body}
	recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}

	s.mu.Lock()
	index := len(s.requests)
	s.requests = append(s.requests, request)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests[index].Status = recorder.status
	}()

	if s.Answer != nil && s.Answer(recorder, r) {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	// In front of the API, F: the firewall answers what it dislikes by itself.
	if agent := r.UserAgent(); agent == "" || strings.HasPrefix(agent, "Go-http-client") || strings.HasPrefix(agent, "curl") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		recorder.WriteHeader(http.StatusForbidden)
		io.WriteString(recorder, "<!DOCTYPE html><title>403 Forbidden</title><p>The request was blocked.")
		return
	}
	if wait := s.throttle(r, body); wait > 0 {
		// Throttling, D. The documented reason phrase cannot be set with
		// net/http, which has one for each status.
		w.Header().Set("Retry-After", fmt.Sprint(int((wait+time.Second-1)/time.Second)))
		recorder.WriteHeader(http.StatusConflict)
		return
	}
	// Written without the lock that the handlers hold, since a client may be slow.
	answer := httptest.NewRecorder()
	s.routes.ServeHTTP(answer, r)
	maps.Copy(w.Header(), answer.Header())
	recorder.WriteHeader(answer.Code)
	answer.Body.WriteTo(recorder)
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a hook take over the connection.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// authorized runs a handler for users who hold a role, with the lock held.
// Wrong credentials and a missing role answer alike: authentication, D.
func (s *Server) authorized(role string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		u := s.user(r)
		if u == nil || u.Roles != nil && !slices.Contains(u.Roles, role) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// user returns who a request comes from, or nil. The caller holds the lock.
func (s *Server) user(r *http.Request) *user {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		a, known := s.tokens[token]
		if !known || !time.Now().Before(a.expires) {
			return nil
		}
		return s.users[a.username]
	}
	name, password, ok := r.BasicAuth()
	u := s.users[name]
	if !ok || u == nil || subtle.ConstantTimeCompare([]byte(u.Password), []byte(password)) != 1 {
		return nil
	}
	return u
}

// clientOf names whom a request counts for. Limits are per client: throttling, D.
// The caller holds the lock.
func (s *Server) clientOf(r *http.Request, body []byte) string {
	if u := s.user(r); u != nil {
		return u.Username
	}
	if r.URL.Path == "/api/token" {
		form, _ := parseForm(body)
		if g, known := s.refresh[form.Get("refresh_token")]; known {
			return g.username
		}
		// A stranger who guesses passwords does not use up the user's limits.
		if u := s.users[form.Get("username")]; u != nil && u.Password == form.Get("password") {
			return u.Username
		}
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return "address " + host
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}
