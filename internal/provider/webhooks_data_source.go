package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

type webhooksModel struct {
	webhookFilterModel

	IncludeURLs types.Bool            `tfsdk:"include_urls"`
	Webhooks    []webhookSummaryModel `tfsdk:"webhooks"`
}

// webhookFilterModel selects webhooks, in the data source and the list resource.
type webhookFilterModel struct {
	BusinessID    types.String `tfsdk:"business_id"`
	ActionName    types.String `tfsdk:"action_name"`
	Active        types.Bool   `tfsdk:"active"`
	Name          types.String `tfsdk:"name"`
	URL           types.String `tfsdk:"url"`
	MinErrorCount types.Number `tfsdk:"min_error_count"`
	MaxErrorCount types.Number `tfsdk:"max_error_count"`
}

// webhookFilterAttributes returns the filters of the data source, which the list resource has too.
func webhookFilterAttributes() map[string]schema.Attribute {
	filter := func(description string, validators ...validator.String) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: validators}
	}
	number := func(description string, limits wholeNumber) schema.Attribute {
		return schema.NumberAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.Number{limits}}
	}
	return map[string]schema.Attribute{
		"business_id": filter("ID of the location that owns the webhooks.", isID("location")),
		"action_name": filter(
			"Name of the event that triggers the webhooks, such as `BookingCreate`, or its code, such as `\"6\"`.", check(isAction),
		),
		"active":          schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the webhooks are active."},
		"name":            filter("Exact display name of the webhooks."),
		"url":             filter("Exact address that Nexudus sends POST requests to."),
		"min_error_count": number("Smallest number of failed deliveries.", wholeNumber{atMost: "max_error_count"}),
		"max_error_count": number("Largest number of failed deliveries.", wholeNumber{}),
	}
}

func (m webhookFilterModel) toAPI() nexudus.WebhookFilter {
	return nexudus.WebhookFilter{
		BusinessID:    idPointer(m.BusinessID),
		Action:        actionPointer(m.ActionName),
		Active:        m.Active.ValueBoolPointer(),
		Name:          m.Name.ValueStringPointer(),
		URL:           m.URL.ValueStringPointer(),
		MinErrorCount: int64Pointer(m.MinErrorCount),
		MaxErrorCount: int64Pointer(m.MaxErrorCount),
	}
}

func newWebhooksDataSource() datasource.DataSource {
	listed := webhookSummaryAttributes()
	listed["url"] = text(listed["url"].GetMarkdownDescription() + " Null unless `include_urls` is `true`.")
	attributes := webhookFilterAttributes()
	attributes["include_urls"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Whether the results include the `url` of each webhook. Default: `false`, because these addresses often " +
			"contain secrets, which would be stored in the state.",
	}
	attributes["webhooks"] = schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Webhooks, ordered by ID.",
		NestedObject:        schema.NestedAttributeObject{Attributes: listed},
	}
	return &dataSource[webhooksModel]{name: "webhooks", read: readWebhooks, schema: schema.Schema{
		MarkdownDescription: "Lists all webhooks, or those that match the filters. One request usually returns up to 1,000 webhooks. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-webhooks).\n\n" +
			"Requires [the permission](../guides/authentication.md#permissions) `WebHook-List`. The results have no `description`, because Nexudus omits it " +
			"from lists; use the data source `nexudus_webhook`. [The resource's page](../resources/webhook.md#events) lists all events.",
		Attributes: attributes,
	}}
}

func readWebhooks(ctx context.Context, client *nexudus.Client, m *webhooksModel, diags *diag.Diagnostics) error {
	webhooks, err := client.Webhooks(ctx, m.toAPI())
	if err != nil {
		return err
	}
	m.Webhooks = make([]webhookSummaryModel, len(webhooks))
	for i, webhook := range webhooks {
		m.Webhooks[i].fromAPI(ctx, client, webhook)
		if !m.IncludeURLs.ValueBool() {
			m.Webhooks[i].URL = types.StringNull()
		}
	}
	warnOfUnknownActions(diags, m.Webhooks...)
	return nil
}
