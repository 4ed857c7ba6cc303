package provider

import (
	"cmp"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// webhookResourceModel is the state of a managed webhook. It has no attribute that
// Nexudus changes on its own, except active.
type webhookResourceModel struct {
	ID           types.String `tfsdk:"id"`
	BusinessID   types.String `tfsdk:"business_id"`
	Name         types.String `tfsdk:"name"`
	Description  types.String `tfsdk:"description"`
	URL          types.String `tfsdk:"url"`
	URLWO        types.String `tfsdk:"url_wo"` // only in the configuration
	URLWOVersion types.Number `tfsdk:"url_wo_version"`
	Action       types.Int64  `tfsdk:"action"`
	ActionName   types.String `tfsdk:"action_name"`
	Active       types.Bool   `tfsdk:"active"`
	UniqueID     types.String `tfsdk:"unique_id"`
	CreatedOn    types.String `tfsdk:"created_on"`
}

// fieldAttributes maps the API's field names, in lower case, to the attributes of a configuration.
func (m *webhookResourceModel) fieldAttributes() map[string]string {
	url := "url"
	if !m.URLWO.IsNull() {
		url = "url_wo"
	}
	return map[string]string{
		"businessid": "business_id", "business": "business_id", "name": "name", "description": "description", "url": url,
		"action": "action_name", "active": "active",
	}
}

// fromAPI fills the whole model. Where two values mean the same to Nexudus, the model
// keeps its own: an empty description and none, the name of an action and its code.
func (m *webhookResourceModel) fromAPI(w *nexudus.Webhook) {
	description := types.StringPointerValue(w.Description)
	if description.ValueString() != "" || m.Description.ValueString() != "" || m.Description.IsUnknown() {
		m.Description = description
	}
	m.ID = newID(w.ID)
	m.BusinessID = newIDPointer(w.BusinessID)
	m.Name = types.StringPointerValue(w.Name)
	m.URL = types.StringPointerValue(w.URL)
	m.Action = types.Int64PointerValue((*int64)(w.Action))
	switch current := actionPointer(m.ActionName); {
	case w.Action == nil:
		m.ActionName = types.StringNull()
	case current == nil || *current != *w.Action:
		m.ActionName = types.StringValue(actionText(*w.Action))
	}
	if w.Active != nil {
		m.Active = types.BoolValue(*w.Active)
	}
	m.computedFromAPI(w)
}

// computedFromAPI fills the attributes that only Nexudus sets.
func (m *webhookResourceModel) computedFromAPI(w *nexudus.Webhook) {
	m.UniqueID = types.StringPointerValue(w.UniqueID)
	m.CreatedOn = dateTime(w.CreatedOn)
}

// isIn reports whether a listed webhook has a value for each attribute that has one in
// the model, except the description. It does not compare the values.
func (m *webhookResourceModel) isIn(w *nexudus.Webhook) bool {
	return (w.BusinessID != nil || m.BusinessID.IsNull()) && (w.Name != nil || m.Name.IsNull()) &&
		(w.URL != nil || m.URL.IsNull() && m.URLWOVersion.IsNull()) &&
		(w.Action != nil || m.Action.IsNull()) && (w.Active != nil || m.Active.IsNull()) &&
		(w.UniqueID != nil || m.UniqueID.IsNull()) && (w.CreatedOn != nil || m.CreatedOn.IsNull())
}

// toAPI returns all fields of a new webhook. A write-only address takes the place of the address in the plan.
func (m *webhookResourceModel) toAPI(writeOnlyURL types.String) nexudus.WebhookFields {
	return nexudus.WebhookFields{
		BusinessID:  idPointer(m.BusinessID),
		Name:        m.Name.ValueStringPointer(),
		Description: new(m.Description.ValueString()), // null is the same as empty
		URL:         cmp.Or(writeOnlyURL.ValueStringPointer(), m.URL.ValueStringPointer()),
		Action:      actionPointer(m.ActionName),
		Active:      m.Active.ValueBoolPointer(), // always: its default is not documented
	}
}

// changes returns the fields that a plan changes. What others have changed since the plan was made is left alone,
// and the next plan shows it: in particular, Nexudus may have switched the webhook off.
func (m *webhookResourceModel) changes(state *webhookResourceModel, writeOnlyURL types.String) nexudus.WebhookFields {
	fields := m.toAPI(writeOnlyURL)
	return nexudus.WebhookFields{
		BusinessID:  unless(m.BusinessID.Equal(state.BusinessID), fields.BusinessID),
		Name:        unless(m.Name.Equal(state.Name), fields.Name),
		Description: unless(m.Description.ValueString() == state.Description.ValueString(), fields.Description),
		URL:         unless(m.URL.Equal(state.URL) && m.URLWOVersion.Equal(state.URLWOVersion), fields.URL),
		Action:      unless(m.Action.Equal(state.Action), fields.Action),
		Active:      unless(m.Active.Equal(state.Active), fields.Active),
	}
}

func unless[T any](same bool, value *T) *T {
	if same {
		return nil
	}
	return value
}
