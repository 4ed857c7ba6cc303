package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ resource.ResourceWithConfigure      = (*webhookResource)(nil)
	_ resource.ResourceWithIdentity       = (*webhookResource)(nil)
	_ resource.ResourceWithImportState    = (*webhookResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*webhookResource)(nil)
	_ resource.ResourceWithValidateConfig = (*webhookResource)(nil)
)

type webhookResource struct {
	data *providerData
}

func newWebhookResource() resource.Resource { return &webhookResource{} }

func (r *webhookResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook"
}

func (r *webhookResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	number := func(minimum int64, noun, remedy string) integerType {
		return integerType{minimum: minimum, noun: noun, remedy: remedy}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a webhook: Nexudus sends a POST request to an address when an event happens at a location. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/post-webhooks).",
		Attributes: map[string]schema.Attribute{
			"id": schema.NumberAttribute{
				CustomType: anyInteger, Computed: true, MarkdownDescription: webhookDescriptions["id"],
				PlanModifiers: []planmodifier.Number{numberplanmodifier.UseStateForUnknown()},
			},
			"business_id": schema.NumberAttribute{
				CustomType: number(1, "A location's Id", "Use the Id of a location."),
				Required:   true, MarkdownDescription: webhookDescriptions["business_id"] + " Changing it replaces the webhook.",
				PlanModifiers: []planmodifier.Number{numberplanmodifier.RequiresReplace()},
			},
			"name":        schema.StringAttribute{Required: true, MarkdownDescription: webhookDescriptions["name"] + " Must not be empty."},
			"description": schema.StringAttribute{Optional: true, MarkdownDescription: "Free text. An empty string is the same as none."},
			"url": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Address that Nexudus sends a POST request to, `https` or `http`. It is stored in the state like every attribute. " +
					"If it contains a secret, use a sensitive variable, which keeps it out of the CLI's output.",
			},
			"action": schema.NumberAttribute{
				CustomType: number(0, "A webhook's action", "Use the code of an event, or its name in \"action_name\"."),
				Optional:   true, Computed: true,
				MarkdownDescription: "Code of the event that triggers the webhook (`eWebhookAction` in the API). " +
					"Set `action`, `action_name`, or both if they agree. A code that this version of the provider does not know is accepted.",
			},
			"action_name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Name of that event, such as `BookingCreate`.",
			},
			"active": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the webhook is active. Default: `true`. `false` pauses it. Nexudus sets this to `false` after ten failed " +
					"deliveries in a row, without notifying anyone. The next plan then shows why, and applying it switches the webhook on again.",
			},
			"unique_id": schema.StringAttribute{
				Computed: true, MarkdownDescription: webhookDescriptions["unique_id"],
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"created_on": schema.StringAttribute{
				Computed: true, MarkdownDescription: webhookDescriptions["created_on"],
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
		},
	}
}

func (r *webhookResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.Int64Attribute{RequiredForImport: true, Description: "Id of the webhook in Nexudus."},
	}}
}

func (r *webhookResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *webhookResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !config.Name.IsUnknown() && strings.TrimSpace(config.Name.ValueString()) == "" {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Empty webhook name", "name must not be empty: Nexudus requires a name.\n\nSet a name.")
	}
	if !config.URL.IsUnknown() && !isAbsoluteURL(config.URL.ValueString()) {
		// The value may contain a secret.
		resp.Diagnostics.AddAttributeError(path.Root("url"), "Invalid webhook URL",
			"url must be an absolute http or https address, such as \"https://example.com/hook\".\n\nCorrect the address.")
	}
	validateEvent(config.Action, config.ActionName, &resp.Diagnostics)
}

// validateEvent reports an event that is missing, unknown or contradictory. A
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
		diags.AddAttributeError(path.Root("action_name"), "Unknown webhook action",
			unknownActionName(name.ValueString())+".\n\nFor an event that is newer than this version of the provider, set \"action\" to its code.")
	case known && code != nil && *code != int64(byName):
		diags.AddAttributeError(path.Root("action"), "Contradictory webhook event",
			fmt.Sprintf("\"action_name\" %s has the code %d, but \"action\" is %d.\n\nKeep one of them.", quote(name.ValueString()), byName, *code))
	}
}

func isKnownAction(code int64) bool {
	_, known := nexudus.Action(code).Name()
	return known
}

// ModifyPlan completes the event, so that a plan shows both its name and its
// code, and warns about a webhook that the plan switches on again.
func (r *webhookResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // the webhook is being deleted
	}
	var config, plan webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case !config.Action.IsNull() && config.ActionName.IsNull():
		plan.ActionName = r.actionName(ctx, config.Action)
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
	if raw == nil || req.State.Raw.IsNull() || !plan.Active.ValueBool() {
		return
	}
	var state webhookResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !plan.BusinessID.Equal(state.BusinessID) {
		return // a new webhook replaces this one
	}
	var off switchedOff
	_ = json.Unmarshal(raw, &off) // Read wrote it
	resp.Diagnostics.AddAttributeWarning(path.Root("active"), fmt.Sprintf("Webhook %s is switched off", digits(plan.ID.ValueBigFloat())), off.explain())
}

