package nexudus

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
)

// Auth authorizes the requests of a [Client]: a [Token], [Basic] or [Password].
type Auth interface {
	authorizer(*Client) authorizer
}

// Token is an access token, sent unchanged.
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

// authorizer provides the Authorization header. It is safe for concurrent use.
type authorizer interface {
	// authorization returns the header's value, after signing in if necessary.
	authorization(context.Context) (Secret, error)

	// renewed returns another value to try once after Nexudus answered 401 to a
	// request that needs the role. It is empty when there is none; the error is
	// errRoleMissing when the refused value is known to be valid.
	renewed(ctx context.Context, refused Secret, role string) (Secret, error)

	// accepted records that Nexudus accepted a value. denied records that it refused a
	// renewed one for a request that needs the role.
	accepted(Secret)
	denied(role string)

	// secrets lists the values that must never be shown.
	secrets() []Secret
}

// errRoleMissing means that a value is valid, so that a 401 is about the role.
var errRoleMissing = errors.New("the user lacks the role")

// authorized sends a request with its Authorization header. After a 401 it
// renews the header and sends once more, if the credentials allow it. Nexudus
// answers 401 to wrong credentials and to a missing role alike, so a second 401
// means the role.
func (c *Client) authorized(ctx context.Context, r *request, send func(authorization Secret) (response, error)) (response, error) {
	authorization, err := c.auth.authorization(ctx)
	if err != nil {
		return response{}, err
	}
	resp, err := send(authorization)
	c.noteAccepted(authorization, err)
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Kind != KindUnauthorized {
		return resp, err
	}
	roleMissing := func(e *Error) { e.Kind = KindRoleMissing }
	renewed, err := c.auth.renewed(ctx, authorization, r.role)
	switch {
	case errors.Is(err, errRoleMissing):
		return response{}, refused.with(roleMissing)
	case err != nil:
		return response{}, err
	case renewed.isEmpty():
		return response{}, refused
	}
	resp, err = send(renewed)
	c.noteAccepted(renewed, err)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Kind == KindUnauthorized {
		c.auth.denied(r.role)
		return response{}, refused.with(roleMissing)
	}
	return resp, err
}

// noteAccepted records that a value is valid. Any response of the API except 401
// shows that. The throttle, a gateway or a firewall may answer before anything
// looks at the value.
func (c *Client) noteAccepted(authorization Secret, err error) {
	failure, _ := errors.AsType[*Error](err)
	if err == nil || is(err, KindNotFound, KindForbidden, KindRejected) || failure != nil && failure.Status == http.StatusInternalServerError {
		c.auth.accepted(authorization)
	}
}

// staticAuth is an authorizer whose header never changes.
type staticAuth struct {
	header Secret
	hide   []Secret
}

func (t Token) authorizer(*Client) authorizer {
	return staticAuth{header: NewSecret("Bearer " + t.AccessToken.reveal()), hide: []Secret{t.AccessToken}}
}

func (b Basic) authorizer(*Client) authorizer {
	pair := base64.StdEncoding.EncodeToString([]byte(b.Username + ":" + b.Password.reveal()))
	return staticAuth{header: NewSecret("Basic " + pair), hide: []Secret{b.Password, NewSecret(pair)}}
}

func (a staticAuth) authorization(context.Context) (Secret, error)           { return a.header, nil }
func (a staticAuth) renewed(context.Context, Secret, string) (Secret, error) { return Secret{}, nil }
func (a staticAuth) accepted(Secret)                                         {}
func (a staticAuth) denied(string)                                           {}
func (a staticAuth) secrets() []Secret                                       { return a.hide }
