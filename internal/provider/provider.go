// Package provider implements the Terraform provider: its settings, resources, data sources
// and functions, and the diagnostics that explain failures.
package provider

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ provider.ProviderWithValidateConfig = (*nexudusProvider)(nil)
	_ provider.ProviderWithFunctions      = (*nexudusProvider)(nil)
	_ provider.ProviderWithListResources  = (*nexudusProvider)(nil)
)

type nexudusProvider struct {
	version   string
	transport http.RoundTripper // nil except in tests
}

// New returns a constructor of the provider. The version is that of the release, or "dev".
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &nexudusProvider{version: version} }
}

func (p *nexudusProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "nexudus", p.version
}

func (p *nexudusProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages webhooks, and reads locations and the current user, in [Nexudus](https://nexudus.com), " +
			"the management platform for coworking and flex spaces. " +
			"A setting that is not in the provider block is taken from its environment variable.",
		Attributes: settingAttributes(),
	}
}

// ValidateConfig ignores the environment: validate must give the same result wherever it runs.
func (p *nexudusProvider) ValidateConfig(_ context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	_, diags := newSettings(req.Config.Raw, func(string) string { return "" }).resolve()
	resp.Diagnostics.Append(diags...)
}

// Configure sends nothing and accepts missing credentials, so that functions work
// without them, and so do plans that read nothing.
func (p *nexudusProvider) Configure(_ context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	_, diags := newSettings(req.Config.Raw, func(string) string { return "" }).resolve()
	resp.Diagnostics.Append(diags...)
	// Errors in the environment are left to the first request. If Configure reported
	// them and there were no provider block, the CLI would point to an empty line.
	resolved, missing := newSettings(req.Config.Raw, os.Getenv).resolve()
	if resolved.missing != nil {
		missing.Append(resolved.missing)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	data := &providerData{missing: missing, credentials: resolved.credentials}
	if len(missing) == 0 {
		resolved.config.UserAgent = userAgent(p.version, req.TerraformVersion, os.Getenv("TF_APPEND_USER_AGENT"))
		resolved.config.Logger = slog.New(logHandler{})
		resolved.config.Transport = p.transport
		data.client = nexudus.New(resolved.config)
	}
	resp.DataSourceData, resp.ResourceData, resp.ListResourceData = data, data, data
}

func (p *nexudusProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newWebhookDataSource, newWebhooksDataSource, newBusinessDataSource, newBusinessesDataSource, newCurrentUserDataSource,
	}
}

func (p *nexudusProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newWebhookActionNameFunction, newWebhookActionCodeFunction, newWebhookActionCodesFunction}
}

func (p *nexudusProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newWebhookResource}
}

func (p *nexudusProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newWebhookListResource}
}

// userAgent returns the User-Agent header, with what TF_APPEND_USER_AGENT adds on one line.
func userAgent(version, terraformVersion, added string) string {
	agent := fmt.Sprintf("terraform-provider-nexudus/%s (+https://github.com/nexudus-community/terraform-provider-nexudus) Terraform/%s %s",
		version, terraformVersion, strings.Join(strings.Fields(added), " "))
	return strings.TrimSpace(agent)
}
