package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/numbervalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

var (
	_ resource.ResourceWithConfigure   = (*webhookResource)(nil)
	_ resource.ResourceWithIdentity    = (*webhookResource)(nil)
	_ resource.ResourceWithImportState = (*webhookResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*webhookResource)(nil)
)

type webhookResource struct {
	data *providerData
}

func newWebhookResource() resource.Resource { return &webhookResource{} }

func (r *webhookResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook"
}

func (r *webhookResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	stable := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	described := func(name string) string { return webhookSummaryAttributes()[name].GetMarkdownDescription() }
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a webhook, with which Nexudus sends a POST request to a URL when an event happens at a location. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/post-webhooks).",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{Computed: true, MarkdownDescription: described("id"), PlanModifiers: stable},
			"business_id": schema.StringAttribute{
				Required: true, MarkdownDescription: described("business_id") + " Changing it replaces the webhook.",
				Validators: []validator.String{isID("location")},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(
					isOtherLocation, "another location replaces the webhook", "another location replaces the webhook",
				)},
			},
			"name": schema.StringAttribute{
				Required: true, MarkdownDescription: described("name") + " Must not be empty or only spaces.",
				Validators: []validator.String{check(isNotBlank)},
			},
			"description": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Free-text description. An empty string is equivalent to null.",
			},
			"url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "URL that Nexudus sends POST requests to, with the scheme `https` or `http`. " +
					"Stored in the state, like every attribute. " +
					"If it contains a secret, use a sensitive variable, which keeps it out of the CLI's output, or `url_wo`. " +
					"Exactly one of `url` and `url_wo` is required.",
				Validators: []validator.String{check(isAddress), stringvalidator.ExactlyOneOf(path.MatchRoot("url"), path.MatchRoot("url_wo"))},
			},
			"url_wo": schema.StringAttribute{
				Optional: true, WriteOnly: true, Sensitive: true,
				MarkdownDescription: "Write-only alternative to `url`: the address is stored in neither the state nor plans. It may be an ephemeral value. " +
					"Sent when the webhook is created, and when `url_wo_version` changes. Requires `url_wo_version`, " +
					"and Terraform or OpenTofu 1.11 or newer.",
				Validators: []validator.String{check(isAddress), stringvalidator.AlsoRequires(path.MatchRoot("url_wo_version"))},
			},
			"url_wo_version": schema.NumberAttribute{
				Optional: true,
				MarkdownDescription: "Version of `url_wo`, a whole number, 1 or greater. Increase it to send a new address. " +
					"If somebody changes the address in Nexudus, the next plan shows this attribute as changed, and sends the address again.",
				Validators: []validator.Number{wholeNumber{minimum: 1}, numbervalidator.AlsoRequires(path.MatchRoot("url_wo"))},
			},
			"action": schema.Int64Attribute{Computed: true, MarkdownDescription: described("action")},
			"action_name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Name of the event that triggers the webhook, such as `BookingCreate`. For an event that is newer than this " +
					"version of the provider, its code in digits, such as `\"91\"`.",
				Validators: []validator.String{check(isAction)},
			},
			"active": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the webhook is active. Default: `true`. Nexudus sets this to `false` after ten failed " +
					"deliveries in a row, without notifying anyone. The next plan then shows why, and applying it switches the webhook on again.",
			},
			"unique_id":  schema.StringAttribute{Computed: true, MarkdownDescription: described("unique_id"), PlanModifiers: stable},
			"created_on": schema.StringAttribute{Computed: true, MarkdownDescription: described("created_on"), PlanModifiers: stable},
		},
	}
}

func (r *webhookResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "ID of the webhook in Nexudus."},
	}}
}

func (r *webhookResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.data = providerDataFrom(req.ProviderData)
}

