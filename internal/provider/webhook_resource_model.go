package provider

import (
	"errors"
	"html"
	"net/url"
	"slices"
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

// isIn reports whether a webhook of a list has a value for all that the model has,
// except the description.
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
		if w.URL != nil {
			off.LastError = hideAddress(off.LastError, *w.URL)
		}
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

// minSecret is the length from which a part of an address may be a secret by
// itself.
const minSecret = 12

// hideAddress removes what follows the host of a webhook's address, which may be
// a secret, from a text of Nexudus. The client has shortened all addresses, but
// cannot recognize one without scheme or host.
func hideAddress(text, address string) string {
	_, rest, _ := strings.Cut(address, "://")
	start := strings.IndexAny(rest, "/?#")
	if start < 0 {
		return text
	}
	path, query, _ := strings.Cut(rest[start:], "?")
	secrets := []string{strings.TrimRight(path, "/"), query}
	for _, part := range strings.FieldsFunc(path+"?"+query, func(r rune) bool { return strings.ContainsRune("/?&=#", r) }) {
		if len(part) >= minSecret {
			secrets = append(secrets, part)
		}
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		for range 3 { // it may be encoded more than once
			if slices.ContainsFunc(secrets, func(secret string) bool { return secret != "" && strings.Contains(word, secret) }) {
				words[i] = "…"
			}
			word = html.UnescapeString(word)
			if plain, err := url.PathUnescape(word); err == nil {
				word = plain
			}
		}
	}
	return strings.Join(words, " ")
}

// withoutAddress returns an error of the client without what hideAddress removes.
func withoutAddress(err error, address string) error {
	var failure *nexudus.Error
	if !errors.As(err, &failure) {
		return err
	}
	hidden := *failure
	hidden.Reason, hidden.Messages, hidden.Fields = hideAddress(failure.Reason, address), nil, nil
	for _, said := range failure.Messages {
		hidden.Messages = append(hidden.Messages, hideAddress(said, address))
	}
	for _, field := range failure.Fields {
		hidden.Fields = append(hidden.Fields, nexudus.FieldError{
			Field: hideAddress(field.Field, address), Message: hideAddress(field.Message, address),
		})
	}
	return &hidden
}
