package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// updatedOnKey is the key in the private state of the UpdatedOn at which the state
// had all of the webhook.
const updatedOnKey = "updated_on"

// read returns the webhook, in a fleet from a list. A list has everything except
// the description, and that has not changed since the state was written if
// UpdatedOn has not. That an edit moves UpdatedOn is not documented. If the list
// leaves out another field, the webhook is read by itself.
func (r *webhookResource) read(
	ctx context.Context, client *nexudus.Client, state *webhookResourceModel, private privateState, resp *resource.ReadResponse,
) (*nexudus.Webhook, error) {
	id := *state.ID.Int64Pointer()
	known, diags := private.GetKey(ctx, updatedOnKey)
	resp.Diagnostics.Append(diags...)
	if known != nil {
		summary := client.WebhookSummary(ctx, id)
		if summary != nil && summary.UpdatedOn != nil && bytes.Equal(known, jsonText(*summary.UpdatedOn)) && state.isIn(summary) {
			summary.Description = state.Description.ValueStringPointer()
			return summary, nil
		}
	}
	webhook, err := client.Webhook(ctx, id)
	if err == nil {
		resp.Diagnostics.Append(keepUpdatedOn(ctx, resp.Private, webhook)...)
	}
	return webhook, err
}

// privateState is the private state of a resource, which the framework does not
// export.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// keepUpdatedOn keeps the UpdatedOn of a webhook that was read in full, unless a
// later edit could leave it unchanged.
func keepUpdatedOn(ctx context.Context, private privateState, webhook *nexudus.Webhook) diag.Diagnostics {
	if !webhook.Settled() {
		return private.SetKey(ctx, updatedOnKey, nil)
	}
	return private.SetKey(ctx, updatedOnKey, jsonText(*webhook.UpdatedOn))
}

func jsonText(text string) []byte {
	encoded, _ := json.Marshal(text)
	return encoded
}

// switchedOff is why a webhook is switched off in Nexudus although nobody asked
// for that here. Read keeps it in the private state: a refresh that has been
// saved takes the reason out of the next plan, but not the change.
type switchedOff struct {
	LastError  string `json:"last_error"`
	ErrorCount int64  `json:"error_count"`
}

const switchedOffKey = "switched_off"

// failuresUntilOff is how many deliveries in a row fail before Nexudus switches a
// webhook off.
const failuresUntilOff = 10

func newSwitchedOff(client *nexudus.Client, w *nexudus.Webhook) switchedOff {
	var off switchedOff
	if w.LastError != nil {
		off.LastError = client.Sanitize(*w.LastError)
		if w.URL != nil {
			off.LastError = hideAddress(off.LastError, *w.URL)
		}
	}
	if w.ErrorCount != nil {
		off.ErrorCount = *w.ErrorCount
	}
	return off
}

// detail says what is known of why a webhook was switched off, and what a plan that
// switches it on again does. It is shown by plan and by apply.
func (o switchedOff) detail() string {
	why := fmt.Sprintf("It has %d failed deliveries, so Nexudus probably switched it off itself.", o.ErrorCount)
	if o.ErrorCount < failuresUntilOff {
		why = fmt.Sprintf("It has %d failed deliveries, so a person probably switched it off.", o.ErrorCount)
	}
	if o.LastError != "" {
		why += " The last error: " + o.LastError
	}
	return why + "\n\nThis change switches it on again. Make sure that its endpoint works: Nexudus switches a webhook off after ten failed " +
		"deliveries in a row. To leave it off, set active = false; to leave that to Nexudus, add ignore_changes = [active]."
}
