package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// webhookFilterModel selects webhooks, in the data source and the list resource.
type webhookFilterModel struct {
	BusinessID    integerValue `tfsdk:"business_id"`
	Action        integerValue `tfsdk:"action"`
	ActionName    types.String `tfsdk:"action_name"`
	Active        types.Bool   `tfsdk:"active"`
	Name          types.String `tfsdk:"name"`
	URL           types.String `tfsdk:"url"`
	MinErrorCount integerValue `tfsdk:"min_error_count"`
	MaxErrorCount integerValue `tfsdk:"max_error_count"`
}

// webhookFilterDescriptions describe the filters, by name.
var webhookFilterDescriptions = map[string]string{
	"business_id":     "Id of the location that owns the webhooks.",
	"action":          "Code of the event that triggers the webhooks. Conflicts with `action_name`.",
	"action_name":     "Name of that event, such as `BookingCreate`. Conflicts with `action`.",
	"active":          "Whether the webhooks are active.",
	"name":            "Exact display name of the webhooks.",
	"url":             "Exact address that Nexudus sends POST requests to.",
	"min_error_count": "Smallest number of failed deliveries.",
	"max_error_count": "Largest number of failed deliveries.",
}

// webhookFilterNumbers are the types of the filters that are whole numbers.
var webhookFilterNumbers = map[string]integerType{
	"business_id":     {minimum: 1, noun: "A location's Id", remedy: correctFilter},
	"action":          {minimum: 0, noun: "A webhook's action", remedy: correctFilter},
	"min_error_count": {minimum: 0, noun: "The number of failed deliveries", remedy: correctFilter},
	"max_error_count": {minimum: 0, noun: "The number of failed deliveries", remedy: correctFilter},
}

const correctFilter = "Correct it, or leave this filter out."

// validate reports filters that conflict or that no webhook can match.
func (m webhookFilterModel) validate(diags *diag.Diagnostics) {
	// An unknown value may turn out to be null.
	if !m.Action.IsNull() && !m.Action.IsUnknown() && !m.ActionName.IsNull() && !m.ActionName.IsUnknown() {
		diags.AddAttributeError(path.Root("action_name"), "Two filters for the action",
			"action and action_name both select the event.\n\nKeep one of them.")
	}
	if !m.ActionName.IsNull() && !m.ActionName.IsUnknown() {
		name := m.ActionName.ValueString()
		if _, known := nexudus.ActionByName(name); !known {
			diags.AddAttributeError(path.Root("action_name"), "Unknown webhook action",
				unknownActionName(name)+".\n\nFor an event that is newer than this version of the provider, set action to its code instead.")
		}
	}
	least, most := m.MinErrorCount.Int64Pointer(), m.MaxErrorCount.Int64Pointer()
	if least != nil && most != nil && *least > *most {
		diags.AddAttributeError(path.Root("min_error_count"), "Filters exclude all webhooks",
			fmt.Sprintf("min_error_count must not be greater than max_error_count; got %d and %d.", *least, *most))
	}
}

func (m webhookFilterModel) toAPI() nexudus.WebhookFilter {
	filter := nexudus.WebhookFilter{
		BusinessID:    m.BusinessID.Int64Pointer(),
		Action:        (*nexudus.Action)(m.Action.Int64Pointer()),
		Active:        m.Active.ValueBoolPointer(),
		Name:          m.Name.ValueStringPointer(),
		URL:           m.URL.ValueStringPointer(),
		MinErrorCount: m.MinErrorCount.Int64Pointer(),
		MaxErrorCount: m.MaxErrorCount.Int64Pointer(),
	}
	if !m.ActionName.IsNull() {
		action, _ := nexudus.ActionByName(m.ActionName.ValueString())
		filter.Action = &action
	}
	return filter
}
