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
	ID           integerValue `tfsdk:"id"`
	BusinessID   integerValue `tfsdk:"business_id"`
	Name         types.String `tfsdk:"name"`
	URL          types.String `tfsdk:"url"`
	Action       integerValue `tfsdk:"action"`
	ActionName   types.String `tfsdk:"action_name"`
	Active       types.Bool   `tfsdk:"active"`
	LastError    types.String `tfsdk:"last_error"`
	ErrorCount   integerValue `tfsdk:"error_count"`
	LastTrigger  types.String `tfsdk:"last_trigger"`
	CreatedOn    types.String `tfsdk:"created_on"`
	UpdatedOn    types.String `tfsdk:"updated_on"`
	UpdatedBy    types.String `tfsdk:"updated_by"`
	UniqueID     types.String `tfsdk:"unique_id"`
	IsNew        types.Bool   `tfsdk:"is_new"`
	SystemID     types.String `tfsdk:"system_id"`
	ToStringText types.String `tfsdk:"to_string_text"`
}

// webhookDescriptions describe the attributes of a webhook, by name.
var webhookDescriptions = map[string]string{
	"id":          "`Id` of the webhook in Nexudus.",
	"business_id": "Id of the location that owns the webhook. A webhook never applies to other locations.",
	"name":        "Display name.",
	"description": "Free text. Null if there is none.",
	"url": "Address that Nexudus sends a POST request to. It often contains a secret in its query, " +
		"and is stored in the state like every attribute.",
	"action": "Code of the event that triggers the webhook (`eWebhookAction` in the API).",
	"action_name": "Name of that event, such as `BookingCreate`. " +
		"Null, with a warning, if neither this version of the provider nor Nexudus has a name for the code.",
	"active": "Whether the webhook is active. Nexudus sets this to `false` after ten failed deliveries in a row, without notifying anyone. " +
		"A person may also have paused the webhook: then `error_count` is usually low.",
	"last_error":     "Error message of the last failed delivery. Null if there was none.",
	"error_count":    "Number of failed deliveries.",
	"last_trigger":   "Time at which the webhook was last triggered, in RFC 3339 format. Null if it never was.",
	"created_on":     "Time at which the webhook was created, in RFC 3339 format.",
	"updated_on":     "Time at which the webhook was last changed, in RFC 3339 format.",
	"updated_by":     "E-mail address of the last person who changed the webhook.",
	"unique_id":      "UUID of the webhook.",
	"is_new":         "Whether Nexudus regards the record as new.",
	"system_id":      "Free text for API clients. Nexudus does not display it.",
	"to_string_text": "Display text of the record.",
}

// webhookSummaryAttributes returns the attributes that lists contain: all
// but the description.
func webhookSummaryAttributes() map[string]schema.Attribute {
	attributes := make(map[string]schema.Attribute)
	for _, name := range []string{"id", "business_id", "action", "error_count"} {
		attributes[name] = schema.NumberAttribute{CustomType: anyInteger, Computed: true, MarkdownDescription: webhookDescriptions[name]}
	}
	for _, name := range []string{"active", "is_new"} {
		attributes[name] = schema.BoolAttribute{Computed: true, MarkdownDescription: webhookDescriptions[name]}
	}
	for _, name := range []string{
		"name", "url", "action_name", "last_error", "last_trigger",
		"created_on", "updated_on", "updated_by", "unique_id", "system_id", "to_string_text",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: webhookDescriptions[name]}
	}
	return attributes
}

// actionNamer returns the name of an action, or null if it has no known name.
type actionNamer func(*nexudus.Action) types.String

// actionNames names actions with the provider's own table, and asks Nexudus for
// those that the table lacks.
func actionNames(ctx context.Context, client *nexudus.Client) actionNamer {
	return func(action *nexudus.Action) types.String {
		if action == nil {
			return types.StringNull()
		}
		if name, known := client.ActionName(ctx, *action); known {
			return types.StringValue(name)
		}
		return types.StringNull()
	}
}

func (m *webhookModel) fromAPI(w *nexudus.Webhook, nameOf actionNamer) {
	m.webhookSummaryModel.fromAPI(w, nameOf)
	m.Description = types.StringPointerValue(w.Description)
}

func (m *webhookSummaryModel) fromAPI(w *nexudus.Webhook, nameOf actionNamer) {
	m.ID = newInteger(w.ID)
	m.BusinessID = newIntegerPointer(w.BusinessID)
	m.Name = types.StringPointerValue(w.Name)
	m.URL = types.StringPointerValue(w.URL)
	m.Action = newIntegerPointer(w.Action)
	m.ActionName = nameOf(w.Action)
	m.Active = types.BoolPointerValue(w.Active)
	m.LastError = types.StringPointerValue(w.LastError)
	m.ErrorCount = newIntegerPointer(w.ErrorCount)
	m.LastTrigger = dateTime(w.LastTrigger)
	m.CreatedOn = dateTime(w.CreatedOn)
	m.UpdatedOn = dateTime(w.UpdatedOn)
	m.UpdatedBy = types.StringPointerValue(w.UpdatedBy)
	m.UniqueID = types.StringPointerValue(w.UniqueID)
	m.IsNew = types.BoolPointerValue(w.IsNew)
	m.SystemID = types.StringPointerValue(w.SystemID)
	m.ToStringText = types.StringPointerValue(w.ToStringText)
}

// warnOfUnknownActions adds one warning that lists the webhooks whose action has
// no known name. It is only a warning, because the state still holds the code.
func warnOfUnknownActions(diags *diag.Diagnostics, webhooks ...webhookSummaryModel) {
	var unknown []string
	for _, w := range webhooks {
		if !w.Action.IsNull() && w.ActionName.IsNull() {
			unknown = append(unknown, fmt.Sprintf("%d (action %d)", *w.ID.Int64Pointer(), *w.Action.Int64Pointer()))
		}
	}
	if len(unknown) == 0 {
		return
	}
	noun, verb := "Webhook", "has an action"
	if len(unknown) > 1 {
		noun, verb = "Webhooks", "have actions"
	}
	const shown = 10
	if more := len(unknown) - shown; more > 0 {
		unknown = append(unknown[:shown], fmt.Sprintf("%d more", more))
	}
	diags.AddWarning("Unknown webhook action", fmt.Sprintf("%s %s %s for which neither this version of the provider nor Nexudus has a name. "+
		"\"action\" holds the code and \"action_name\" is null.\n\n"+
		"Check the code; a newer version of the provider may know it.", noun, join(unknown), verb))
}

// dateTime converts a date-time of the API to RFC 3339, which Terraform's function
// timecmp requires.
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
