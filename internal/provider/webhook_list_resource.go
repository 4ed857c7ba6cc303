package provider

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ list.ListResourceWithConfigure      = (*webhookListResource)(nil)
	_ list.ListResourceWithValidateConfig = (*webhookListResource)(nil)
)

// webhookListResource lists webhooks for terraform query.
type webhookListResource struct {
	data *providerData
}

func newWebhookListResource() list.ListResource { return &webhookListResource{} }

func (r *webhookListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook"
}

func (r *webhookListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	attributes := make(map[string]schema.Attribute)
	for name, description := range webhookFilterDescriptions {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: description}
		if number, ok := webhookFilterNumbers[name]; ok {
			attributes[name] = schema.NumberAttribute{CustomType: number, Optional: true, MarkdownDescription: description}
		}
	}
	attributes["active"] = schema.BoolAttribute{Optional: true, MarkdownDescription: webhookFilterDescriptions["active"]}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists webhooks for `terraform query`, so that existing webhooks can be imported. " +
			"Requires the role `WebHook-List`, and also `WebHook-Read` with `include_resource`. " +
			"Terraform stops at 100 results unless `limit` says otherwise.",
		Attributes: attributes,
	}
}

func (r *webhookListResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *webhookListResource) ValidateListResourceConfig(
	ctx context.Context, req list.ValidateConfigRequest, resp *list.ValidateConfigResponse,
) {
	var config webhookFilterModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(&resp.Diagnostics)
	}
}

func (r *webhookListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config webhookFilterModel
	diags := req.Config.Get(ctx, &config)
	fail := func() { stream.Results = list.ListResultsStreamDiagnostics(diags) }
	if diags.HasError() {
		fail()
		return
	}
	client := r.data.clientOr(&diags)
	if client == nil {
		fail()
		return
	}
	webhooks, err := client.Webhooks(ctx, config.toAPI())
	if err != nil {
		diags.AddError(diagnose(err))
		fail()
		return
	}
	nameOf := actionNames(ctx, client)
	stream.Results = func(push func(list.ListResult) bool) {
		var found int64
		for _, webhook := range webhooks {
			if req.Limit > 0 && found == req.Limit {
				return
			}
			result := r.result(ctx, req, client, webhook, nameOf)
			if result.Identity != nil {
				found++
			}
			r.data.warnOfWaits(&result.Diagnostics)
			if !push(result) || result.Diagnostics.HasError() {
				return
			}
		}
	}
}

// result converts a listed webhook to a result. Lists lack the description, so
// a full resource needs another read. If the webhook no longer exists or cannot be read,
// the result has only a diagnostic.
func (r *webhookListResource) result(
	ctx context.Context, req list.ListRequest, client *nexudus.Client, webhook *nexudus.Webhook, nameOf actionNamer,
) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = client.Sanitize(displayName(webhook, nameOf))
	result.Diagnostics.Append(result.Identity.Set(ctx, webhookIdentityModel{types.Int64Value(webhook.ID)})...)
	if !req.IncludeResource {
		return result
	}
	full, err := client.Webhook(ctx, webhook.ID)
	switch {
	case nexudus.IsNotFound(err):
		return list.ListResult{
			Diagnostics: diag.Diagnostics{diag.NewWarningDiagnostic(fmt.Sprintf("Webhook %d no longer exists", webhook.ID),
				"The webhook was deleted after Nexudus had listed it. It is left out of the results.")},
		}
	case err != nil:
		summary, detail := diagnose(err)
		return list.ListResult{Diagnostics: diag.Diagnostics{diag.NewErrorDiagnostic(summary, detail)}}
	}
	var model webhookResourceModel
	model.fromAPI(full, nameOf(full.Action))
	result.Diagnostics.Append(result.Resource.Set(ctx, &model)...)
	return result
}

// displayName is what terraform query prints: name, event and location.
func displayName(w *nexudus.Webhook, nameOf actionNamer) string {
	name, event, location := "unnamed", nameOf(w.Action).ValueString(), "unknown"
	if w.Name != nil {
		name = cmp.Or(*w.Name, name)
	}
	if event == "" && w.Action != nil {
		event = fmt.Sprintf("event %d", *w.Action)
	}
	if w.BusinessID != nil {
		location = fmt.Sprint(*w.BusinessID)
	}
	return fmt.Sprintf("%s, %s, location %s", name, cmp.Or(event, "no event"), location)
}
