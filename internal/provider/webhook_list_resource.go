package provider

import (
	"cmp"
	"context"
	"fmt"

	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

var _ list.ListResourceWithConfigure = (*webhookListResource)(nil)

// webhookListResource lists webhooks for terraform query.
type webhookListResource struct {
	data *providerData
}

func newWebhookListResource() list.ListResource { return &webhookListResource{} }

func (r *webhookListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook"
}

func (r *webhookListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	attributes := make(map[string]schema.Attribute)
	for name, filter := range webhookFilterAttributes() {
		switch filter := filter.(type) {
		case dataschema.StringAttribute:
			attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: filter.MarkdownDescription, Validators: filter.Validators}
		case dataschema.NumberAttribute:
			attributes[name] = schema.NumberAttribute{Optional: true, MarkdownDescription: filter.MarkdownDescription, Validators: filter.Validators}
		case dataschema.BoolAttribute:
			attributes[name] = schema.BoolAttribute{Optional: true, MarkdownDescription: filter.MarkdownDescription}
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists webhooks for `terraform query`, so that existing webhooks can be imported. " +
			"Requires [the permission](../guides/authentication.md#permissions) `WebHook-List`, and also `WebHook-Read` with `include_resource`. " +
			"Terraform stops at 100 results unless `limit` says otherwise.",
		Attributes: attributes,
	}
}

func (r *webhookListResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.data = providerDataFrom(req.ProviderData)
}

func (r *webhookListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config webhookFilterModel
	diags := req.Config.Get(ctx, &config)
	var webhooks []*nexudus.Webhook
	client := r.data.clientOr(&diags)
	if client != nil {
		var err error
		if webhooks, err = client.Webhooks(ctx, config.toAPI()); err != nil {
			r.data.addError(&diags, err)
		}
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		var found int64
		for _, webhook := range webhooks {
			if req.Limit > 0 && found == req.Limit {
				return
			}
			result := r.result(ctx, req, client, webhook)
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

// result converts a listed webhook to a result. Lists lack the description, so a full resource needs another read.
// If the webhook no longer exists or cannot be read, the result has only a diagnostic.
func (r *webhookListResource) result(ctx context.Context, req list.ListRequest, client *nexudus.Client, webhook *nexudus.Webhook) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = client.Sanitize(displayName(ctx, client, webhook))
	result.Diagnostics.Append(result.Identity.Set(ctx, identityModel{newID(webhook.ID)})...)
	if !req.IncludeResource {
		return result
	}
	full, err := client.Webhook(ctx, webhook.ID)
	if err != nil {
		var failed list.ListResult
		if rest.IsNotFound(err) {
			failed.Diagnostics.AddWarning(fmt.Sprintf("Webhook %d no longer exists", webhook.ID),
				"The webhook was deleted after Nexudus had listed it. It is left out of the results.")
		} else {
			r.data.addError(&failed.Diagnostics, err)
		}
		return failed
	}
	var model webhookResourceModel
	model.fromAPI(full)
	result.Diagnostics.Append(result.Resource.Set(ctx, &model)...)
	return result
}

// displayName is what terraform query prints: name, event and location.
func displayName(ctx context.Context, client *nexudus.Client, w *nexudus.Webhook) string {
	event := actionName(ctx, client, w.Action).ValueString()
	if event == "" && w.Action != nil {
		event = fmt.Sprintf("event %d", *w.Action)
	}
	name := types.StringPointerValue(w.Name).ValueString()
	location := newIDPointer(w.BusinessID).ValueString()
	return fmt.Sprintf("%s, %s, location %s", cmp.Or(name, "unnamed"), cmp.Or(event, "no event"), cmp.Or(location, "unknown"))
}
