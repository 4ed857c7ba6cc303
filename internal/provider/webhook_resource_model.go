package provider

import (
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// webhookResourceModel is the state of a managed webhook. It has nothing that
// Nexudus changes by itself, except active.
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

// fromAPI fills the whole model. An empty description is the same as none, so
// the one that the model has stays.
func (m *webhookResourceModel) fromAPI(w *nexudus.Webhook, actionName types.String) {
	if description := types.StringPointerValue(w.Description); description.ValueString() != "" || m.Description.ValueString() != "" || m.Description.IsUnknown() {
		m.Description = description
	}
	m.ID = newInteger(w.ID)
	m.BusinessID = newIntegerPointer(w.BusinessID)
	m.Name = types.StringPointerValue(w.Name)
	m.URL = types.StringPointerValue(w.URL)
	m.Action = newIntegerPointer(w.Action)
	m.ActionName = actionName
	m.Active = types.BoolPointerValue(w.Active)
	m.computedFromAPI(w)
}

// computedFromAPI fills the attributes that only Nexudus sets.
func (m *webhookResourceModel) computedFromAPI(w *nexudus.Webhook) {
	m.UniqueID = types.StringPointerValue(w.UniqueID)
	m.CreatedOn = dateTime(w.CreatedOn)
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

// sentFields returns where the configuration sets the API's fields, by their
// names in lower case. Addresses and free text are not shown: they may hold a
// secret.
func (m *webhookResourceModel) sentFields() map[string]sentField {
	action := sentField{attribute: "action_name", shown: " " + quote(m.ActionName.ValueString())}
	if m.ActionName.IsNull() {
		action = sentField{attribute: "action", shown: " " + digits(m.Action.ValueBigFloat())}
	}
	return map[string]sentField{
		"businessid":  {attribute: "business_id", shown: " " + digits(m.BusinessID.ValueBigFloat())},
		"name":        {attribute: "name", shown: " " + quote(m.Name.ValueString())},
		"description": {attribute: "description"},
		"url":         {attribute: "url"},
		"action":      action,
		"active":      {attribute: "active"},
	}
}

// switchedOff is why a webhook is switched off in Nexudus although nobody asked
// for that here. Read keeps it in the private state: a refresh that has been
// saved takes the reason out of the next plan, but not the change.
type switchedOff struct {
	LastError  string `json:"last_error"`
	ErrorCount int64  `json:"error_count"`
}

const switchedOffKey = "switched_off"

func newSwitchedOff(client *nexudus.Client, w *nexudus.Webhook) switchedOff {
	var off switchedOff
	if w.LastError != nil {
		off.LastError = client.Sanitize(*w.LastError)
	}
	if w.ErrorCount != nil {
		off.ErrorCount = *w.ErrorCount
	}
	return off
}

// isAbsoluteURL reports whether Nexudus can send a request to an address. It is
// no more than that: url.Parse refuses paths and queries that servers accept.
func isAbsoluteURL(text string) bool {
	scheme, rest, _ := strings.Cut(text, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	host := rest[strings.LastIndex(rest, "@")+1:]
	return (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")) && host != "" && !strings.HasPrefix(host, ":") &&
		!strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}
