package nexudus

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Webhook tells Nexudus to POST to a URL when something happens at a location.
//
// A nil field was null or missing in the response. Texts and date-times are as
// sent.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
type Webhook struct {
	ID           int64   `json:"Id"`
	BusinessID   *int64  `json:"BusinessId"` // the location that owns the webhook
	Name         *string `json:"Name"`
	Description  *string `json:"Description"`
	URL          *string `json:"URL"` // where Nexudus POSTs to; often carries a secret in its query
	Action       *Action `json:"Action"`
	Active       *bool   `json:"Active"`      // Nexudus sets it to false after ten consecutive failed deliveries
	LastError    *string `json:"LastError"`   // of the last failed delivery
	ErrorCount   *int64  `json:"ErrorCount"`  // failed deliveries
	LastTrigger  *string `json:"LastTrigger"` // date-time
	CreatedOn    *string `json:"CreatedOn"`   // date-time
	UpdatedOn    *string `json:"UpdatedOn"`   // date-time
	UpdatedBy    *string `json:"UpdatedBy"`
	UniqueID     *string `json:"UniqueId"`
	IsNew        *bool   `json:"IsNew"`
	SystemID     *string `json:"SystemId"`
	ToStringText *string `json:"ToStringText"`

	readOn time.Time // in full, by the service's clock; zero in lists, and if unknown
}

// Settled reports whether any later edit of the webhook is certain to change its UpdatedOn, which
// has a resolution of one second: the webhook was read in full, and not within that
// second.
//
// The service's date-times may be local times marked as UTC. Time zones differ by
// multiples of 15 minutes, so only the remainder of the difference counts. The clock
// that sets UpdatedOn may be a little ahead of the one that dates responses.
func (w *Webhook) Settled() bool {
	const margin, zones = 2 * time.Second, 15 * time.Minute
	if w.readOn.IsZero() || w.UpdatedOn == nil {
		return false
	}
	updated, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(*w.UpdatedOn, "Z"))
	if err != nil || updated.Year() == 1 { // the zero date of .NET means never
		return false
	}
	since := w.readOn.Sub(updated)
	rest := (since%zones + zones) % zones
	return since > 24*time.Hour || margin <= rest && rest <= zones-margin
}

// WebhookFields are the fields of a webhook that callers set.
type WebhookFields struct {
	BusinessID  int64  `json:"BusinessId"`
	Name        string `json:"Name"`
	Description string `json:"Description"`
	URL         string `json:"URL"`
	Action      Action `json:"Action"`
	Active      bool   `json:"Active"` // always sent by a create: its default is not documented

	// KeepActive makes an update leave Active as the service has it.
	KeepActive bool `json:"-"`
}

// Differs returns the API's names of the fields whose values differ in a webhook.
// An absent description is the same as an empty one.
func (f WebhookFields) Differs(w *Webhook) (names []string) {
	for _, field := range []struct {
		name string
		same bool
	}{
		{"BusinessId", holds(&f.BusinessID, w.BusinessID)},
		{"Name", holds(normal(&f.Name), normal(w.Name))},
		{"Description", holds(normal(&f.Description), normal(cmp.Or(w.Description, new(""))))},
		{"URL", holds(normal(&f.URL), normal(w.URL))},
		{"Action", holds(&f.Action, w.Action)},
		{"Active", f.KeepActive || holds(&f.Active, w.Active)},
	} {
		if !field.same {
			names = append(names, field.name)
		}
	}
	return names
}

var webhooks = noun[Webhook]{name: "webhook", path: "webhooks", role: "WebHook", id: func(w *Webhook) int64 { return w.ID },
	stamp: func(w *Webhook, on time.Time) { w.readOn = on }}

// Webhook reads one webhook. It needs the role WebHook-Read. The error of a
// webhook that certainly does not exist satisfies [IsNotFound].
func (c *Client) Webhook(ctx context.Context, id int64) (*Webhook, error) {
	return webhooks.get(ctx, c, id)
}

