package simulator

import (
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// User is a user who may sign in.
type User struct {
	Username, Password string
	TOTPSecret         string   // base32; empty without two-factor sign-in
	ResetToken         string   // if not empty, signing in fails with must_reset_password and this token
	Roles              []string // nil makes a full unrestricted administrator

	ID         int64   // 0 means a new one
	FullName   string  // empty means Username
	Businesses []int64 // the locations that the user sees, the default one first; nil means all
}

type user struct {
	User
	usedSteps map[int64]bool // a one-time code serves once
	ownToken  string         // what /auth/me shows
}

// AddUser adds a user, or replaces one of the same name.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == nil {
		s.users = make(map[string]*user)
	}
	if old := s.users[u.Username]; old != nil {
		u.ID = cmp.Or(u.ID, old.ID)
	}
	if u.ID == 0 {
		u.ID = 7001
		for _, other := range s.users {
			u.ID = max(u.ID, other.ID+1)
		}
	}
	u.FullName = cmp.Or(u.FullName, u.Username)
	s.users[u.Username] = &user{User: u}
}

// authorized runs a handler with the lock held, for users who hold a role, or
// for all who are signed in when the role is empty.
// Wrong credentials and a missing role get the same response, as documented.
func (s *Server) authorized(role string, do func(*user, *http.Request) response) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// Written without the lock, since a client may be slow to read.
		s.locked(func() response {
			u := s.user(r)
			if u == nil || role != "" && u.Roles != nil && !slices.Contains(u.Roles, role) {
				return response{status: http.StatusUnauthorized}
			}
			return do(u, r)
		}).writeTo(w)
	}
}

// user returns who a request comes from, or nil. The caller holds the lock.
func (s *Server) user(r *http.Request) *user {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.holder(token)
	}
	name, password, ok := r.BasicAuth()
	u := s.users[name]
	if !ok || u == nil || subtle.ConstantTimeCompare([]byte(u.Password), []byte(password)) != 1 {
		return nil
	}
	return u
}

// me is the body of the response to GET /auth/me. It was seen in public client code to hold a
// token that works.
type me struct {
	ID                            int64 `json:"Id"`
	FullName                      string
	Email                         string
	DefaultBusinessID             *int64 `json:"DefaultBusinessId"`
	DefaultBusinessName           json.RawMessage
	DefaultCurrencyCode           json.RawMessage
	DefaultCountryName            json.RawMessage
	DefaultSimpleTimeZoneNameIana *string
	Businesses                    []int64
	IsAdmin                       bool
	APIAccess                     bool
	AccessToken                   string
}

func (s *Server) me(u *user, _ *http.Request) response {
	if s.holder(u.ownToken) == nil {
		u.ownToken = s.newToken(u.Username)
	}
	body := me{
		ID: u.ID, FullName: u.FullName, Email: u.Username, Businesses: u.Businesses,
		IsAdmin: u.Roles == nil, APIAccess: true, AccessToken: u.ownToken,
	}
	rows := s.table(businesses).rows
	if body.Businesses == nil {
		body.Businesses = slices.AppendSeq([]int64{}, maps.Keys(rows))
		slices.Sort(body.Businesses)
	}
	if s.ZeroReferences {
		body.DefaultBusinessID = new(int64)
	}
	if len(body.Businesses) > 0 {
		body.DefaultBusinessID = &body.Businesses[0]
		body.DefaultSimpleTimeZoneNameIana = new("Europe/Berlin")
		if r := rows[body.Businesses[0]]; r != nil {
			body.DefaultBusinessName = r.fields["Name"]
			body.DefaultCurrencyCode, body.DefaultCountryName = r.fields["CurrencyCode"], r.fields["CountryName"]
		}
	}
	return response{http.StatusOK, body}
}

// clientOf names the client whose limits a request counts against. The caller
// holds the lock.
func (s *Server) clientOf(r *http.Request, body []byte) string {
	if u := s.user(r); u != nil {
		return u.Username
	}
	if r.URL.Path == "/api/token" {
		form, _ := url.ParseQuery(string(body))
		// A stranger who guesses passwords does not use up the user's limits.
		if u := s.users[form.Get("username")]; u != nil && u.Password == form.Get("password") {
			return u.Username
		}
		if t, ok := s.refresh[form.Get("refresh_token")]; ok {
			return t.username
		}
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return "address " + host
}
