package nexudus

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pquerna/otp/totp"
)

// passwordAuth is the authorizer that signs in.
//
// It signs in before the first request, once for all waiting requests. A failure
// is remembered: a refused password is never tried again, and later requests fail at
// once with the same error.
type passwordAuth struct {
	client   *Client
	password Password
	signIns  flightGroup[Secret]

	mu       sync.Mutex
	current  Secret               // "Bearer …"; empty before the first sign-in
	worked   bool                 // whether Nexudus ever accepted current
	failure  error                // of a failed sign-in, after which there is no other
	refused  map[string]time.Time // roles for which a new token got a 401
	issued   []Secret             // every access token and one-time code so far
	codeMade time.Time            // when the last code was generated
	codeSent atomic.Bool          // whether Nexudus may have seen it
}

func (p Password) authorizer(c *Client) authorizer {
	if p.ClientID == "" {
		p.ClientID = rand.Text()
	}
	return &passwordAuth{client: c, password: p, refused: make(map[string]time.Time)}
}

func (a *passwordAuth) authorization(ctx context.Context) (Secret, error) {
	if current, err := a.result(); !current.isEmpty() || err != nil {
		return current, err
	}
	return a.signIns.do(ctx, "", a.signIn)
}

// result returns the result of the last sign-in, or zero values before the first one.
func (a *passwordAuth) result() (current Secret, failure error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current, a.failure
}

// refusalHolds is how long the client does not sign in again for a role that a new token
// lacked.
const refusalHolds = 5 * time.Minute

func (a *passwordAuth) renewed(ctx context.Context, refused Secret, role string) (Secret, error) {
	a.mu.Lock()
	if a.current == refused {
		// Another token would not help if this one never worked, or if a new one
		// lacked the role a short while ago.
		if !a.worked || time.Since(a.refused[role]) < refusalHolds {
			a.mu.Unlock()
			return Secret{}, errRoleMissing
		}
		if !a.password.TOTP.isEmpty() && a.codeSent.Load() {
			// There is no code for another sign-in, and the token may be valid.
			a.mu.Unlock()
			return Secret{}, a.client.failure(a.request(), KindCodeUsed,
				fmt.Sprintf("the access token is no longer valid or the user lacks the role %s", cmp.Or(role, "that the request needs")))
		}
		a.current = Secret{}
	}
	a.mu.Unlock()
	return a.authorization(ctx)
}

func (a *passwordAuth) accepted(authorization Secret) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.worked = a.worked || authorization == a.current
}

func (a *passwordAuth) denied(role string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused[role] = time.Now()
}

func (a *passwordAuth) secrets() []Secret {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append(slices.Clone(a.issued), a.password.Password, a.password.TOTP, a.password.TOTPSecret)
}

// signIn exchanges the password for an access token.
func (a *passwordAuth) signIn(ctx context.Context) (Secret, error) {
	if current, err := a.result(); !current.isEmpty() || err != nil {
		return current, err // another sign-in has ended since this caller looked
	}
	token, err := a.exchange(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if errors.As(err, new(*Error)) { // rather than the end of the last caller's context
			a.failure = err
		}
		return Secret{}, err
	}
	a.current, a.worked = NewSecret("Bearer "+token.reveal()), false
	a.issued = append(a.issued, token)
	return a.current, nil
}

// request returns the request that signs in.
func (a *passwordAuth) request() *request {
	return &request{
		verb:   VerbSignIn,
		method: http.MethodPost,
		path:   []string{"token"},
		header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"},
			// As the documentation spells it; Header.Set would write Client_id.
			"client_id": {a.password.ClientID},
		},
	}
}

// exchange is POST /token, which takes a form, not JSON.
// See https://developers.nexudus.com/reference/token-authentication-oauth.
func (a *passwordAuth) exchange(ctx context.Context) (Secret, error) {
	r := a.request()
	r.body = func() ([]byte, error) { return a.form(r) }
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { a.codeSent.Store(true) },
	})
	attempt := func() (response, error) {
		if err := a.freshCode(ctx, r); err != nil {
			return response{}, err
		}
		return a.client.throttled(ctx, r, Secret{})
	}
	resp, err := a.client.retry(ctx, r, attempt)
	if is(err, KindSignIn) && !a.password.TOTPSecret.isEmpty() {
		// Plan, apply and each alias run in separate processes. If two of them sign
		// in within the same half-minute, they generate the same code, and
		// Nexudus may accept it only once.
		a.client.log.InfoContext(ctx, "Signing in once more, since another process may have used the one-time code")
		r.retries = 0 // the second sign-in may be retried like the first
		resp, err = a.client.retry(ctx, r, attempt)
		if refused, ok := errors.AsType[*Error](err); ok && refused.Kind == KindSignIn {
			err = refused.with(func(e *Error) { e.Reason = "more than one one-time code was refused" })
		}
	}
	if err != nil {
		return Secret{}, err
	}
	// The lifetime is ignored: Nexudus says not to rely on it, so a 401 decides.
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err = json.Unmarshal(resp.body, &token)
	if err != nil || token.AccessToken == "" || strings.ContainsFunc(token.AccessToken, notInHeader) {
		failure := a.client.failure(r, KindSignInResponse, describe(resp))
		failure.Status = resp.status
		return Secret{}, failure
	}
	return NewSecret(token.AccessToken), nil
}

// freshCode waits for a one-time code that has not been sent yet: an
// attempt that failed may still have used its code.
func (a *passwordAuth) freshCode(ctx context.Context, r *request) error {
	a.mu.Lock()
	made := a.codeMade
	a.mu.Unlock()
	switch {
	case !a.codeSent.Load():
		return nil
	case !a.password.TOTP.isEmpty() && r.attempts > 0:
		return a.client.failure(r, KindCodeUsed, "the first attempt got no usable response")
	case !a.password.TOTP.isEmpty():
		return a.client.failure(r, KindCodeUsed, "the access token is no longer valid")
	}
	// Wait at most one period, even if the clock was set back.
	wait := min(time.Until(made.Truncate(codePeriod).Add(codePeriod)), codePeriod)
	if wait <= 0 {
		return nil
	}
	a.client.log.InfoContext(ctx, "Waiting for the next one-time code", "wait", wait)
	return sleep(ctx, wait)
}

// codePeriod is how long a one-time code stays the same (RFC 6238).
const codePeriod = 30 * time.Second

// form returns the form that signs in. It is called for each attempt, because an earlier
// code may have expired.
func (a *passwordAuth) form(r *request) ([]byte, error) {
	form := url.Values{
		"grant_type": {"password"},
		"username":   {a.password.Username},
		"password":   {a.password.Password.reveal()},
	}
	now, code := time.Now(), a.password.TOTP
	if !a.password.TOTPSecret.isEmpty() {
		generated, err := totp.GenerateCode(a.password.TOTPSecret.reveal(), now)
		if err != nil {
			return nil, a.client.failure(r, KindTOTPSecret, "")
		}
		code = NewSecret(generated)
	}
	if !code.isEmpty() {
		form.Set("totp", code.reveal())
		a.mu.Lock()
		defer a.mu.Unlock()
		a.issued = append(a.issued, code)
		a.codeMade = now
		a.codeSent.Store(false)
	}
	return []byte(form.Encode()), nil
}

// notInHeader reports whether a rune is not allowed in a token: RFC 6750 allows
// visible ASCII only.
func notInHeader(r rune) bool { return r <= ' ' || r > '~' }
