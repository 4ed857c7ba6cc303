package nexudus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Webhook tells Nexudus to POST to a URL when something happens at a location.
//
// A nil field is one that the API sent as null or left out. Texts and
// date-times are as sent.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
type Webhook struct {
	ID           int64   `json:"Id"`
	BusinessID   *int64  `json:"BusinessId"` // the location that owns the webhook
	Name         *string `json:"Name"`
	Description  *string `json:"Description"`
	URL          *string `json:"URL"` // where Nexudus POSTs to; often carries a secret in its query
	Action       *Action `json:"Action"`
	Active       *bool   `json:"Active"`      // Nexudus clears it after ten failed deliveries in a row
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
}

// Webhook reads one webhook. It needs the role WebHook-Read. An absent webhook
// is an error for which [IsNotFound] holds. Callers that ask for the same
// webhook at the same time get the same value, which they must not change.
func (c *Client) Webhook(ctx context.Context, id int64) (*Webhook, error) {
	key := strconv.FormatInt(id, 10)
	return c.webhooks.do(ctx, key, func(ctx context.Context) (*Webhook, error) {
		call := &call{
			name:   "get webhook " + key,
			method: http.MethodGet,
			path:   []string{"sys", "webhooks", key},
			role:   "WebHook-Read",
		}
		got, err := c.get(ctx, call)
		if err != nil {
			return nil, err
		}
		return c.decodeWebhook(call, got, id)
	})
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

// query is the filter in the API's parameters. A text that has several normal
// forms is left out, since Nexudus may hold another one than the caller.
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

// ascii returns a text that has only one normal form, or nil.
func ascii(text *string) *string {
	if text == nil || strings.ContainsFunc(*text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return nil
	}
	return text
}

func (f WebhookFilter) matches(w *Webhook) bool {
	var failures int64
	if w.ErrorCount != nil {
		failures = *w.ErrorCount
	}
	return holds(f.BusinessID, w.BusinessID) && holds(f.Action, w.Action) && holds(f.Active, w.Active) &&
		holds(normal(f.Name), normal(w.Name)) && holds(normal(f.URL), normal(w.URL)) &&
		(f.MinErrorCount == nil || failures >= *f.MinErrorCount) && (f.MaxErrorCount == nil || failures <= *f.MaxErrorCount)
}

// holds reports whether a field has a wanted value.
func holds[T comparable](wanted, field *T) bool {
	return wanted == nil || field != nil && *field == *wanted
}

// normal returns the normal form of a text that Terraform knows.
func normal(text *string) *string {
	if text == nil {
		return nil
	}
	return new(norm.NFC.String(*text))
}

// Webhooks lists the webhooks that a filter chooses, ordered by Id. It needs
// the role WebHook-List. Their Description is nil: listings do not carry it.
// Callers that ask for the same at the same time get the same list, which they
// must not change.
//
// The filter is sent, and applied again to what comes back: Nexudus ignores
// parameters that it does not know.
func (c *Client) Webhooks(ctx context.Context, filter WebhookFilter) ([]*Webhook, error) {
	key, err := json.Marshal(filter)
	if err != nil {
		return nil, err // cannot be: it holds numbers and texts
	}
	return c.lists.do(ctx, string(key), func(ctx context.Context) ([]*Webhook, error) {
		all, err := list(
			&call{name: "list webhooks", role: "WebHook-List", started: time.Now()},
			func(number int) (page[*Webhook], error) { return c.webhookPage(ctx, filter, number) },
			func(w *Webhook) int64 { return w.ID },
		)
		return slices.DeleteFunc(all, func(w *Webhook) bool { return !filter.matches(w) }), err
	})
}

func (c *Client) webhookPage(ctx context.Context, filter WebhookFilter, number int) (page[*Webhook], error) {
	query := filter.query()
	query.Set("page", strconv.Itoa(number))
	query.Set("size", strconv.Itoa(pageSize))
	query.Set("orderBy", "Id")
	query.Set("dir", "1")
	call := &call{
		name:   fmt.Sprintf("list webhooks, page %d", number),
		method: http.MethodGet,
		path:   []string{"sys", "webhooks"},
		query:  query,
		role:   "WebHook-List",
	}
	got, err := c.get(ctx, call)
	if err != nil {
		return page[*Webhook]{}, err
	}
	return c.decodeWebhookPage(call, got)
}

// webhookRecord is a record as it comes. The outer fields are the ones that are
// decoded where both have the name.
type webhookRecord struct {
	Webhook

	ID *int64 `json:"Id"`
}

// decodeWebhook returns the record in a good answer: the one that was asked
// for, or an error.
func (c *Client) decodeWebhook(call *call, got answer, id int64) (*Webhook, error) {
	var record struct {
		webhookRecord

		WasSuccessful *bool
	}
	err := json.Unmarshal(got.body, &record)
	switch {
	case record.WasSuccessful != nil && !*record.WasSuccessful:
		return nil, c.rejected(call, got)
	case err != nil:
		return nil, unexpected(call, got, got.explain(err))
	case record.ID == nil:
		return nil, unexpected(call, got, got.describe()+", which has no Id")
	case *record.ID != id:
		return nil, unexpected(call, got, fmt.Sprintf("webhook %d", *record.ID))
	}
	record.Webhook.ID = id
	return &record.Webhook, nil
}

// maxPageRecords bounds what one page can make of memory: a small text holds
// millions of empty records, each of which is a large value.
const maxPageRecords = 10_000

// skipped takes the place of a record that is only counted. It has no size, so
// that a slice of any number takes no memory.
type skipped struct{}

func (*skipped) UnmarshalJSON([]byte) error { return nil }

// decodeWebhookPage returns the page in a good answer.
func (c *Client) decodeWebhookPage(call *call, got answer) (page[*Webhook], error) {
	var none page[*Webhook]

	var count struct {
		Records       []skipped
		WasSuccessful *bool
	}
	// What is wrong with it, the second decoding says.
	_ = json.Unmarshal(got.body, &count)
	switch {
	case count.WasSuccessful != nil && !*count.WasSuccessful:
		return none, c.rejected(call, got)
	case len(count.Records) > maxPageRecords:
		return none, unexpected(call, got, fmt.Sprintf("a page of more than %d records", maxPageRecords))
	}

	came := page[webhookRecord]{Records: make([]webhookRecord, 0, len(count.Records))}
	err := json.Unmarshal(got.body, &came)
	switch {
	case err != nil:
		return none, unexpected(call, got, got.explain(err))
	case count.Records == nil && (came.TotalItems == nil || *came.TotalItems != 0):
		return none, unexpected(call, got, got.describe()+", which has no Records")
	}
	p := page[*Webhook]{HasNextPage: came.HasNextPage, TotalItems: came.TotalItems, Records: make([]*Webhook, len(came.Records)), size: len(got.body)}
	for i := range came.Records {
		record := &came.Records[i]
		if record.ID == nil {
			return none, unexpected(call, got, got.describe()+", in which a record has no Id")
		}
		record.Webhook.ID = *record.ID
		p.Records[i] = &record.Webhook
	}
	return p, nil
}
