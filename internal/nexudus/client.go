// Package nexudus reads and writes the records of a Nexudus account: webhooks, locations and the
// signed-in user. Package rest sends the requests.
//
// The service handles all kinds of records in the same way, and so does this package: create.go creates,
// record.go gets, updates and deletes, list.go lists, and records.go has what they share. Each kind of
// record adds its type, its filter and a few lines for each verb; see webhook.go.
//
// Both kinds of writes end in the same way: the record is read back and compared with what was sent. If
// it differs, the error is [rest.KindNotApplied]; if it cannot be read, [rest.KindUnverified]. If a
// response is lost and it cannot be found out whether the write was carried out, it is
// [rest.KindUnknown].
package nexudus

import (
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// Client reads and writes the records of one account. It is safe for concurrent use; make one
// with [New].
type Client struct {
	rest       *rest.Client
	webhooks   *records[Webhook]
	businesses *records[Business]
	users      *records[User]

	actions     singleflight.Group
	actionNames atomic.Pointer[map[Action]string] // the service's own; nil until they have been read
}

// New returns a client. It sends nothing: the first call does.
func New(config rest.Config) *Client {
	c := rest.New(config)
	return &Client{rest: c, webhooks: newWebhooks(c), businesses: newBusinesses(c), users: newUsers(c)}
}

// Sanitize prepares a text that somebody else has chosen for display; see [rest.Client.Sanitize].
func (c *Client) Sanitize(text string, addresses ...string) string {
	return c.rest.Sanitize(text, addresses...)
}

// Close closes idle connections.
func (c *Client) Close() { c.rest.Close() }

// Throttled returns how long the client's requests have waited so far because
// Nexudus throttled them.
func (c *Client) Throttled() time.Duration { return c.rest.Throttled() }