// explain says why a webhook is switched off and what applying will do.
func (o switchedOff) explain() string {
	why := fmt.Sprintf("Nexudus has switched the webhook off after %d failed deliveries.", o.ErrorCount)
	if o.ErrorCount < 10 {
		why = fmt.Sprintf("Somebody has switched the webhook off in Nexudus. Its number of failed deliveries is %d.", o.ErrorCount)
	}
	if o.LastError != "" {
		why += " The last error: " + o.LastError
	}
	return why + "\n\nApplying this plan switches it on again. Make sure that its endpoint works: after ten failed deliveries in a row, " +
		"Nexudus switches it off again. To leave it off, set active = false; to leave that to Nexudus, ignore changes of active."
}

// actionName returns the name of an event, null if nobody knows it, or unknown.
func (r *webhookResource) actionName(ctx context.Context, action integerValue) types.String {
	code := action.Int64Pointer()
	switch {
	case action.IsUnknown():
		return types.StringUnknown()
	case code == nil:
		return types.StringNull()
	}
	if name, known := nexudus.Action(*code).Name(); known {
		return types.StringValue(name)
	}
	if r.data == nil || r.data.client == nil {
		return types.StringUnknown() // the plan of a provider whose settings are known only after apply
	}
	if name, known := r.data.client.ActionName(ctx, nexudus.Action(*code)); known {
		return types.StringValue(name)
	}
	return types.StringNull()
}

// eventName returns the name of a webhook's event. For a code that only Nexudus
// knows, the model keeps its name: it may be from the configuration, and plans
// would differ for ever.
func (r *webhookResource) eventName(ctx context.Context, m *webhookResourceModel, w *nexudus.Webhook) types.String {
	action := newIntegerPointer(w.Action)
	if w.Action != nil && !isKnownAction(int64(*w.Action)) && m.Action.Equal(action) && !m.ActionName.IsNull() {
		return m.ActionName
	}
	return r.actionName(ctx, action)
}

func (r *webhookResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := r.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	address := plan.URL.ValueString()
	id, err := client.CreateWebhook(ctx, plan.toAPI())
	if err != nil {
		addError(&resp.Diagnostics, withoutAddress(err, address), config.sentFields())
		return
	}

	// From here on there are only warnings: after an error, the next run would
	// replace the webhook.
	plan.ID, plan.UniqueID, plan.CreatedOn = newInteger(id), types.StringNull(), types.StringNull()
	webhook, err := client.Webhook(ctx, id)
	if err != nil {
		_, detail := diagnose(withoutAddress(err, address))
		resp.Diagnostics.AddWarning(fmt.Sprintf("Webhook %d was created but could not be read back", id),
			"The state holds what was sent. The next plan reads the webhook.\n\n"+detail)
	} else {
		plan.computedFromAPI(webhook)
		different := plan.toAPI().Differs(webhook)
		if len(different) == 0 {
			resp.Diagnostics.Append(keepUpdatedOn(ctx, resp.Private, webhook)...)
		} else {
			resp.Diagnostics.AddWarning(fmt.Sprintf("Webhook %d differs from what was sent", id),
				fmt.Sprintf("Nexudus created the webhook with other values of %s.\n\nThe next plan shows them.", join(different)))
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, webhookIdentityModel{types.Int64Value(id)})...)
}

func (r *webhookResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state webhookResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := r.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	id := *state.ID.Int64Pointer()
	// Set first: the framework requires an identity even if the webhook is gone,
	// and a state written by Terraform 1.11 has none.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, webhookIdentityModel{types.Int64Value(id)})...)

	webhook, err := r.read(ctx, client, &state, req.Private, resp)
	imported := state.Name.IsNull() && state.URL.IsNull()
	switch {
	case nexudus.IsNotFound(err) && !imported:
		resp.Diagnostics.AddWarning(fmt.Sprintf("Webhook %d no longer exists", id),
			fmt.Sprintf("Webhook %s was deleted outside of Terraform. It is removed from the state, and a plan creates it again.", quote(state.Name.ValueString())))
		resp.State.RemoveResource(ctx)
		return
	case nexudus.IsNotFound(err):
		_, detail := diagnose(err)
		resp.Diagnostics.AddError(fmt.Sprintf("Cannot import webhook %d", id), detail)
		return
	case err != nil:
		resp.Diagnostics.AddError(diagnose(withoutAddress(err, state.URL.ValueString())))
		return
	}

	wasActive := state.Active.ValueBool() || imported
	state.fromAPI(webhook, r.eventName(ctx, &state, webhook))
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)

	before, diags := req.Private.GetKey(ctx, switchedOffKey)
	resp.Diagnostics.Append(diags...)
	var reason []byte // none if it is active, or paused by the configuration
	if !state.Active.ValueBool() && (wasActive || before != nil) {
		reason, _ = json.Marshal(newSwitchedOff(client, webhook))
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, switchedOffKey, reason)...)
}

