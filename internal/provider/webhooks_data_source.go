package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ datasource.DataSource                   = (*webhooksDataSource)(nil)
	_ datasource.DataSourceWithConfigure      = (*webhooksDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*webhooksDataSource)(nil)
)

type webhooksDataSource struct {
	access *access
}

func newWebhooksDataSource() datasource.DataSource { return &webhooksDataSource{} }

type webhooksModel struct {
	BusinessID    types.Number `tfsdk:"business_id"`
	Action        types.Number `tfsdk:"action"`
	ActionName    types.String `tfsdk:"action_name"`
	Active        types.Bool   `tfsdk:"active"`
	Name          types.String `tfsdk:"name"`
	URL           types.String `tfsdk:"url"`
	MinErrorCount types.Number `tfsdk:"min_error_count"`
	MaxErrorCount types.Number `tfsdk:"max_error_count"`

	Webhooks []webhookSummaryModel `tfsdk:"webhooks"`
}

func (d *webhooksDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhooks"
}

func (d *webhooksDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description}
	}
	number := func(from int64, noun, description string) schema.Attribute {
		return schema.NumberAttribute{
			Optional: true, MarkdownDescription: description,
			Validators: []validator.Number{wholeNumber{from: from, noun: noun, remedy: "Correct it, or leave this filter out."}},
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists webhooks, all or those that the filters choose, in a few requests: a thousand webhooks usually take one. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-webhooks).\n\n" +
			"Reading needs the role `WebHook-List`. A webhook's `description` is missing here, since Nexudus leaves it out of its listings; " +
			"the data source `nexudus_webhook` has it, and the table of all actions.",
		Attributes: map[string]schema.Attribute{
			"business_id":     number(1, "A location's Id", "Id of the location that owns the webhooks."),
			"action":          number(0, "A webhook's action", "Code of the event that fires the webhooks. Excludes `action_name`."),
			"action_name":     text("Name of that event, such as `BookingCreate`. Excludes `action`."),
			"active":          schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the webhooks fire."},
			"name":            text("Exact display name of the webhooks."),
			"url":             text("Exact address that Nexudus POSTs to."),
			"min_error_count": number(0, "A number of failed deliveries", "Least number of failed deliveries."),
			"max_error_count": number(0, "A number of failed deliveries", "Largest number of failed deliveries."),
			"webhooks": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The webhooks, ordered by Id.",
				NestedObject:        schema.NestedAttributeObject{Attributes: webhookSummaryAttributes()},
			},
		},
	}
}

// ValidateConfig reports filters that no webhook could pass.
func (d *webhooksDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config webhooksModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !config.Action.IsNull() && !config.ActionName.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("action_name"), "Two filters for the action",
			"\"action\" and \"action_name\" both choose the event, so one of them is not meant.\n\nKeep one of them.")
	}
	if !config.ActionName.IsNull() && !config.ActionName.IsUnknown() {
		name := config.ActionName.ValueString()
		if _, known := nexudus.ActionByName(name); !known {
			resp.Diagnostics.AddAttributeError(path.Root("action_name"), "Unknown webhook action", unknownActionName(name)+" For a newer event, \"action\" takes its number.")
		}
	}
	least, largest := config.MinErrorCount, config.MaxErrorCount
	if !least.IsNull() && !least.IsUnknown() && !largest.IsNull() && !largest.IsUnknown() &&
		least.ValueBigFloat().Cmp(largest.ValueBigFloat()) > 0 {
		resp.Diagnostics.AddAttributeError(path.Root("min_error_count"), "Filters exclude all webhooks",
			fmt.Sprintf("\"min_error_count\" is %s and \"max_error_count\" is %s, which no number of failed deliveries fits.\n\nLet the first be the smaller one.", digits(least.ValueBigFloat()), digits(largest.ValueBigFloat())))
	}
}

func (d *webhooksDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	// Nil while the CLI only validates.
	d.access, _ = req.ProviderData.(*access)
}

func (d *webhooksDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var state webhooksModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if d.access.missing != nil {
		resp.Diagnostics.Append(d.access.missing)
		return
	}

	webhooks, err := d.access.client.Webhooks(ctx, state.filter())
	if err != nil {
		resp.Diagnostics.AddError(explain(err))
		return
	}

	state.Webhooks = make([]webhookSummaryModel, len(webhooks))
	for i, webhook := range webhooks {
		state.Webhooks[i].fromAPI(webhook)
	}
	warnOfUnknownActions(&resp.Diagnostics, state.Webhooks...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// filter is the configuration in the client's terms.
func (m *webhooksModel) filter() nexudus.WebhookFilter {
	filter := nexudus.WebhookFilter{
		BusinessID:    int64Pointer(m.BusinessID),
		Action:        (*nexudus.Action)(int64Pointer(m.Action)),
		Active:        m.Active.ValueBoolPointer(),
		Name:          m.Name.ValueStringPointer(),
		URL:           m.URL.ValueStringPointer(),
		MinErrorCount: int64Pointer(m.MinErrorCount),
		MaxErrorCount: int64Pointer(m.MaxErrorCount),
	}
	if !m.ActionName.IsNull() {
		action, _ := nexudus.ActionByName(m.ActionName.ValueString())
		filter.Action = &action
	}
	return filter
}
