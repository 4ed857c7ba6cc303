package nexudus

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptrace"
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

	mu       sync.Mutex
	current  Secret               // "Bearer …"; empty before the first sign-in
	worked   bool                 // whether Nexudus ever took current
	failure  error                // of the sign-in that ended signing in
	refused  map[string]time.Time // roles for which a fresh token got a 401
	issued   []Secret             // every access token so far
	codes    []Secret             // every one-time code made so far
	codeMade time.Time            // the last of them, or the given one
	codeSent bool                 // whether Nexudus may have seen it
}

func (p Password) authorizer(c *Client) authorizer {
	if p.ClientID == "" {
		p.ClientID = rand.Text()
	}
	return &session{client: c, password: p, refused: make(map[string]time.Time)}
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

// refusalHolds is how long a role that a fresh token lacked is not tried with
// another token.
const refusalHolds = 5 * time.Minute

func (s *session) renewed(ctx context.Context, refused Secret, role string) (Secret, error) {
	s.mu.Lock()
	if s.current == refused {
		// A token that never worked will not work for having been renewed, and
		// a role that a fresh token lacked is not there for the next one; unless
		// that is long ago, and the token may have ended since.
		if !s.worked || time.Since(s.refused[role]) < refusalHolds {
			s.mu.Unlock()
			return Secret{}, errRoleMissing
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
	s.refused[role] = time.Now()
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
	if err != nil {
		// Unless it is only that nobody waits any more.
		if errors.As(err, new(*Error)) {
			s.failure = err
		}
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
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: s.wroteCode})
	got, err := s.client.retry(ctx, call, func() (answer, error) {
		if err := s.freshCode(ctx, call); err != nil {
			return answer{}, err
		}
		return s.client.paced(ctx, call, Secret{})
	})
	if err != nil {
		return Secret{}, err
	}
	return decodeToken(call, got)
}

// freshCode waits until there is a one-time code that Nexudus has not seen. An
// attempt that failed may have used its code all the same.
func (s *session) freshCode(ctx context.Context, call *call) error {
	s.mu.Lock()
	sent, made := s.codeSent, s.codeMade
	s.mu.Unlock()
	switch {
	case !sent:
		return nil
	case !s.password.TOTP.isEmpty():
		failure := call.failure(KindCodeUsed)
		failure.Reason = "the access token has ended"
		if call.attempts > 0 {
			failure.Reason = "the first one got no good answer"
		}
		return failure
	}
	next := made.Truncate(codePeriod).Add(codePeriod)
	wait := min(time.Until(next), codePeriod) // the clock may have been set back
	if wait <= 0 {
		return nil
	}
	s.client.log.LogAttrs(ctx, slog.LevelInfo, "Waiting for the next one-time code", slog.String("call", call.name), slog.Duration("wait", wait))
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// codePeriod is how long a one-time code stays the same (RFC 6238).
const codePeriod = 30 * time.Second

// wroteCode is told that a form has gone out, with the code if there is one.
func (s *session) wroteCode(httptrace.WroteRequestInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codeSent = true
}

// form is made for each attempt: a code from before a wait may be too old.
func (s *session) form() (url.Values, error) {
	form := url.Values{
		"grant_type": {"password"},
		"username":   {s.password.Username},
		"password":   {s.password.Password.reveal()},
	}
	now, code := time.Now(), s.password.TOTP
	if !s.password.TOTPSecret.isEmpty() {
		made, err := totp.GenerateCode(s.password.TOTPSecret.reveal(), now)
		if err != nil {
			return nil, &Error{Call: signInCall, Kind: KindTOTPSecret}
		}
		code = NewSecret(made)
	}
	if !code.isEmpty() {
		form.Set("totp", code.reveal())
		s.mu.Lock()
		defer s.mu.Unlock()
		s.codes = append(s.codes, code)
		s.codeMade, s.codeSent = now, false
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
