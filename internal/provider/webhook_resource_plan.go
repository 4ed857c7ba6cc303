package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

func (r *webhookResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// The framework reports a null.
	if name := config.Name; !name.IsUnknown() && !name.IsNull() && strings.TrimSpace(name.ValueString()) == "" {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Empty webhook name",
			"name must not be empty or only spaces: Nexudus requires a name.\n\nSet a name.")
	}
	if address := config.URL; !address.IsUnknown() && !address.IsNull() {
		if problem := addressProblem(address.ValueString()); problem != "" {
			// The message does not show the value, which may contain a secret.
			resp.Diagnostics.AddAttributeError(path.Root("url"), "Invalid webhook URL",
				"url must be an absolute http or https address, such as \"https://example.com/hook\"; "+problem+".\n\nCorrect the address.")
		}
	}
	validateEvent(config.Action, config.ActionName, &resp.Diagnostics)
}

// validateEvent reports an event that is missing, unknown or conflicting. A
// code that the provider does not know is not an error, and its name cannot be
// checked here.
func validateEvent(action integerValue, name types.String, diags *diag.Diagnostics) {
	switch {
	case action.IsUnknown() || name.IsUnknown():
		return
	case action.IsNull() && name.IsNull():
		diags.AddError("Missing webhook event", "The webhook has neither \"action_name\" nor \"action\".\n\n"+
			"Set \"action_name\" to the name of the event that triggers it, such as \"BookingCreate\", or \"action\" to its code.")
		return
	case name.IsNull():
		return
	}
	byName, known := nexudus.ActionByName(name.ValueString())
	code := action.Int64Pointer()
	newer := code != nil && !isKnownAction(*code)
	switch {
	case !known && !newer:
		diags.AddAttributeError(
			path.Root("action_name"),
			"Unknown webhook action",
			unknownActionName(
				name.ValueString(),
			)+".\n\nFor an event that is newer than this version of the provider, set \"action\" to its code.",
		)
	case known && code != nil && *code != int64(byName):
		diags.AddAttributeError(
			path.Root("action"),
			"Contradictory webhook event",
			fmt.Sprintf("\"action_name\" is %s, which has the code %d, but \"action\" is %d.\n\nKeep one of them. "+
				"If ignore_changes lists one of them, it must be the one that the configuration sets.",
				quote(name.ValueString()), byName, *code),
		)
	}
}

func isKnownAction(code int64) bool {
	_, known := nexudus.Action(code).Name()
	return known
}

// addressProblem says why Nexudus cannot send a request to an address, and is empty if
// it can. It checks nothing else: url.Parse rejects paths and queries that servers accept.
func addressProblem(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	host := rest[strings.LastIndex(rest, "@")+1:]
	switch {
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return "it contains a space, a line break or another control character"
	case !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http"):
		return "it does not begin with https:// or http://"
	case host == "" || strings.HasPrefix(host, ":"):
		return "it has no host"
	}
	return ""
}

// ModifyPlan completes the event, so that a plan shows both its name and its
// code, and warns about a webhook that the plan switches on again.
func (r *webhookResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // the webhook is being deleted
	}
	if req.Plan.Raw.Equal(req.State.Raw) {
		return // nothing changes, as for most webhooks of a fleet
	}
	var config, plan webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var state *webhookResourceModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	// With ignore_changes, the configuration differs from the one that was validated.
	validateEvent(config.Action, config.ActionName, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case !config.Action.IsNull() && config.ActionName.IsNull():
		plan.ActionName = plannedName(config.Action, state)
	case config.Action.IsNull() && config.ActionName.IsUnknown():
		plan.Action = integerValue{NumberValue: types.NumberUnknown(), of: anyInteger}
	case config.Action.IsNull():
		action, _ := nexudus.ActionByName(config.ActionName.ValueString())
		plan.Action = newInteger(int64(action))
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("action"), plan.Action)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("action_name"), plan.ActionName)...)

	raw, diags := req.Private.GetKey(ctx, switchedOffKey)
	resp.Diagnostics.Append(diags...)
	if raw == nil || state == nil || !plan.Active.ValueBool() || !plan.BusinessID.Equal(state.BusinessID) {
		return // it was not switched off, stays off, or is replaced by a new webhook
	}
	var off switchedOff
	_ = json.Unmarshal(raw, &off) // Read wrote it
	resp.Diagnostics.AddAttributeWarning(path.Root("active"),
		fmt.Sprintf("Webhook %d was switched off in Nexudus", *plan.ID.Int64Pointer()), off.detail())
}

// plannedName returns the name of an event in a plan. It does not ask Nexudus for
// the name of a newer event: plan and apply could get different answers.
func plannedName(action integerValue, state *webhookResourceModel) types.String {
	code := action.Int64Pointer()
	if code != nil {
		if name, known := nexudus.Action(*code).Name(); known {
			return types.StringValue(name)
		}
	}
	if code != nil && state != nil && state.Action.Equal(action) {
		return state.ActionName
	}
	return types.StringUnknown()
}

// completeEventName sets the name of an event that a plan could not know.
func (m *webhookResourceModel) completeEventName(ctx context.Context, client *nexudus.Client) {
	if m.ActionName.IsUnknown() {
		m.ActionName = actionNames(ctx, client)((*nexudus.Action)(m.Action.Int64Pointer()))
	}
}

// eventName returns the name of a webhook's event. For a code that only Nexudus
// knows, the model keeps its name: it may come from the configuration, and plans
// would otherwise never be empty.
func eventName(ctx context.Context, client *nexudus.Client, m *webhookResourceModel, w *nexudus.Webhook) types.String {
	if w.Action != nil && !isKnownAction(int64(*w.Action)) && m.Action.Equal(newIntegerPointer(w.Action)) && !m.ActionName.IsNull() {
		return m.ActionName
	}
	return actionNames(ctx, client)(w.Action)
}
