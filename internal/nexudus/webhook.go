package nexudus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
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

// decodeWebhook returns the record in a good answer: the one that was asked
// for, or an error.
func (c *Client) decodeWebhook(call *call, got answer, id int64) (*Webhook, error) {
	// The outer fields are the ones decoded where both have the name.
	var record struct {
		Webhook

		ID            *int64 `json:"Id"`
		WasSuccessful *bool
	}
	err := json.Unmarshal(got.body, &record)
	if record.WasSuccessful != nil && !*record.WasSuccessful {
		failure := call.failure(KindRejected)
		failure.Status, failure.Messages = got.status, c.messages(got)
		return nil, failure
	}

	failure := call.failure(KindAnswer)
	failure.Status = got.status
	switch {
	case err != nil:
		failure.Reason = got.explain(err)
	case record.ID == nil:
		failure.Reason = got.describe() + ", which has no Id"
	case *record.ID != id:
		failure.Reason = fmt.Sprintf("webhook %d", *record.ID)
	default:
		record.Webhook.ID = id
		return &record.Webhook, nil
	}
	return nil, failure
}
