package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

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
		MarkdownDescription: "Manages a webhook, with which Nexudus sends a POST request to a URL when an event happens at a location. " +
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
			"name": schema.StringAttribute{Required: true, MarkdownDescription: webhookDescriptions["name"] + " Must not be empty."},
			"description": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Free-text description. An empty string is equivalent to null.",
			},
			"url": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "URL that Nexudus sends POST requests to, with the scheme `https` or `http`. " +
					"Stored in the state, like every attribute. " +
					"If it contains a secret, use a sensitive variable, which keeps it out of the CLI's output.",
			},
			"action": schema.NumberAttribute{
				CustomType: number(1, "A webhook's action", "Use the code of an event, or its name in \"action_name\"."),
				Optional:   true, Computed: true,
				MarkdownDescription: "Code of the event that triggers the webhook (`eWebhookAction` in the API). " +
					"Set `action`, `action_name`, or both if they agree. A code that this version of the provider does not know is accepted.",
			},
			"action_name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Name of the event that triggers the webhook, such as `BookingCreate`.",
			},
			"active": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the webhook is active. Default: `true`. Nexudus sets this to `false` after ten failed " +
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
		addError(&resp.Diagnostics, withoutAddress(err, address), config.attributes())
		return
	}

	// From here on, problems are only warnings: after an error, the next run would
	// replace the webhook.
	plan.ID, plan.UniqueID, plan.CreatedOn = newInteger(id), types.StringNull(), types.StringNull()
	plan.completeEventName(ctx, client)
	webhook, err := client.Webhook(ctx, id)
	if err != nil {
		warnUnverified(&resp.Diagnostics, fmt.Sprintf("Webhook %d was created", id), withoutAddress(err, address))
	} else {
		plan.computedFromAPI(webhook)
		different := plan.toAPI().Differs(webhook)
		for i, field := range different {
			different[i] = config.attributes()[strings.ToLower(field)]
		}
		if len(different) == 0 {
			resp.Diagnostics.Append(keepUpdatedOn(ctx, resp.Private, webhook)...)
		} else {
			resp.Diagnostics.AddWarning(fmt.Sprintf("Webhook %d differs from what was sent", id),
				fmt.Sprintf("Right after the create, Nexudus held different values for %s.\n\nThe next plan shows them. If Nexudus changes "+
					"what is sent, for example by trimming spaces at the end, use the values that Nexudus holds.", join(different)))
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
		resp.Diagnostics.AddWarning(
			fmt.Sprintf("Webhook %d no longer exists", id),
			"The webhook was deleted outside of Terraform, or the user no longer has access to it. It is removed from the state. "+
				"If the configuration still has it, apply creates it again.",
		)
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

	off := newSwitchedOff(client, webhook)
	unexpected := state.Active.ValueBool() || imported && off.ErrorCount >= failuresUntilOff
	state.fromAPI(webhook, eventName(ctx, client, &state, webhook))
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)

	before, diags := req.Private.GetKey(ctx, switchedOffKey)
	resp.Diagnostics.Append(diags...)
	var reason []byte // none if it is active, or paused by the configuration
	if !state.Active.ValueBool() && (unexpected || before != nil) {
		reason, _ = json.Marshal(off)
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, switchedOffKey, reason)...)
}

func (r *webhookResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := r.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	id := *plan.ID.Int64Pointer()
	plan.completeEventName(ctx, client)
	fields := plan.toAPI()
	// Only a plan that says so switches a webhook on: Nexudus may have switched it off since.
	fields.KeepActive = plan.Active.Equal(state.Active)
	webhook, err := client.UpdateWebhook(ctx, id, fields)
	err = withoutAddress(err, plan.URL.ValueString())
	var failure *nexudus.Error
	errors.As(err, &failure)
	if err != nil {
		// The state may no longer match Nexudus.
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, updatedOnKey, nil)...)
	}
	switch {
	case nexudus.IsNotFound(err):
		resp.Diagnostics.AddError(fmt.Sprintf("Webhook %d no longer exists", id),
			"The webhook was deleted after this plan was made, or the user no longer has access to it.\n\n"+
				"Plan again: the new plan creates the webhook.")
		return
	case failure != nil && failure.Kind == nexudus.KindUnverified:
		warnUnverified(&resp.Diagnostics, fmt.Sprintf("Webhook %d was updated", id), withoutAddress(failure.Cause, plan.URL.ValueString()))
	case err != nil:
		addError(&resp.Diagnostics, err, config.attributes())
		if webhook == nil {
			return
		}
		plan.fromAPI(webhook, eventName(ctx, client, &plan, webhook))
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

// ImportState accepts the Id of a webhook, as a string or as its identity.
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
		resp.Diagnostics.AddError(
			"Invalid webhook Id",
			fmt.Sprintf("A webhook is imported by its Id, a whole number from 1 to %d; got %s.\n\n"+
				"Use the \"Id\" of the webhook, as the data source nexudus_webhooks lists it.", int64(math.MaxInt64), quote(shown)),
		)
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), newInteger(id))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
}
