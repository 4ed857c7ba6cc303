package rest

import (
	"context"
	"encoding/base64"
	"log/slog"
	"sync/atomic"
)

// Auth authorizes the requests of a [Client]: a [Token], [Basic] or [Password].
type Auth interface {
	// authorizer returns an authorizer that signs in with send, and lets texts hide its secrets.
	authorizer(send sendFunc, shown *texts, log *slog.Logger) authorizer
}

// sendFunc sends a request until it succeeds or fails for good.
type sendFunc func(context.Context, *Request) (Response, error)

// Token is an access token, sent unchanged.
type Token struct {
	AccessToken Secret
}

// Basic sends a user name and a password with every request.
type Basic struct {
	Username string
	Password Secret
}

// authorizer provides the Authorization header. It is safe for concurrent use.
type authorizer interface {
	// authorization returns the header's value, after signing in if necessary.
	authorization(context.Context) (Secret, error)

	// renew reports whether there is another value to try once after Nexudus answered 401.
	renew(ctx context.Context, refused Secret) (bool, error)

	// accepted records that Nexudus has accepted a value. valid reports whether the credentials are
	// known to be valid, so that a 401 is about the permission: Nexudus answers 401 to
	// wrong credentials and to a missing permission alike.
	accepted(Secret)
	valid() bool
}

// staticAuth is an authorizer whose header never changes.
type staticAuth struct {
	header Secret
	worked atomic.Bool
}

func (t Token) authorizer(_ sendFunc, shown *texts, _ *slog.Logger) authorizer {
	shown.hide(t.AccessToken)
	return &staticAuth{header: NewSecret("Bearer " + t.AccessToken.reveal())}
}

func (b Basic) authorizer(_ sendFunc, shown *texts, _ *slog.Logger) authorizer {
	pair := base64.StdEncoding.EncodeToString([]byte(b.Username + ":" + b.Password.reveal()))
	shown.hide(b.Password, NewSecret(pair))
	return &staticAuth{header: NewSecret("Basic " + pair)}
}

func (a *staticAuth) authorization(context.Context) (Secret, error) { return a.header, nil }
func (a *staticAuth) renew(context.Context, Secret) (bool, error)   { return false, nil }
func (a *staticAuth) accepted(Secret)                               { a.worked.Store(true) }
func (a *staticAuth) valid() bool                                   { return a.worked.Load() }
