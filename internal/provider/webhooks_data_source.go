package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
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
	BusinessID    integerValue `tfsdk:"business_id"`
	Action        integerValue `tfsdk:"action"`
	ActionName    types.String `tfsdk:"action_name"`
	Active        types.Bool   `tfsdk:"active"`
	Name          types.String `tfsdk:"name"`
	URL           types.String `tfsdk:"url"`
	MinErrorCount integerValue `tfsdk:"min_error_count"`
	MaxErrorCount integerValue `tfsdk:"max_error_count"`

	Webhooks []webhookSummaryModel `tfsdk:"webhooks"`
}

func (d *webhooksDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhooks"
}

func (d *webhooksDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description}
	}
	number := func(minimum int64, noun, description string) schema.Attribute {
		return schema.NumberAttribute{
			CustomType: integerType{minimum: minimum, noun: noun, remedy: "Correct it, or leave this filter out."},
			Optional:   true, MarkdownDescription: description,
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists all webhooks, or those that match the filters, in a few requests: a thousand webhooks usually take one. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-webhooks).\n\n" +
			"Requires the role `WebHook-List`. The `description` of a webhook is missing, because Nexudus omits it from its listings; " +
			"the data source `nexudus_webhook` has it, and its page lists all actions.",
		Attributes: map[string]schema.Attribute{
			"business_id":     number(1, "A location's Id", "Id of the location that owns the webhooks."),
			"action":          number(0, "A webhook's action", "Code of the event that triggers the webhooks. Excludes `action_name`."),
			"action_name":     text("Name of that event, such as `BookingCreate`. Excludes `action`."),
			"active":          schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the webhooks are active."},
			"name":            text("Exact display name of the webhooks."),
			"url":             text("Exact address that Nexudus sends POST requests to."),
			"min_error_count": number(0, "A number of failed deliveries", "Smallest number of failed deliveries."),
			"max_error_count": number(0, "A number of failed deliveries", "Largest number of failed deliveries."),
			"webhooks": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Webhooks, ordered by Id.",
				NestedObject:        schema.NestedAttributeObject{Attributes: webhookSummaryAttributes()},
			},
		},
	}
}

// ValidateConfig reports filters that no webhook can match.
func (d *webhooksDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var config webhooksModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !config.Action.IsNull() && !config.ActionName.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("action_name"), "Two filters for the action",
			"action and action_name both select the event.\n\nKeep one of them.")
	}
	if !config.ActionName.IsNull() && !config.ActionName.IsUnknown() {
		name := config.ActionName.ValueString()
		if _, known := nexudus.ActionByName(name); !known {
			resp.Diagnostics.AddAttributeError(path.Root("action_name"), "Unknown webhook action",
				unknownActionName(name)+" For a newer event, use action with its number.")
		}
	}
	least, most := config.MinErrorCount.Int64Pointer(), config.MaxErrorCount.Int64Pointer()
	if least != nil && most != nil && *least > *most {
		resp.Diagnostics.AddAttributeError(path.Root("min_error_count"), "Filters exclude all webhooks",
			fmt.Sprintf("min_error_count must not be greater than max_error_count; got %d and %d.", *least, *most))
	}
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

	webhooks, err := client.Webhooks(ctx, state.filter())
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

func (m *webhooksModel) filter() nexudus.WebhookFilter {
	filter := nexudus.WebhookFilter{
		BusinessID:    m.BusinessID.Int64Pointer(),
		Action:        (*nexudus.Action)(m.Action.Int64Pointer()),
		Active:        m.Active.ValueBoolPointer(),
		Name:          m.Name.ValueStringPointer(),
		URL:           m.URL.ValueStringPointer(),
		MinErrorCount: m.MinErrorCount.Int64Pointer(),
		MaxErrorCount: m.MaxErrorCount.Int64Pointer(),
	}
	if !m.ActionName.IsNull() {
		action, _ := nexudus.ActionByName(m.ActionName.ValueString())
		filter.Action = &action
	}
	return filter
}