// WebhookSummary returns a webhook as lists show it, without Description, or nil
// if it must be read by itself with [Client.Webhook]. The first calls return nil;
// later ones are answered from one list of all webhooks, until the client's first
// write, and for a minute. It needs the role WebHook-List, and returns nil without it.
func (c *Client) WebhookSummary(ctx context.Context, id int64) *Webhook {
	return webhooks.summary(ctx, c, &c.webhookList, id)
}

// Webhooks lists the webhooks that a filter chooses, ordered by Id. It needs the
// role WebHook-List. Their Description is nil: lists do not include it.
func (c *Client) Webhooks(ctx context.Context, filter WebhookFilter) ([]*Webhook, error) {
	return webhooks.list(ctx, c, filter.query(), filter.matches)
}

// CreateWebhook creates a webhook and returns its Id. It needs the roles
// WebHook-Create, and also WebHook-List and WebHook-Read to find out what happened if
// the response is lost. It never creates a duplicate: if it cannot find out
// whether the webhook exists, its error has Unknown set. It cannot tell its own
// webhook from an equal one that another process creates at the same moment.
func (c *Client) CreateWebhook(ctx context.Context, fields WebhookFields) (int64, error) {
	// The service may change texts, for example trim them. It is assumed to keep the location and the event.
	key := fmt.Sprint(fields.BusinessID, " ", fields.Action)
	similar := func(w *Webhook) bool {
		return (w.BusinessID == nil || *w.BusinessID == fields.BusinessID) && (w.Action == nil || *w.Action == fields.Action)
	}
	same := func(w *Webhook) bool { return len(fields.Differs(w)) == 0 }
	id, err := webhooks.create(ctx, c, &c.createdWebhooks, key, fields, similar, same)
	if err == nil {
		c.settle(ctx)
	}
	return id, err
}

// UpdateWebhook changes a webhook, reads it back and returns it. It needs the
// roles WebHook-Edit and WebHook-Read. Other fields keep their values. A
// webhook that differs from the fields afterwards is returned with a
// [KindNotApplied] error; after a [KindUnverified] error, Nexudus has accepted
// the update, but the webhook could not be read back.
func (c *Client) UpdateWebhook(ctx context.Context, id int64, fields WebhookFields) (*Webhook, error) {
	sent := struct {
		ID int64 `json:"Id"`
		WebhookFields
		Active *bool `json:"Active,omitempty"` // hides that of WebhookFields
	}{ID: id, WebhookFields: fields}
	if !fields.KeepActive {
		sent.Active = &fields.Active
	}
	return webhooks.update(ctx, c, id, sent, fields.Differs)
}

// DeleteWebhook deletes a webhook. It needs the roles WebHook-Delete, and
// WebHook-Read to find out what happened after a failure. Deleting a webhook that does not
// exist anymore is not an error.
func (c *Client) DeleteWebhook(ctx context.Context, id int64) error {
	return webhooks.delete(ctx, c, id)
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
// out, since Nexudus may hold another Unicode normal form of it.
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

func set[T any](query url.Values, name string, value *T) {
	if value != nil {
		query.Set(name, fmt.Sprint(*value))
	}
}

// ascii returns an ASCII text, which has only one normal form, or nil for any other.
func ascii(text *string) *string {
	if text == nil || strings.ContainsFunc(*text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return nil
	}
	return text
}

func (f WebhookFilter) matches(w *Webhook) bool {
	failures := *cmp.Or(w.ErrorCount, new(int64))
	return holds(f.BusinessID, w.BusinessID) && holds(f.Action, w.Action) && holds(f.Active, w.Active) &&
		holds(normal(f.Name), normal(w.Name)) && holds(normal(f.URL), normal(w.URL)) &&
		(f.MinErrorCount == nil || failures >= *f.MinErrorCount) && (f.MaxErrorCount == nil || failures <= *f.MaxErrorCount)
}

// holds reports whether a field has the wanted value. A nil wanted matches every field.
func holds[T comparable](wanted, field *T) bool {
	return wanted == nil || field != nil && *field == *wanted
}

// normal returns a text in Unicode normal form C, which is what Terraform uses.
func normal(text *string) *string {
	if text == nil {
		return nil
	}
	return new(norm.NFC.String(*text))
}
