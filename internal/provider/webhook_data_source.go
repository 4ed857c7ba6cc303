package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

var (
	_ datasource.DataSource              = (*webhookDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*webhookDataSource)(nil)
)

type webhookDataSource struct {
	data *providerData
}

func newWebhookDataSource() datasource.DataSource { return &webhookDataSource{} }

func (d *webhookDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook"
}

func (d *webhookDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := webhookSummaryAttributes()
	attributes["id"] = schema.NumberAttribute{
		CustomType: integerType{
			minimum: 1,
			noun:    "A webhook's Id",
			remedy:  `Use the "Id" of the record, as the data source nexudus_webhooks lists it.`,
		},
		Required:            true,
		MarkdownDescription: webhookDescriptions["id"] + " Must be at least 1.",
	}
	attributes["description"] = schema.StringAttribute{Computed: true, MarkdownDescription: webhookDescriptions["description"]}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one webhook by its Id, including the status of its deliveries. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id).",
		Attributes: attributes,
	}
}

func (d *webhookDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *webhookDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id integerValue
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := d.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer d.data.warnOfWaits(&resp.Diagnostics)

	webhook, err := client.Webhook(ctx, *id.Int64Pointer())
	if err != nil {
		addReadError(&resp.Diagnostics, err)
		return
	}

	var state webhookModel
	state.fromAPI(webhook, actionNames(ctx, client))
	warnOfUnknownActions(&resp.Diagnostics, state.webhookSummaryModel)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}
