package nexudus

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp/totp"
)

// session is the authorizer that signs in.
//
// It signs in when the first call asks, once for all that wait. A failure is
// kept: a password is never tried again, and calls that come later fail at
// once with the same error.
type session struct {
	client   *Client
	password Password
	signIns  share[Secret]

	mu      sync.Mutex
	current Secret          // "Bearer …"; empty before the first sign-in
	worked  bool            // whether Nexudus ever took current
	failure error           // of the sign-in that ended signing in
	refused map[string]bool // roles for which a fresh token got a 401
	issued  []Secret        // every access token so far
	codes   []Secret        // every one-time code made so far
}

func (p Password) authorizer(c *Client) authorizer {
	if p.ClientID == "" {
		p.ClientID = rand.Text()
	}
	return &session{client: c, password: p, refused: make(map[string]bool)}
}

func (s *session) authorization(ctx context.Context) (Secret, error) {
	s.mu.Lock()
	current, failure := s.current, s.failure
	s.mu.Unlock()
	if !current.isEmpty() || failure != nil {
		return current, failure
	}
	return s.signIns.do(ctx, "", s.signIn)
}

func (s *session) renewed(ctx context.Context, refused Secret, role string) (Secret, error) {
	s.mu.Lock()
	if s.current == refused {
		// A token that never worked will not work for having been renewed, and
		// a role that a fresh token lacked is not there for the next one.
		if !s.worked || s.refused[role] {
			s.mu.Unlock()
			return Secret{}, nil
		}
		s.current = Secret{}
	}
	s.mu.Unlock()
	return s.authorization(ctx)
}

func (s *session) accepted(authorization Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.worked = s.worked || authorization == s.current
}

func (s *session) denied(role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[role] = true
}

func (s *session) secrets() []Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(slices.Concat(s.issued, s.codes), s.password.Password, s.password.TOTP, s.password.TOTPSecret)
}

// signIn exchanges the password for an access token.
func (s *session) signIn(ctx context.Context) (Secret, error) {
	s.mu.Lock()
	current, failure := s.current, s.failure
	s.mu.Unlock()
	if !current.isEmpty() || failure != nil {
		// Another sign-in ended between this caller's look and its turn.
		return current, failure
	}

	token, err := s.exchange(ctx)

	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return Secret{}, context.Cause(ctx)
	case err != nil:
		s.failure = err
		return Secret{}, err
	}
	s.current, s.worked = NewSecret("Bearer "+token.reveal()), false
	s.issued = append(s.issued, token)
	return s.current, nil
}

const signInCall = "sign in"

// exchange is POST /token, which takes a form and no JSON.
// See https://developers.nexudus.com/reference/token-authentication-oauth.
func (s *session) exchange(ctx context.Context) (Secret, error) {
	call := &call{
		name:     signInCall,
		method:   http.MethodPost,
		path:     []string{"token"},
		clientID: s.password.ClientID,
		form:     s.form,
	}
	if !s.password.TOTP.isEmpty() && len(s.issued) > 0 {
		return Secret{}, &Error{Call: signInCall, Kind: KindCodeUsed}
	}

	got, err := s.client.retry(ctx, call, func() (answer, error) {
		return s.client.paced(ctx, call, Secret{})
	})
	if err != nil {
		return Secret{}, err
	}
	return decodeToken(call, got)
}

// form is made for each attempt: a code from before a wait may be too old.
func (s *session) form() (url.Values, error) {
	form := url.Values{
		"grant_type": {"password"},
		"username":   {s.password.Username},
		"password":   {s.password.Password.reveal()},
	}
	switch {
	case !s.password.TOTP.isEmpty():
		form.Set("totp", s.password.TOTP.reveal())
	case !s.password.TOTPSecret.isEmpty():
		code, err := totp.GenerateCode(s.password.TOTPSecret.reveal(), time.Now())
		if err != nil {
			return nil, &Error{Call: signInCall, Kind: KindTOTPSecret}
		}
		s.mu.Lock()
		s.codes = append(s.codes, NewSecret(code))
		s.mu.Unlock()
		form.Set("totp", code)
	}
	return form, nil
}

// decodeToken returns the access token of a good sign-in. Its lifetime is left
// unread: Nexudus says not to count on it, so a 401 decides.
func decodeToken(call *call, got answer) (Secret, error) {
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err := json.Unmarshal(got.body, &token)
	if err != nil || token.AccessToken == "" || strings.ContainsFunc(token.AccessToken, notInHeader) {
		failure := call.failure(KindSignInAnswer)
		failure.Status, failure.Reason = got.status, got.describe()
		return Secret{}, failure
	}
	return NewSecret(token.AccessToken), nil
}

// notInHeader reports whether a rune has no place in a token: RFC 6750 allows
// visible ASCII only.
func notInHeader(r rune) bool { return r <= ' ' || r > '~' }
