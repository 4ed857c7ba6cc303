package simulator

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type user struct {
	User
	usedSteps map[int64]bool // a one-time code serves once
}

// lifetime is how long an access token works: the answer's expires_in, D.
const lifetime = 604799 * time.Second

// access is what an access token belongs to.
type access struct {
	username string
	expires  time.Time
}

// grant is what a refresh token belongs to.
type grant struct {
	username, clientID string
	expires            time.Time
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

func hash(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func parseForm(body []byte) (url.Values, error) { return url.ParseQuery(string(body)) }

// token is POST /token: base URL and authentication, D.
// See https://developers.nexudus.com/reference/token-authentication-oauth.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(code, description string) {
		answer := map[string]string{"error": code}
		if description != "" {
			answer["error_description"] = description
		}
		reply(w, http.StatusBadRequest, answer)
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, _ := io.ReadAll(r.Body)
	form, err := parseForm(body)
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		refuse("unsupported_grant_type", "")
		return
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	var username string
	clientID := r.Header.Get("client_id")
	switch form.Get("grant_type") {
	case "password":
		username = form.Get("username")
		u := s.users[username]
		if u == nil || u.Password != form.Get("password") || !u.takesCode(form.Get("totp"), time.Now()) {
			refuse("invalid_grant", "The user name or password is incorrect.")
			return
		}
		if clientID == "" {
			clientID = username
		}
		// One refresh token for each client id.
		for token, g := range s.refresh {
			if g.clientID == clientID {
				delete(s.refresh, token)
			}
		}
	case "refresh_token":
		old := form.Get("refresh_token")
		g, known := s.refresh[old]
		if clientID == "" {
			clientID = g.username
		}
		if !known || g.clientID != clientID || time.Now().After(g.expires) {
			refuse("invalid_grant", "")
			return
		}
		username = g.username
		delete(s.refresh, old)
	default:
		refuse("unsupported_grant_type", "")
		return
	}

	access := s.newToken(username)
	refresh := "refresh-" + hash(access)
	if s.refresh == nil {
		s.refresh = make(map[string]grant)
	}
	s.refresh[refresh] = grant{username, clientID, time.Now().Add(15 * 24 * time.Hour)}
	reply(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "bearer", "expires_in": int(lifetime.Seconds()), "refresh_token": refresh,
	})
}

// takesCode reports whether a one-time code is right at a time, one step early
// or late, and was not used before (RFC 6238, section 5.2).
func (u *user) takesCode(code string, at time.Time) bool {
	if u.TOTPSecret == "" {
		return true
	}
	step := at.Unix() / 30
	for _, candidate := range []int64{step - 1, step, step + 1} {
		// A code of a secret that is no base32 is empty, as a missing one is.
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
