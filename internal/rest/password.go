package rest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/sync/singleflight"
)

// Password signs in at POST /token when the first request needs it, and sends
// the access token that it gets.
type Password struct {
	Username string
	Password Secret

	// TOTP is one six-digit code, valid for one sign-in. TOTPSecret is the
	// base32 secret that codes are generated from. An account without two-factor
	// authentication needs neither.
	TOTP       Secret
	TOTPSecret Secret

	// ClientID is the client_id header. Nexudus keeps one refresh token for each
	// client ID, so using the ID of another program would break its sign-in. Empty
	// means a new random one.
	ClientID string
}

// passwordAuth is the authorizer that signs in.
//
// It signs in before the first request, once for all waiting requests. A failure
// is remembered: a refused password is never tried again, and later requests fail at
// once with the same error.
type passwordAuth struct {
	password Password
	send     sendFunc
	texts    *texts
	log      *slog.Logger
	signIns  singleflight.Group

	mu       sync.Mutex
	current  Secret    // "Bearer …"; empty before the first sign-in
	worked   bool      // whether Nexudus ever accepted current
	renewal  time.Time // when current was last replaced
	failure  error     // of a failed sign-in, after which there is no other
	codeMade time.Time // when the last code was generated
	codeUsed bool      // whether Nexudus may have accepted it
}

func (p Password) authorizer(send sendFunc, shown *texts, log *slog.Logger) authorizer {
	if p.ClientID == "" {
		p.ClientID = rand.Text()
	}
	shown.hide(p.Password, p.TOTP, p.TOTPSecret)
	return &passwordAuth{password: p, send: send, texts: shown, log: log}
}

func (a *passwordAuth) authorization(ctx context.Context) (Secret, error) {
	if current, err := a.result(); !current.isEmpty() || err != nil {
		return current, err
	}
	current, err, _ := a.signIns.Do("", func() (any, error) { return a.signIn(ctx) })
	token, _ := current.(Secret)
	return token, err
}

// result returns the result of the last sign-in, or zero values before the first one.
func (a *passwordAuth) result() (current Secret, failure error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current, a.failure
}

// renewalPause is how long the client does not sign in again after it has replaced a token: a
// 401 that follows is about the permission.
const renewalPause = time.Minute

func (a *passwordAuth) renew(ctx context.Context, refused Secret) (bool, error) {
	if again, err := a.discard(refused); !again || err != nil {
		return false, err
	}
	_, err := a.authorization(ctx)
	return err == nil, err
}

// discard drops a refused token, and reports whether there is, or can be, another one.
func (a *passwordAuth) discard(refused Secret) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.current != refused: // another request has renewed it
		return true, nil
	case !a.worked, !a.renewal.IsZero() && time.Since(a.renewal) < renewalPause:
		return false, nil
	case !a.password.TOTP.isEmpty() && a.codeUsed:
		// There is no code for another sign-in, and the token may be valid.
		return false, a.request().Error(KindCodeUsed, "the access token is no longer valid or the user lacks the permission")
	}
	a.current, a.renewal = Secret{}, time.Now()
	return true, nil
}

func (a *passwordAuth) accepted(authorization Secret) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.worked = a.worked || authorization == a.current
}

// valid is always true: every value has come from a sign-in.
func (a *passwordAuth) valid() bool { return true }

// signIn exchanges the password for an access token.
func (a *passwordAuth) signIn(ctx context.Context) (Secret, error) {
	if current, err := a.result(); !current.isEmpty() || err != nil {
		return current, err // another sign-in has ended since this caller looked
	}
	token, err := a.exchange(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if errors.As(err, new(*Error)) { // rather than the end of the caller's context
			a.failure = err
		}
		return Secret{}, err
	}
	a.current, a.worked = NewSecret("Bearer "+token.reveal()), false
	a.texts.hide(token)
	return a.current, nil
}

