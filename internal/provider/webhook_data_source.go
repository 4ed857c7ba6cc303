package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ datasource.DataSource              = (*webhookDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*webhookDataSource)(nil)
)

type webhookDataSource struct {
	access *access
}

func newWebhookDataSource() datasource.DataSource { return &webhookDataSource{} }

func (d *webhookDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook"
}

func (d *webhookDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := webhookSummaryAttributes()
	attributes["id"] = schema.NumberAttribute{
		Required:            true,
		MarkdownDescription: "The webhook's `Id` in Nexudus, 1 or more.",
		Validators:          []validator.Number{wholeNumber{from: 1, noun: "A webhook's Id", remedy: `Use the "Id" of the record, as the data source nexudus_webhooks lists it.`}},
	}
	attributes["description"] = schema.StringAttribute{Computed: true, MarkdownDescription: "Free text, null when there is none."}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one webhook by its Id, with all that Nexudus knows about its deliveries. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id).",
		Attributes: attributes,
	}
}

func (d *webhookDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	// Nil while the CLI only validates.
	d.access, _ = req.ProviderData.(*access)
}

func (d *webhookDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id types.Number
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if d.access.missing != nil {
		resp.Diagnostics.Append(d.access.missing)
		return
	}

	webhook, err := d.access.client.Webhook(ctx, *int64Pointer(id))
	if nexudus.IsNotFound(err) {
		summary, detail := explain(err)
		resp.Diagnostics.AddAttributeError(path.Root("id"), summary, detail)
		return
	}
	if err != nil {
		resp.Diagnostics.AddError(explain(err))
		return
	}

	var state webhookModel
	state.fromAPI(webhook)
	warnOfUnknownActions(&resp.Diagnostics, state.webhookSummaryModel)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}
