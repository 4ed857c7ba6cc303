package simulator

import (
	"crypto/subtle"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// User may sign in. Nil roles make a full unrestricted administrator.
type User struct {
	Username, Password string
	TOTPSecret         string // base32; empty without two-factor sign-in
	Roles              []string
}

type user struct {
	User
	usedSteps map[int64]bool // a one-time code serves once
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

// authorized runs a handler with the lock held, for users who hold a role.
// Wrong credentials and a missing role answer alike, as documented.
func (s *Server) authorized(role string, do func(*user, *http.Request) response) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		answer := response{status: http.StatusUnauthorized}
		if u := s.user(r); u != nil && (u.Roles == nil || slices.Contains(u.Roles, role)) {
			answer = do(u, r)
		}
		s.mu.Unlock() // a client may be slow to read
		answer.writeTo(w)
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

// clientOf names the client whose limits a request counts against. The caller
// holds the lock.
func (s *Server) clientOf(r *http.Request, body []byte) string {
	if u := s.user(r); u != nil {
		return u.Username
	}
	if r.URL.Path == "/api/token" {
		form, _ := parseForm(body)
		// A stranger who guesses passwords does not use up the user's limits.
		if u := s.users[form.Get("username")]; u != nil && u.Password == form.Get("password") {
			return u.Username
		}
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return "address " + host
}
