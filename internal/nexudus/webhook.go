package nexudus

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

	"golang.org/x/sync/semaphore"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// Webhook tells Nexudus to POST to a URL when something happens at a location.
//
// A nil field was null or missing in the response. Texts and date-times are as
// sent.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
type Webhook struct {
	ID          int64   `json:"Id"`
	BusinessID  *int64  `json:"BusinessId"` // the location that owns the webhook
	Name        *string `json:"Name"`
	Description *string `json:"Description"`
	URL         *string `json:"URL"` // where Nexudus POSTs to; often carries a secret in its query
	Action      *Action `json:"Action"`
	Active      *bool   `json:"Active"`      // Nexudus sets it to false after ten consecutive failed deliveries
	LastError   *string `json:"LastError"`   // of the last failed delivery
	ErrorCount  *int64  `json:"ErrorCount"`  // failed deliveries
	LastTrigger *string `json:"LastTrigger"` // date-time
	CreatedOn   *string `json:"CreatedOn"`   // date-time
	UpdatedOn   *string `json:"UpdatedOn"`   // date-time
	UpdatedBy   *string `json:"UpdatedBy"`
	UniqueID    *string `json:"UniqueId"`
	SystemID    *string `json:"SystemId"`
}

// WebhookFields are the fields of a webhook that callers set. An update leaves those that are nil as
// the service has them. A create needs all but the description: the default of Active is not documented.
type WebhookFields struct {
	BusinessID  *int64  `json:"BusinessId,omitempty"`
	Name        *string `json:"Name,omitempty"`
	Description *string `json:"Description,omitempty"`
	URL         *string `json:"URL,omitempty"`
	Action      *Action `json:"Action,omitempty"`
	Active      *bool   `json:"Active,omitempty"`
}

// Differs returns the API's names of the fields whose values differ in a webhook.
// An absent description is the same as an empty one.
func (f WebhookFields) Differs(w *Webhook) (names []string) {
	for _, field := range []struct {
		name string
		same bool
	}{
		{"BusinessId", matches(f.BusinessID, w.BusinessID)},
		{"Name", matches(normal(f.Name), normal(w.Name))},
		{"Description", matches(normal(f.Description), normal(cmp.Or(w.Description, new(""))))},
		{"URL", matches(normal(f.URL), normal(w.URL))},
		{"Action", matches(f.Action, w.Action)},
		{"Active", matches(f.Active, w.Active)},
	} {
		if !field.same {
			names = append(names, field.name)
		}
	}
	return names
}

func newWebhooks(c *rest.Client) *records[Webhook] {
	return &records[Webhook]{
		rest: c, name: "webhook", path: "webhooks", permission: "WebHook",
		id:        func(w *Webhook) int64 { return w.ID },
		uniqueID:  func(w *Webhook) *string { return w.UniqueID },
		address:   func(w *Webhook) *string { return w.URL },
		normalize: func(w *Webhook) { w.BusinessID = reference(w.BusinessID) },
		creates:   creates[Webhook]{listing: semaphore.NewWeighted(1)},
	}
}

// Webhook reads one webhook. It needs the permission WebHook-Read, and WebHook-List to confirm that a
// webhook does not exist. The error of one that certainly does not satisfies [rest.IsNotFound].
func (c *Client) Webhook(ctx context.Context, id int64) (*Webhook, error) {
	return c.webhooks.get(ctx, id)
}

// WebhookSummary returns a webhook as lists show it, without Description, or nil
// if it must be read by itself with [Client.Webhook]. The first calls return nil;
// later ones are answered from one list of all webhooks, until the client's first
// write, and for a minute. It needs the permission WebHook-List, and returns nil without it.
func (c *Client) WebhookSummary(ctx context.Context, id int64) *Webhook {
	return c.webhooks.summary(ctx, id)
}

// Webhooks lists the webhooks that a filter chooses, ordered by ID. It needs the
// permission WebHook-List. Their Description is nil: lists do not include it.
func (c *Client) Webhooks(ctx context.Context, filter WebhookFilter) ([]*Webhook, error) {
	return c.webhooks.all(ctx, listing[Webhook]{query: filter.query(), matches: filter.chooses})
}

