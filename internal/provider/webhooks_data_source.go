package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

var (
	_ datasource.DataSource                   = (*webhooksDataSource)(nil)
	_ datasource.DataSourceWithConfigure      = (*webhooksDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*webhooksDataSource)(nil)
)

type webhooksDataSource struct {
	data *providerData
}

func newWebhooksDataSource() datasource.DataSource { return &webhooksDataSource{} }

type webhooksModel struct {
	webhookFilterModel

	Webhooks []webhookSummaryModel `tfsdk:"webhooks"`
}

func (d *webhooksDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhooks"
}

func (d *webhooksDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"webhooks": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "Webhooks, ordered by Id.",
			NestedObject:        schema.NestedAttributeObject{Attributes: webhookSummaryAttributes()},
		},
	}
	for name, description := range webhookFilterDescriptions {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: description}
		if number, ok := webhookFilterNumbers[name]; ok {
			attributes[name] = schema.NumberAttribute{CustomType: number, Optional: true, MarkdownDescription: description}
		}
	}
	attributes["active"] = schema.BoolAttribute{Optional: true, MarkdownDescription: webhookFilterDescriptions["active"]}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists all webhooks, or those that match the filters. One request usually returns up to 1,000 webhooks. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-webhooks).\n\n" +
			"Requires the role `WebHook-List`. The `description` of a webhook is missing, because Nexudus omits it from its listings; " +
			"the data source `nexudus_webhook` has it, and its page lists all actions.",
		Attributes: attributes,
	}
}

func (d *webhooksDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var config webhooksModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validate(&resp.Diagnostics)
}

func (d *webhooksDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *webhooksDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var state webhooksModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := d.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer d.data.warnOfWaits(&resp.Diagnostics)

	webhooks, err := client.Webhooks(ctx, state.toAPI())
	if err != nil {
		resp.Diagnostics.AddError(diagnose(err))
		return
	}

	state.Webhooks = make([]webhookSummaryModel, len(webhooks))
	nameOf := actionNames(ctx, client)
	for i, webhook := range webhooks {
		state.Webhooks[i].fromAPI(webhook, nameOf)
	}
	warnOfUnknownActions(&resp.Diagnostics, state.Webhooks...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}
