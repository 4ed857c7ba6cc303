package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// webhookResourceModel is the state of a managed webhook. It has no attribute that
// Nexudus changes on its own, except active.
type webhookResourceModel struct {
	ID          integerValue `tfsdk:"id"`
	BusinessID  integerValue `tfsdk:"business_id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	URL         types.String `tfsdk:"url"`
	Action      integerValue `tfsdk:"action"`
	ActionName  types.String `tfsdk:"action_name"`
	Active      types.Bool   `tfsdk:"active"`
	UniqueID    types.String `tfsdk:"unique_id"`
	CreatedOn   types.String `tfsdk:"created_on"`
}

// webhookIdentityModel is the identity of a managed webhook.
type webhookIdentityModel struct {
	ID types.Int64 `tfsdk:"id"`
}

// fromAPI fills the whole model. If neither side has a description, the model keeps
// its own value, because an empty one is the same as null.
func (m *webhookResourceModel) fromAPI(w *nexudus.Webhook, actionName types.String) {
	if description := types.StringPointerValue(w.Description); description.ValueString() != "" || m.Description.ValueString() != "" ||
		m.Description.IsUnknown() {
		m.Description = description
	}
	m.ID = newInteger(w.ID)
	if w.BusinessID != nil { // each webhook has one, and without it the plan would replace the webhook
		m.BusinessID = newInteger(*w.BusinessID)
	}
	m.Name = types.StringPointerValue(w.Name)
	m.URL = types.StringPointerValue(w.URL)
	m.Action = newIntegerPointer(w.Action)
	m.ActionName = actionName
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
	return (w.BusinessID != nil || m.BusinessID.IsNull()) && (w.Name != nil || m.Name.IsNull()) && (w.URL != nil || m.URL.IsNull()) &&
		(w.Action != nil || m.Action.IsNull()) && (w.Active != nil || m.Active.IsNull()) &&
		(w.UniqueID != nil || m.UniqueID.IsNull()) && (w.CreatedOn != nil || m.CreatedOn.IsNull())
}

// toAPI returns the fields to send. All values are known by then.
func (m *webhookResourceModel) toAPI() nexudus.WebhookFields {
	fields := nexudus.WebhookFields{
		Name:        m.Name.ValueString(),
		Description: m.Description.ValueString(),
		URL:         m.URL.ValueString(),
		Active:      m.Active.ValueBool(),
	}
	if id := m.BusinessID.Int64Pointer(); id != nil {
		fields.BusinessID = *id
	}
	if action := m.Action.Int64Pointer(); action != nil {
		fields.Action = nexudus.Action(*action)
	}
	return fields
}

// attributes maps the API's field names to attributes. The field
// names are in lower case.
func (m *webhookResourceModel) attributes() map[string]string {
	action := "action_name"
	if m.ActionName.IsNull() {
		action = "action"
	}
	return map[string]string{
		"businessid": "business_id", "name": "name", "description": "description", "url": "url", "action": action, "active": "active",
	}
}