// CreateWebhook creates a webhook and returns it as it is afterwards. It needs the permissions
// WebHook-Create and WebHook-Read, and also WebHook-List to find out what happened if
// the response is lost.
//
// If the result is not nil, the webhook exists, also after an error: one that differs from the fields
// is returned with a [rest.KindNotApplied] error, and one that could not be read back has its ID only
// and is returned with a [rest.KindUnverified] error. After a [rest.KindUnknown] error,
// the webhook may exist. CreateWebhook never creates two webhooks, but it cannot tell its own
// webhook from an equal one that another process creates at the same moment.
func (c *Client) CreateWebhook(ctx context.Context, fields WebhookFields) (*Webhook, error) {
	location := func(w *Webhook) bool { return matches(fields.BusinessID, w.BusinessID) }
	return c.webhooks.create(ctx, creation[Webhook]{
		// The service may change texts, for example trim them. It is assumed to keep the location and the event.
		key:    fmt.Sprint(*fields.BusinessID, " ", *fields.Action),
		fields: fields,
		similar: func(w *Webhook) bool {
			return (w.BusinessID == nil || location(w)) && (w.Action == nil || *w.Action == *fields.Action)
		},
		differs: fields.Differs,
		nearby:  location,
	})
}

// PossibleDuplicates returns the IDs of webhooks with the same location, event and address that this
// client has neither read, nor created, nor deleted. It looks into one list of all webhooks, taken before the client's first
// create. It finds nothing if that list fails, in any way, and does not retry.
func (c *Client) PossibleDuplicates(ctx context.Context, fields WebhookFields) (ids []int64) {
	if fields.BusinessID == nil || fields.Action == nil || fields.URL == nil {
		return nil // a nil field would match every webhook
	}
	for id, w := range c.webhooks.before(ctx, false) {
		if _, seen := c.webhooks.seen.Load(id); !seen && matches(fields.BusinessID, w.BusinessID) && matches(fields.Action, w.Action) &&
			matches(normal(fields.URL), normal(w.URL)) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// UpdateWebhook changes the fields of a webhook that are not nil, reads it back and returns it. It needs the
// permissions WebHook-Edit and WebHook-Read. If uniqueID is not empty and the webhook has another
// one, it is not changed, and the error is [rest.KindOtherRecord]. A
// webhook that differs from the fields afterwards is returned with a
// [rest.KindNotApplied] error; after a [rest.KindUnverified] error, Nexudus has accepted
// the update, but the webhook could not be read back.
func (c *Client) UpdateWebhook(ctx context.Context, id int64, uniqueID string, fields WebhookFields) (*Webhook, error) {
	return c.webhooks.update(ctx, id, uniqueID, fields, fields.Differs)
}

// DeleteWebhook deletes a webhook. It needs the permissions WebHook-Delete and
// WebHook-Read. Deleting a webhook that does not exist anymore is not an error.
func (c *Client) DeleteWebhook(ctx context.Context, id int64) error {
	return c.webhooks.delete(ctx, id)
}

// WebhookFilter chooses webhooks. A nil field chooses all.
type WebhookFilter struct {
	BusinessID    *int64
	Action        *Action
	Active        *bool
	Name          *string // exact, in any of its Unicode normal forms
	URL           *string // exact, in any of its Unicode normal forms
	MinErrorCount *int64  // inclusive
	MaxErrorCount *int64  // inclusive
}

// query returns the filter as parameters of the API. A text that is not ASCII is left
// out, since Nexudus may store another Unicode normal form of it.
func (f WebhookFilter) query() url.Values {
	query := make(url.Values)
	set(query, "WebHook_Business", f.BusinessID)
	set(query, "WebHook_Action", f.Action)
	set(query, "WebHook_Active", f.Active)
	set(query, "WebHook_Name", ascii(f.Name))
	set(query, "WebHook_URL", ascii(f.URL))
	set(query, "from_WebHook_ErrorCount", f.MinErrorCount)
	set(query, "to_WebHook_ErrorCount", f.MaxErrorCount)
	return query
}

func (f WebhookFilter) chooses(w *Webhook) bool {
	failures := *cmp.Or(w.ErrorCount, new(int64))
	return matches(f.BusinessID, w.BusinessID) && matches(f.Action, w.Action) && matches(f.Active, w.Active) &&
		matches(normal(f.Name), normal(w.Name)) && matches(normal(f.URL), normal(w.URL)) &&
		(f.MinErrorCount == nil || failures >= *f.MinErrorCount) && (f.MaxErrorCount == nil || failures <= *f.MaxErrorCount)
}