// updatedOnKey is the key in the private state of the UpdatedOn at which the state
// had all of the webhook.
const updatedOnKey = "updated_on"

// read returns the webhook, in a fleet from a list. A list has everything except
// the description, and that has not changed since the state was written if
// UpdatedOn has not. That an edit moves UpdatedOn is not documented. If the list
// leaves out another field, the webhook is read by itself.
func (r *webhookResource) read(
	ctx context.Context, client *nexudus.Client, state *webhookResourceModel, private privateState, resp *resource.ReadResponse,
) (*nexudus.Webhook, error) {
	id := *state.ID.Int64Pointer()
	known, diags := private.GetKey(ctx, updatedOnKey)
	resp.Diagnostics.Append(diags...)
	if known != nil {
		summary := client.WebhookSummary(ctx, id)
		if summary != nil && summary.UpdatedOn != nil && bytes.Equal(known, jsonText(*summary.UpdatedOn)) && state.isIn(summary) {
			summary.Description = state.Description.ValueStringPointer()
			return summary, nil
		}
	}
	webhook, err := client.Webhook(ctx, id)
	if err == nil {
		resp.Diagnostics.Append(keepUpdatedOn(ctx, resp.Private, webhook)...)
	}
	return webhook, err
}

// privateState is the private state of a resource, which the framework does not
// export.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// keepUpdatedOn keeps the UpdatedOn of a webhook that was read in full, unless a
// later edit could leave it unchanged.
func keepUpdatedOn(ctx context.Context, private privateState, webhook *nexudus.Webhook) diag.Diagnostics {
	if !webhook.Settled() {
		return private.SetKey(ctx, updatedOnKey, nil)
	}
	return private.SetKey(ctx, updatedOnKey, jsonText(*webhook.UpdatedOn))
}

func jsonText(text string) []byte {
	encoded, _ := json.Marshal(text)
	return encoded
}

func (r *webhookResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := r.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	id := *plan.ID.Int64Pointer()
	webhook, err := client.UpdateWebhook(ctx, id, plan.toAPI())
	err = withoutAddress(err, plan.URL.ValueString())
	var failure *nexudus.Error
	errors.As(err, &failure)
	if err != nil {
		// The state may no longer have what Nexudus has.
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, updatedOnKey, nil)...)
	}
	switch {
	case nexudus.IsNotFound(err):
		resp.Diagnostics.AddError(fmt.Sprintf("Webhook %d no longer exists", id),
			"The webhook was deleted after this plan was made.\n\nPlan again: the new plan creates the webhook.")
		return
	case failure != nil && failure.Kind == nexudus.KindUnverified:
		resp.Diagnostics.AddWarning(fmt.Sprintf("Webhook %d was updated but could not be read back", id),
			fmt.Sprintf("The state holds what was sent. The next plan reads the webhook.\n\nReading failed: %s.", failure.Reason))
	case err != nil:
		addError(&resp.Diagnostics, err, config.sentFields())
		if webhook == nil {
			return
		}
		plan.fromAPI(webhook, r.eventName(ctx, &plan, webhook))
	default:
		resp.Diagnostics.Append(keepUpdatedOn(ctx, resp.Private, webhook)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, webhookIdentityModel{types.Int64Value(id)})...)
	if plan.Active.ValueBool() { // otherwise the reason stays, for the plan that switches it on
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, switchedOffKey, nil)...)
	}
}

func (r *webhookResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state webhookResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := r.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	if err := client.DeleteWebhook(ctx, *state.ID.Int64Pointer()); err != nil {
		resp.Diagnostics.AddError(diagnose(withoutAddress(err, state.URL.ValueString())))
	}
}

// ImportState takes the Id of a webhook, as text or as its identity.
func (r *webhookResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var identity webhookIdentityModel
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &identity.ID)...)
	} else if id, err := strconv.ParseInt(req.ID, 10, 64); err == nil {
		identity.ID = types.Int64Value(id)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	id, shown := identity.ID.ValueInt64(), req.ID
	if !identity.ID.IsNull() {
		shown = strconv.FormatInt(id, 10)
	}
	if id < 1 {
		resp.Diagnostics.AddError("Invalid webhook Id", fmt.Sprintf("A webhook is imported by its Id, a whole number from 1 to %d; got %s.\n\n"+
			"Use the \"Id\" of the webhook, as the data source nexudus_webhooks lists it.", int64(math.MaxInt64), quote(shown)))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), newInteger(id))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
}