// request returns the request that signs in.
func (a *passwordAuth) request() *Request {
	return &Request{
		Verb:   VerbSignIn,
		Method: http.MethodPost,
		Path:   "token",
		Header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"},
			// As the documentation spells it; Header.Set would write Client_id.
			"client_id": {a.password.ClientID},
		},
	}
}

// exchange is POST /token, which takes a form, not JSON.
// See https://developers.nexudus.com/reference/token-authentication-oauth.
func (a *passwordAuth) exchange(ctx context.Context) (Secret, error) {
	resp, err := a.post(ctx)
	if Is(err, KindSignIn) && !a.password.TOTPSecret.isEmpty() {
		// Plan, apply and each alias run in separate processes. If two of them sign
		// in within the same half-minute, they generate the same code, and
		// Nexudus may accept it only once.
		a.log.InfoContext(ctx, "Signing in once more, since another process may have used the one-time code")
		resp, err = a.post(ctx)
	}
	if err != nil {
		return Secret{}, err
	}
	// The lifetime is ignored: Nexudus says not to rely on it, so a 401 decides.
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err = json.Unmarshal(resp.Body, &token)
	if err != nil || token.AccessToken == "" || strings.ContainsFunc(token.AccessToken, notInHeader) {
		return Secret{}, resp.Error(KindUnexpected, resp.Describe())
	}
	return NewSecret(token.AccessToken), nil
}

// post sends one sign-in, in the same way as any other request.
func (a *passwordAuth) post(ctx context.Context) (Response, error) {
	r := a.request()
	r.Prepare = func(ctx context.Context) error {
		if err := a.freshCode(ctx, r); err != nil {
			return err
		}
		return a.setForm(r)
	}
	resp, err := a.send(ctx, r)
	if err == nil || r.outcome != NotProcessed || Is(err, KindSignIn) {
		a.mu.Lock()
		a.codeUsed = true
		a.mu.Unlock()
	}
	return resp, err
}

// freshCode waits for a one-time code that has not been used yet: an attempt that failed may
// still have used its code. One that was throttled has not.
func (a *passwordAuth) freshCode(ctx context.Context, r *Request) error {
	a.mu.Lock()
	made, used := a.codeMade, a.codeUsed
	a.mu.Unlock()
	switch {
	case !used && r.outcome == NotProcessed:
		return nil
	case !a.password.TOTP.isEmpty() && r.attempts > 0:
		return r.Error(KindCodeUsed, "the first attempt got no usable response")
	case !a.password.TOTP.isEmpty():
		return r.Error(KindCodeUsed, "the access token is no longer valid")
	}
	// Wait at most one period, even if the clock was set back.
	wait := min(time.Until(made.Truncate(codePeriod).Add(codePeriod)), codePeriod)
	if a.password.TOTPSecret.isEmpty() || wait <= 0 {
		return nil
	}
	a.log.InfoContext(ctx, "Waiting for the next one-time code", "wait", wait)
	return Sleep(ctx, wait)
}

// codePeriod is how long a one-time code stays the same (RFC 6238).
const codePeriod = 30 * time.Second

// setForm sets the form that signs in. It is called for each attempt, because an earlier
// code may have expired.
func (a *passwordAuth) setForm(r *Request) error {
	form := url.Values{
		"grant_type": {"password"},
		"username":   {a.password.Username},
		"password":   {a.password.Password.reveal()},
	}
	now, code := time.Now(), a.password.TOTP
	if !a.password.TOTPSecret.isEmpty() {
		generated, err := totp.GenerateCode(a.password.TOTPSecret.reveal(), now)
		if err != nil {
			return r.Error(KindTOTPSecret, "")
		}
		code = NewSecret(generated)
	}
	if !code.isEmpty() {
		form.Set("totp", code.reveal())
		a.texts.hide(code)
		a.mu.Lock()
		a.codeMade, a.codeUsed = now, false
		a.mu.Unlock()
	}
	r.Body = []byte(form.Encode())
	return nil
}

// notInHeader reports whether a rune is not allowed in a token: RFC 6750 allows
// visible ASCII only.
func notInHeader(r rune) bool { return r <= ' ' || r > '~' }
