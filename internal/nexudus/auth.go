package nexudus

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
)

// Auth is how a [Client] authorizes its requests: a [Token], [Basic] or
// [Password].
type Auth interface {
	authorizer(*Client) authorizer
}

// Token is an access token, sent as it is.
type Token struct {
	AccessToken Secret
}

// Basic sends a user name and a password with every request, as API
// applications do with their key and secret.
type Basic struct {
	Username string
	Password Secret
}

// Password signs in at POST /token when the first request needs it, and sends
// the access token that it gets.
type Password struct {
	Username string
	Password Secret

	// TOTP is one six-digit code, good for one sign-in. TOTPSecret is the
	// base32 secret that codes are made from. An account without two-factor
	// sign-in needs neither.
	TOTP       Secret
	TOTPSecret Secret

	// ClientID is the client_id header. Nexudus keeps one refresh token for
	// each, so a client that borrows another's breaks it. Empty means a fresh
	// one for each client.
	ClientID string
}

// authorizer gives requests their Authorization header. It is safe for
// concurrent use.
type authorizer interface {
	// authorization returns the header's value, and gets it first if it must.
	authorization(context.Context) (Secret, error)

	// renewed returns another value to try once after Nexudus answered 401 to a
	// call that needs the role. It is the empty one when there is none, and
	// errRoleMissing is the error when the value is beyond doubt.
	renewed(ctx context.Context, refused Secret, role string) (Secret, error)

	// accepted is told that Nexudus took a value, and denied that it refused a
	// renewed one to a call that needs the role.
	accepted(Secret)
	denied(role string)

	// secrets lists what must never be shown, whoever says it.
	secrets() []Secret
}

// errRoleMissing says that a value is good, so that a 401 must mean the role.
var errRoleMissing = errors.New("the user lacks the role")

// authorized sends a call with its Authorization header. A 401 is answered by
// one renewal and one repeat, where the credentials allow it.
//
// Nexudus answers 401 to wrong credentials and to a missing role alike, so a
// second 401 means the role.
func (c *Client) authorized(ctx context.Context, call *call, send func(authorization Secret) (answer, error)) (answer, error) {
	authorization, err := c.auth.authorization(ctx)
	if err != nil {
		return answer{}, err
	}
	got, err := send(authorization)
	if !is(err, KindUnauthorized) {
		if fromAPI(err) {
			c.auth.accepted(authorization)
		}
		return got, err
	}

	renewed, renewErr := c.auth.renewed(ctx, authorization, call.role)
	switch {
	case errors.Is(renewErr, errRoleMissing):
		return answer{}, roleMissing(err)
	case renewErr != nil:
		return answer{}, renewErr
	case renewed.isEmpty():
		return answer{}, err
	}
	got, err = send(renewed)
	switch {
	case is(err, KindUnauthorized):
		c.auth.denied(call.role)
		err = roleMissing(err)
	case fromAPI(err):
		c.auth.accepted(renewed)
	}
	return got, err
}

// fromAPI reports whether an outcome other than a 401 is an answer of the API,
// which means that it took the credentials. The throttle, a gateway or a firewall
// may answer before anything looks at them.
func fromAPI(err error) bool {
	var failure *Error
	if !errors.As(err, &failure) {
		return err == nil
	}
	switch failure.Kind {
	case KindNotFound, KindForbidden, KindRejected:
		return true
	}
	return failure.Status == http.StatusInternalServerError
}

// roleMissing is a 401 whose cause is known.
func roleMissing(unauthorized error) error {
	var failure *Error
	if errors.As(unauthorized, &failure) {
		failure.Kind = KindRoleMissing
	}
	return failure
}

// fixed is an authorizer whose header never changes.
type fixed struct {
	header Secret
	hide   []Secret
}

func (t Token) authorizer(*Client) authorizer {
	return fixed{header: NewSecret("Bearer " + t.AccessToken.reveal()), hide: []Secret{t.AccessToken}}
}

func (b Basic) authorizer(*Client) authorizer {
	pair := base64.StdEncoding.EncodeToString([]byte(b.Username + ":" + b.Password.reveal()))
	return fixed{header: NewSecret("Basic " + pair), hide: []Secret{b.Password, NewSecret(pair)}}
}

func (f fixed) authorization(context.Context) (Secret, error)           { return f.header, nil }
func (f fixed) renewed(context.Context, Secret, string) (Secret, error) { return Secret{}, nil }
func (f fixed) accepted(Secret)                                         {}
func (f fixed) denied(string)                                           {}
func (f fixed) secrets() []Secret                                       { return f.hide }
