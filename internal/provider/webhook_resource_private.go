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

// updatedOnKey is the private-state key of the UpdatedOn that the webhook had when
// it was last read in full.
const updatedOnKey = "updated_on"

// read returns the webhook, from a list if there are many. A list has everything
// except the description, which is taken from the state if UpdatedOn is unchanged.
// Nexudus does not document that an edit changes UpdatedOn. If UpdatedOn has changed,
// or the list leaves out another field, the webhook is read by itself.
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

// switchedOff is the reason why a webhook is off in Nexudus although the configuration
// does not say so. Read keeps it in the private state: once a refresh has been saved,
// later plans still show the change, but could not show the reason without it.
type switchedOff struct {
	LastError  string `json:"last_error"`
	ErrorCount int64  `json:"error_count"`
}

const switchedOffKey = "switched_off"

// failuresUntilOff is the number of failed deliveries in a row after which Nexudus
// switches a webhook off.
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

// detail says why a webhook was probably switched off, and what a plan that
// switches it on again does. It is shown by plan and by apply.
func (o switchedOff) detail() string {
	failures, who := fmt.Sprintf("%d failed deliveries", o.ErrorCount), "Nexudus probably switched it off itself"
	if o.ErrorCount == 1 {
		failures = "1 failed delivery"
	}
	if o.ErrorCount < failuresUntilOff {
		who = "a person probably switched it off"
	}
	why := fmt.Sprintf("It has %s, so %s.", failures, who)
	if o.LastError != "" {
		why += " The last error: " + o.LastError
	}
	return why + "\n\nThis change switches it on again. Make sure that its endpoint works: Nexudus switches a webhook off after ten failed " +
		"deliveries in a row. To leave it off, set active = false; to let Nexudus decide, add ignore_changes = [active]."
}
