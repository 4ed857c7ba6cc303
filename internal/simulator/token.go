package simulator

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// lifetime is how long an access token works: the documented expires_in. A refresh token
// works for the documented 15 days.
const (
	lifetime        = 604799 * time.Second
	refreshLifetime = 15 * 24 * time.Hour
)

// access is what an access token belongs to.
type access struct {
	username string
	expires  time.Time
}

// refresh is what a refresh token belongs to.
type refresh struct {
	username, client string
	expires          time.Time
}

// IssueToken returns an access token for a user without a request. It panics
// when there is no such user.
func (s *Server) IssueToken(username string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[username] == nil {
		panic("simulator: no user " + username)
	}
	return s.newToken(username)
}

// RevokeTokens ends every access token issued so far.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// newToken makes an access token. The caller holds the lock.
func (s *Server) newToken(username string) string {
	s.issued++
	token := fmt.Sprintf("access-%s", hash(fmt.Sprint(username, s.issued)))
	if s.tokens == nil {
		s.tokens = make(map[string]access)
	}
	s.tokens[token] = access{username, time.Now().Add(lifetime)}
	return token
}

// holder returns the user of an access token, or nil if the token is not valid.
// The caller holds the lock.
func (s *Server) holder(token string) *user {
	a, known := s.tokens[token]
	if !known || !time.Now().Before(a.expires) {
		return nil
	}
	return s.users[a.username]
}

func hash(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// refusal is the body of the response to a sign-in that was refused.
type refusal struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// signIn is POST /token.
// See https://developers.nexudus.com/reference/token-authentication-oauth.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	s.locked(func() response {
		username, client, refused := s.grant(r)
		if refused != nil {
			return response{http.StatusBadRequest, refused}
		}
		token := s.newToken(username)
		return response{http.StatusOK, map[string]any{
			"access_token": token, "token_type": "bearer", "expires_in": int(lifetime.Seconds()),
			"refresh_token": s.newRefreshToken(token, username, client),
		}}
	}).writeTo(w)
}

// newRefreshToken makes the only refresh token of a client ID. The caller holds the lock.
func (s *Server) newRefreshToken(token, username, client string) string {
	maps.DeleteFunc(s.refresh, func(_ string, r refresh) bool { return r.client == client })
	if s.refresh == nil {
		s.refresh = make(map[string]refresh)
	}
	refreshToken := "refresh-" + hash(token)
	s.refresh[refreshToken] = refresh{username, client, time.Now().Add(refreshLifetime)}
	return refreshToken
}

// grant returns who signs in, and the client ID, which is the user name if the
// client does not send one. The caller holds the lock.
func (s *Server) grant(r *http.Request) (username, client string, refused *refusal) {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, _ := readBody(r) // Handle has read it, so this cannot fail
	form, err := url.ParseQuery(string(body))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return "", "", &refusal{Error: "unsupported_grant_type"}
	}
	client = r.Header.Get("client_id")
	switch form.Get("grant_type") {
	case "password":
		username = form.Get("username")
		return username, cmp.Or(client, username), s.checkPassword(username, form)
	case "refresh_token":
		t, ok := s.refresh[form.Get("refresh_token")]
		if !ok || t.client != cmp.Or(client, t.username) || !time.Now().Before(t.expires) {
			return "", "", &refusal{Error: "invalid_grant"}
		}
		return t.username, t.client, nil
	}
	return "", "", &refusal{Error: "unsupported_grant_type"}
}

// checkPassword returns why a user may not sign in, or nil.
func (s *Server) checkPassword(username string, form url.Values) *refusal {
	u := s.users[username]
	switch {
	case u == nil || u.Password != form.Get("password"):
	case u.ResetToken != "":
		return &refusal{"must_reset_password", u.ResetToken}
	case u.TOTPSecret != "" && form.Get("totp") == "":
		return &refusal{Error: "two_factor_auth_check"}
	case u.takesCode(form.Get("totp"), time.Now()):
		return nil
	}
	return &refusal{"invalid_grant", "The user name or password is incorrect."}
}

// takesCode reports whether a one-time code is valid at a time, at most one step early or
// late, and has not been used before (RFC 6238, section 5.2). It marks the code as used.
func (u *user) takesCode(code string, at time.Time) bool {
	if u.TOTPSecret == "" {
		return true
	}
	step := at.Unix() / 30
	for _, candidate := range []int64{step - 1, step, step + 1} {
		// The code is empty if it is missing, or if the secret is not base32.
		if code != "" && code == oneTimeCode(u.TOTPSecret, candidate) && !u.usedSteps[candidate] {
			if u.usedSteps == nil {
				u.usedSteps = make(map[int64]bool)
			}
			u.usedSteps[candidate] = true
			return true
		}
	}
	return false
}

// oneTimeCode is HOTP (RFC 4226) of a step, six digits.
func oneTimeCode(secret string, step int64) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.ToUpper(secret), "="))
	if err != nil {
		return ""
	}
	mac := hmac.New(sha1.New, key)
	binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}