func (r *webhookResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client := r.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	fields := plan.toAPI(config.URLWO)
	webhook, err := client.CreateWebhook(ctx, fields)
	if webhook == nil {
		r.data.addWriteError(&resp.Diagnostics, err, config.fieldAttributes(), fmt.Sprintf("a webhook with the name %s, the event %s and the location %s.",
			quote(plan.Name.ValueString()), plan.ActionName.ValueString(), plan.BusinessID.ValueString()))
		return
	}

	// From here on, problems are only warnings: after an error, the next run would replace the webhook.
	r.data.addCreateWarning(&resp.Diagnostics, fmt.Sprintf("Webhook %d", webhook.ID), err, config.fieldAttributes())
	plan.ID = newID(webhook.ID)
	plan.computedFromAPI(webhook)
	if err == nil {
		resp.Diagnostics.Append(keepUpdatedOn(ctx, resp.Private, webhook)...)
	}
	if !config.URLWO.IsNull() {
		resp.Diagnostics.Append(newURLHashes(*fields.URL, webhook).keep(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{plan.ID})...)
}

func (r *webhookResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state webhookResourceModel
	client, id := r.open(ctx, req.State, &state, &resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	// Set first: the framework requires an identity even if the webhook is gone,
	// and a state written by Terraform 1.11 has none.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{state.ID})...)

	webhook, err := r.read(ctx, client, id, &state, req, resp)
	imported := state.Name.IsNull() && state.BusinessID.IsNull() && state.UniqueID.IsNull() && state.CreatedOn.IsNull()
	switch {
	case rest.IsNotFound(err) && imported:
		_, detail := r.data.diagnose(err)
		resp.Diagnostics.AddError(fmt.Sprintf("Cannot import webhook %d", id), detail)
		return
	case rest.IsNotFound(err):
		if r.data.confirmGone(ctx, "webhook", id, idPointer(state.BusinessID), &resp.Diagnostics) {
			resp.State.RemoveResource(ctx)
		}
		return
	case err != nil:
		r.data.addError(&resp.Diagnostics, err)
		return
	}
	if before, now := state.UniqueID.ValueString(), webhook.UniqueID; before != "" && now != nil && !strings.EqualFold(*now, before) {
		resp.Diagnostics.AddError(otherRecord("webhook", id))
		return
	}
	state.fromAPI(webhook)
	state.hideURL(readURLHashes(ctx, req.Private, &resp.Diagnostics))
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// open reads the state of a managed webhook, and returns the client, or nil after an error, and the webhook's ID.
func (r *webhookResource) open(ctx context.Context, from tfsdk.State, state *webhookResourceModel, diags *diag.Diagnostics) (client *nexudus.Client, id int64) {
	diags.Append(from.Get(ctx, state)...)
	id = requireID(state.ID, "webhook", diags)
	return r.data.clientOr(diags), id
}

// updatedOnKey is the private-state key of the UpdatedOn that the webhook had when it was last read in full.
const updatedOnKey = "updated_on"

// read returns the webhook, from a list if there are many. A list has everything except the description, which is
// taken from the state if UpdatedOn is unchanged. Nexudus does not document that an edit changes UpdatedOn. If
// UpdatedOn has changed, or the list leaves out another field, the webhook is read by itself.
func (r *webhookResource) read(
	ctx context.Context, client *nexudus.Client, id int64, state *webhookResourceModel, req resource.ReadRequest, resp *resource.ReadResponse,
) (*nexudus.Webhook, error) {
	if summary := webhookSummary(ctx, client, id, req.Private, &resp.Diagnostics); summary != nil && state.isIn(summary) {
		summary.Description = state.Description.ValueStringPointer()
		return summary, nil
	}
	webhook, err := client.Webhook(ctx, id)
	if err == nil {
		resp.Diagnostics.Append(keepUpdatedOn(ctx, resp.Private, webhook)...)
	}
	return webhook, err
}

// webhookSummary returns a managed webhook as a list shows it, or nil if it must be read by itself.
func webhookSummary(ctx context.Context, client *nexudus.Client, id int64, private privateState, diags *diag.Diagnostics) *nexudus.Webhook {
	raw, more := private.GetKey(ctx, updatedOnKey)
	diags.Append(more...)
	var updatedOn string
	if json.Unmarshal(raw, &updatedOn) != nil {
		return nil
	}
	summary := client.WebhookSummary(ctx, id)
	if summary == nil || summary.UpdatedOn == nil || *summary.UpdatedOn != updatedOn {
		return nil
	}
	return summary
}

// privateState is the private state of a resource, which the framework does not export.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// keepUpdatedOn keeps the UpdatedOn of a webhook that was read in full.
func keepUpdatedOn(ctx context.Context, private privateState, webhook *nexudus.Webhook) diag.Diagnostics {
	var encoded []byte
	if webhook.UpdatedOn != nil {
		encoded, _ = json.Marshal(*webhook.UpdatedOn)
	}
	return private.SetKey(ctx, updatedOnKey, encoded)
}

func (r *webhookResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state webhookResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, id := r.open(ctx, req.State, &state, &resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	fields := plan.changes(&state, config.URLWO)
	webhook, err := client.UpdateWebhook(ctx, id, state.UniqueID.ValueString(), fields)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, updatedOnKey, nil)...) // unless all is well, the next plan reads it in full
	unverified := rest.Is(err, rest.KindUnverified)
	if err != nil && !unverified {
		r.data.addWriteError(&resp.Diagnostics, err, config.fieldAttributes(), "")
		if webhook == nil {
			return
		}
	}
	hashes := readURLHashes(ctx, req.Private, &resp.Diagnostics)
	switch {
	case config.URLWO.IsNull():
		hashes = nil
	case fields.URL != nil:
		hashes = newURLHashes(*fields.URL, webhook)
	}
	resp.Diagnostics.Append(hashes.keep(ctx, resp.Private)...)
	switch {
	case unverified:
		r.data.addUnverifiedWarning(&resp.Diagnostics, fmt.Sprintf("Webhook %d was updated", id), err)
	case err != nil:
		plan.fromAPI(webhook)
		plan.hideURL(hashes)
		if slices.Contains(fields.Differs(webhook), "URL") {
			plan.URLWOVersion = state.URLWOVersion // the next plan sends the address again
		}
	default:
		// The state has to be as planned, so the next plan shows what others have changed.
		if len(plan.toAPI(types.StringNull()).Differs(webhook)) == 0 {
			resp.Diagnostics.Append(keepUpdatedOn(ctx, resp.Private, webhook)...)
		}
		if fields.Active == nil && plan.Active.ValueBool() && webhook.Active != nil && !*webhook.Active {
			resp.Diagnostics.AddAttributeWarning(path.Root("active"), fmt.Sprintf("Webhook %d was switched off", id),
				"The webhook was switched off in Nexudus after this plan had been made, so it is not active now.\n\n"+
					"The next plan shows the reason, and applying it switches the webhook on again.")
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{plan.ID})...)
}

func (r *webhookResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state webhookResourceModel
	client, id := r.open(ctx, req.State, &state, &resp.Diagnostics)
	if client == nil {
		return
	}
	defer r.data.warnOfWaits(&resp.Diagnostics)
	if err := client.DeleteWebhook(ctx, id); err != nil {
		r.data.addError(&resp.Diagnostics, err)
	}
}

func (r *webhookResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByID(ctx, "webhook", req, resp)
}
