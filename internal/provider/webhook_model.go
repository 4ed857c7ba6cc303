package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// webhookModel is the state of a webhook.
type webhookModel struct {
	webhookSummaryModel

	Description types.String `tfsdk:"description"`
}

// webhookSummaryModel is the part of a webhook that lists contain.
type webhookSummaryModel struct {
	ID          types.String `tfsdk:"id"`
	BusinessID  types.String `tfsdk:"business_id"`
	Name        types.String `tfsdk:"name"`
	URL         types.String `tfsdk:"url"`
	Action      types.Int64  `tfsdk:"action"`
	ActionName  types.String `tfsdk:"action_name"`
	Active      types.Bool   `tfsdk:"active"`
	LastError   types.String `tfsdk:"last_error"`
	ErrorCount  types.Int64  `tfsdk:"error_count"`
	LastTrigger types.String `tfsdk:"last_trigger"`
	CreatedOn   types.String `tfsdk:"created_on"`
	UpdatedOn   types.String `tfsdk:"updated_on"`
	UpdatedBy   types.String `tfsdk:"updated_by"`
	UniqueID    types.String `tfsdk:"unique_id"`
	SystemID    types.String `tfsdk:"system_id"`
}

// webhookSummaryAttributes returns the attributes that lists contain: all but the description.
func webhookSummaryAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":          text("`Id` of the webhook in Nexudus."),
		"business_id": text("ID of the location that owns the webhook. A webhook never applies to other locations."),
		"name":        text("Display name."),
		"url": text("Address that Nexudus sends a POST request to. It often contains a secret in its query, " +
			"and is stored in the state like every attribute."),
		"action": schema.Int64Attribute{Computed: true, MarkdownDescription: "Code of the event that triggers the webhook (`eWebhookAction` in the API)."},
		"action_name": text("Name of that event, such as `BookingCreate`. " +
			"Null, with a warning, if neither this version of the provider nor Nexudus has a name for the code."),
		"active": flag("Whether the webhook is active. Nexudus sets this to `false` after ten failed deliveries in a row, without notifying anyone. " +
			"A person may also have paused the webhook: then `error_count` is usually low."),
		"last_error": text("Error message of the last failed delivery, made safe to display: one line, without possible secrets " +
			"or terminal control characters. Null if there was none."),
		"error_count":  schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of failed deliveries."},
		"last_trigger": text("Time at which the webhook was last triggered, in RFC 3339 format. Null if it never was."),
		"created_on":   text("Time at which the webhook was created, in RFC 3339 format."),
		"updated_on":   text("Time at which the webhook was last changed, in RFC 3339 format."),
		"updated_by":   text("Email address of the last person who changed the webhook."),
		"unique_id":    text("UUID of the webhook."),
		"system_id":    text("Free text for API clients. Nexudus does not display it."),
	}
}

func (m *webhookModel) fromAPI(ctx context.Context, client *nexudus.Client, w *nexudus.Webhook) {
	m.webhookSummaryModel.fromAPI(ctx, client, w)
	m.Description = types.StringPointerValue(w.Description)
}

// fromAPI asks the client for the name of an action that the provider does not know.
func (m *webhookSummaryModel) fromAPI(ctx context.Context, client *nexudus.Client, w *nexudus.Webhook) {
	m.ID = newID(w.ID)
	m.BusinessID = newIDPointer(w.BusinessID)
	m.Name = types.StringPointerValue(w.Name)
	m.URL = types.StringPointerValue(w.URL)
	m.Action = types.Int64PointerValue((*int64)(w.Action))
	m.ActionName = actionName(ctx, client, w.Action)
	m.Active = types.BoolPointerValue(w.Active)
	m.LastError = types.StringPointerValue(lastError(client, w))
	m.ErrorCount = types.Int64PointerValue(w.ErrorCount)
	m.LastTrigger = dateTime(w.LastTrigger)
	m.CreatedOn = dateTime(w.CreatedOn)
	m.UpdatedOn = dateTime(w.UpdatedOn)
	m.UpdatedBy = types.StringPointerValue(w.UpdatedBy)
	m.UniqueID = types.StringPointerValue(w.UniqueID)
	m.SystemID = types.StringPointerValue(w.SystemID)
}

// lastError returns the last error as people may see it. The endpoint of the webhook
// chooses the text, and may repeat a secret of its own address.
func lastError(client *nexudus.Client, w *nexudus.Webhook) *string {
	switch {
	case w.LastError == nil:
		return nil
	case w.URL == nil:
		return new(client.Sanitize(*w.LastError))
	}
	return new(client.Sanitize(*w.LastError, *w.URL))
}

// warnOfUnknownActions adds one warning that lists the webhooks whose action has
// no known name. It is only a warning, because the state still holds the code.
func warnOfUnknownActions(diags *diag.Diagnostics, webhooks ...webhookSummaryModel) {
	var unknown []string
	for _, w := range webhooks {
		if !w.Action.IsNull() && w.ActionName.IsNull() {
			unknown = append(unknown, fmt.Sprintf("webhook %s (code %d)", w.ID.ValueString(), w.Action.ValueInt64()))
		}
	}
	if len(unknown) == 0 {
		return
	}
	diags.AddWarning("Unknown webhook event", fmt.Sprintf("Neither this version of the provider nor Nexudus has a name for the event of %s. "+
		"\"action\" has the code and \"action_name\" is null.\n\nA newer version of the provider may know the name.", join(atMostTen(unknown))))
}

// dateTime converts a date-time of the API to RFC 3339, which Terraform's function timecmp requires.
//
// A date-time without a zone gets the Z that the API usually adds. The zero date of .NET means never.
// Anything that is not a date-time is kept as it was sent.
func dateTime(sent *string) types.String {
	if sent == nil || strings.HasPrefix(*sent, "0001-01-01T") {
		return types.StringNull()
	}
	withZone := *sent + "Z"
	if rfc3339UTC.MatchString(withZone) && new(time.Time).UnmarshalText([]byte(withZone)) == nil {
		return types.StringValue(withZone)
	}
	return types.StringValue(*sent)
}

// rfc3339UTC is stricter than Go's parser, which also accepts an hour of one
// digit and a comma before the fraction.
// See https://go.dev/issue/54580.
var rfc3339UTC = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
