package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

func newWebhookDataSource() datasource.DataSource {
	attributes := webhookSummaryAttributes()
	attributes["id"] = schema.StringAttribute{
		Required: true, MarkdownDescription: attributes["id"].GetMarkdownDescription(), Validators: []validator.String{isID("webhook")},
	}
	attributes["description"] = text("Free text. Null if there is none.")
	return &dataSource[webhookModel]{name: "webhook", read: readWebhook, schema: schema.Schema{
		MarkdownDescription: "Reads one webhook by its ID, including the status of its deliveries. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id).",
		Attributes: attributes,
	}}
}

func readWebhook(ctx context.Context, client *nexudus.Client, m *webhookModel, diags *diag.Diagnostics) error {
	id, _ := parseID(m.ID.ValueString()) // its validator has accepted it
	webhook, err := client.Webhook(ctx, id)
	if err != nil {
		return err
	}
	m.fromAPI(ctx, client, webhook)
	warnOfUnknownActions(diags, m.webhookSummaryModel)
	return nil
}
