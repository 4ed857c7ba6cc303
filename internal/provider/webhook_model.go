package provider

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// webhookModel is a webhook in Terraform's terms.
type webhookModel struct {
	webhookSummaryModel

	Description types.String `tfsdk:"description"`
}

// webhookSummaryModel is a webhook as listings carry it.
type webhookSummaryModel struct {
	ID           types.Number `tfsdk:"id"`
	BusinessID   types.Int64  `tfsdk:"business_id"`
	Name         types.String `tfsdk:"name"`
	URL          types.String `tfsdk:"url"`
	Action       types.Int64  `tfsdk:"action"`
	ActionName   types.String `tfsdk:"action_name"`
	Active       types.Bool   `tfsdk:"active"`
	LastError    types.String `tfsdk:"last_error"`
	ErrorCount   types.Int64  `tfsdk:"error_count"`
	LastTrigger  types.String `tfsdk:"last_trigger"`
	CreatedOn    types.String `tfsdk:"created_on"`
	UpdatedOn    types.String `tfsdk:"updated_on"`
	UpdatedBy    types.String `tfsdk:"updated_by"`
	UniqueID     types.String `tfsdk:"unique_id"`
	IsNew        types.Bool   `tfsdk:"is_new"`
	SystemID     types.String `tfsdk:"system_id"`
	ToStringText types.String `tfsdk:"to_string_text"`
}

// webhookSummaryAttributes are the attributes of a webhook that listings carry:
// one for each documented field but the description.
func webhookSummaryAttributes() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	number := func(description string) schema.Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
	}
	flag := func(description string) schema.Attribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"id":          schema.NumberAttribute{Computed: true, MarkdownDescription: "The webhook's `Id` in Nexudus."},
		"business_id": number("Id of the location that owns the webhook. A webhook never applies to other locations."),
		"name":        text("Display name."),
		"url":         text("Address that Nexudus POSTs to. It often carries a secret in its query, and is kept in the state like every attribute."),
		"action":      number("Code of the event that fires the webhook, an `eWebhookAction`."),
		"action_name": text("Name of that event, such as `BookingCreate`. Null, with a warning, for a code that this version of the provider does not know."),
		"active": flag("Whether the webhook fires. Nexudus sets this to `false` by itself after ten failed deliveries in a row, and tells nobody. " +
			"A person may have paused the webhook as well: then `error_count` is usually low."),
		"last_error":     text("Text of the last failed delivery, null when there was none."),
		"error_count":    number("Number of failed deliveries."),
		"last_trigger":   text("Time at which the webhook last fired, in RFC 3339. Null when it never did."),
		"created_on":     text("Time at which the webhook was created, in RFC 3339."),
		"updated_on":     text("Time at which the webhook was last changed, in RFC 3339."),
		"updated_by":     text("E-mail address of the last person who changed the webhook."),
		"unique_id":      text("UUID of the webhook."),
		"is_new":         flag("Whether Nexudus regards the record as new."),
		"system_id":      text("Free data of API users, which Nexudus shows to nobody else."),
		"to_string_text": text("Text by which Nexudus displays the record."),
	}
}

func (m *webhookModel) fromAPI(w *nexudus.Webhook) {
	m.webhookSummaryModel.fromAPI(w)
	m.Description = types.StringPointerValue(w.Description)
}

func (m *webhookSummaryModel) fromAPI(w *nexudus.Webhook) {
	m.ID = types.NumberValue(new(big.Float).SetInt64(w.ID))
	m.BusinessID = types.Int64PointerValue(w.BusinessID)
	m.Name = types.StringPointerValue(w.Name)
	m.URL = types.StringPointerValue(w.URL)
	m.Action = types.Int64PointerValue((*int64)(w.Action))
	m.ActionName = types.StringNull()
	if w.Action != nil {
		if name, known := w.Action.Name(); known {
			m.ActionName = types.StringValue(name)
		}
	}
	m.Active = types.BoolPointerValue(w.Active)
	m.LastError = types.StringPointerValue(w.LastError)
	m.ErrorCount = types.Int64PointerValue(w.ErrorCount)
	m.LastTrigger = dateTime(w.LastTrigger)
	m.CreatedOn = dateTime(w.CreatedOn)
	m.UpdatedOn = dateTime(w.UpdatedOn)
	m.UpdatedBy = types.StringPointerValue(w.UpdatedBy)
	m.UniqueID = types.StringPointerValue(w.UniqueID)
	m.IsNew = types.BoolPointerValue(w.IsNew)
	m.SystemID = types.StringPointerValue(w.SystemID)
	m.ToStringText = types.StringPointerValue(w.ToStringText)
}

// warnOfUnknownActions says in one warning which webhooks have an action that
// has no name here. Nothing is lost, so it is no error.
func warnOfUnknownActions(diags *diag.Diagnostics, webhooks ...webhookSummaryModel) {
	var unknown []string
	for _, w := range webhooks {
		if !w.Action.IsNull() && w.ActionName.IsNull() {
			unknown = append(unknown, fmt.Sprintf("%s (action %d)", digits(w.ID.ValueBigFloat()), w.Action.ValueInt64()))
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
	diags.AddWarning("Unknown webhook action", fmt.Sprintf("%s %s %s for which this version of the provider has no name. "+
		"\"action\" holds the number and \"action_name\" is null.\n\n"+
		"Nexudus adds actions from time to time; a newer version of the provider may know them.", noun, join(unknown), verb))
}

// dateTime returns a date-time of the API in RFC 3339, so that timecmp takes it.
//
// The API writes its date-times in UTC, sometimes without saying so. The zero
// date of .NET means never. What is no date-time stays as it was sent.
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

// rfc3339UTC is what Go's own parser is too generous about: it also takes an
// hour of one digit and a comma before the fraction.
// See https://go.dev/issue/54580.
var rfc3339UTC = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
