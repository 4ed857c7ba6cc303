package provider

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// isNotBlank checks a text that must be visible.
func isNotBlank(attribute, value string) (summary, detail string) {
	if strings.TrimSpace(value) != "" {
		return "", ""
	}
	return fmt.Sprintf("Invalid %q", attribute), attribute + " must contain more than spaces."
}

// isAddress checks the address of a webhook. Its message does not show the value, which may contain a secret.
func isAddress(attribute, value string) (summary, detail string) {
	problem := addressProblem(value)
	if problem == "" {
		return "", ""
	}
	return "Invalid webhook URL", fmt.Sprintf("%s must be an absolute http or https address, such as \"https://example.com/hook\"; %s.", attribute, problem)
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

// isOtherLocation reports whether a plan moves the webhook to another location, which needs a new webhook. A
// location that is not known yet, as that of a deferred data source, is probably the same: if every such plan
// replaced the webhook, a failure in between would leave none.
func isOtherLocation(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = differ(req.PlanValue, req.StateValue)
}

// differ reports whether two values are both known, not null, and different.
func differ(plan, state types.String) bool {
	return !plan.IsUnknown() && !plan.IsNull() && !state.IsNull() && !plan.Equal(state)
}

// ModifyPlan completes the event, and warns about what the plan alone does not show.
func (r *webhookResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // the webhook is being deleted
	}
	var config, plan webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var state *webhookResourceModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if state != nil && !differ(plan.BusinessID, state.BusinessID) { // a replacement sends the address
		plan.warnOfURL(state, config.URLWO, readURLHashes(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	}
	if req.Plan.Raw.Equal(req.State.Raw) {
		return // nothing changes, as for most webhooks of a fleet
	}
	plan.planEvent(state)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("action"), plan.Action)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("action_name"), plan.ActionName)...)
	if r.data == nil || r.data.client == nil {
		return // only what needs requests is left
	}
	if state == nil {
		warnOfDuplicates(ctx, r.data.client, plan.toAPI(config.URLWO), &resp.Diagnostics)
	} else if !state.Active.ValueBool() && plan.Active.ValueBool() {
		warnOfSwitchedOff(ctx, r.data.client, state, req.Private, &resp.Diagnostics)
	}
}

// planEvent plans the code of the event. The state keeps its spelling of the same event.
func (m *webhookResourceModel) planEvent(state *webhookResourceModel) {
	action := actionPointer(m.ActionName)
	m.Action = types.Int64PointerValue((*int64)(action))
	if m.ActionName.IsUnknown() {
		m.Action = types.Int64Unknown()
	}
	if action == nil || state == nil {
		return
	}
	if before := actionPointer(state.ActionName); before != nil && *before == *action {
		m.ActionName = state.ActionName
	}
}

// warnOfDuplicates warns if a webhook to be created already exists: after a run that was
// killed, with a lost state, or because somebody has made it by hand.
func warnOfDuplicates(ctx context.Context, client *nexudus.Client, fields nexudus.WebhookFields, diags *diag.Diagnostics) {
	for _, id := range client.PossibleDuplicates(ctx, fields) {
		diags.AddWarning(fmt.Sprintf("Possible duplicate of webhook %d", id),
			fmt.Sprintf("Webhook %d exists in Nexudus, with the same location, event and address. "+
				"If there are two, Nexudus delivers each event twice.\n\n"+
				"If webhook %d is not managed here already, import it with the ID %d instead of creating another one. "+
				"If this run deletes or replaces it, nothing is duplicated.", id, id, id))
	}
}

// failuresUntilOff is the number of failed deliveries in a row after which Nexudus switches a webhook off.
const failuresUntilOff = 10

// warnOfSwitchedOff says why a webhook is off that a plan switches on. It says nothing
// if no delivery has failed, or if the reason cannot be read.
func warnOfSwitchedOff(ctx context.Context, client *nexudus.Client, state *webhookResourceModel, private privateState, diags *diag.Diagnostics) {
	id := idPointer(state.ID)
	if id == nil {
		return
	}
	webhook := webhookSummary(ctx, client, *id, private, diags)
	if webhook == nil {
		webhook, _ = client.Webhook(ctx, *id)
	}
	if webhook == nil || webhook.ErrorCount == nil || *webhook.ErrorCount < 1 {
		return
	}
	failures, who := fmt.Sprintf("%d failed deliveries", *webhook.ErrorCount), "Nexudus probably switched it off itself"
	if *webhook.ErrorCount == 1 {
		failures = "1 failed delivery"
	}
	if *webhook.ErrorCount < failuresUntilOff {
		who = "a person probably switched it off"
	}
	why := fmt.Sprintf("It has %s, so %s.", failures, who)
	if text := lastError(client, webhook); text != nil && *text != "" {
		why += " The last error: " + *text
	}
	diags.AddAttributeWarning(path.Root("active"), fmt.Sprintf("Webhook %d was switched off in Nexudus", *id),
		why+"\n\nThis plan makes it active again, or replaces it with an active one. Make sure that its endpoint works: Nexudus "+
			"switches a webhook off after ten failed deliveries in a row. To leave it off, set active = false; to let Nexudus decide, add ignore_changes = [active].")
}
