// Package provider implements the Terraform provider: its settings, resources, data sources
// and functions, and the diagnostics that explain failures.
package provider

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ provider.Provider                   = (*nexudusProvider)(nil)
	_ provider.ProviderWithValidateConfig = (*nexudusProvider)(nil)
	_ provider.ProviderWithFunctions      = (*nexudusProvider)(nil)
	_ provider.ProviderWithListResources  = (*nexudusProvider)(nil)
)

type nexudusProvider struct {
	version string

	// The framework keeps only the data of the last Configure. A process that
	// serves several aliases, started with -debug or by a test, would read
	// through one alias with the credentials of another.
	mu         sync.Mutex
	configured *settings // of the configuration that the process serves
	data       *providerData
}

// New returns a constructor of the provider. The version is that of the release,
// or "dev".
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &nexudusProvider{version: version} }
}

func (p *nexudusProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "nexudus"
	resp.Version = p.version
}

func (p *nexudusProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages webhooks, and reads locations and the current user, in [Nexudus](https://nexudus.com), " +
			"the management platform for coworking and flex spaces. " +
			"A setting that is not in the provider block is taken from its environment variable.",
		Attributes: settingAttributes(),
	}
}

// ValidateConfig ignores the environment: validate must give the same result
// wherever it runs.
func (p *nexudusProvider) ValidateConfig(_ context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	noEnvironment := func(string) string { return "" }
	settings, err := newSettings(req.Config.Raw, noEnvironment)
	if err != nil {
		resp.Diagnostics.Append(unreadable(err))
		return
	}
	_, diags := settings.resolve()
	resp.Diagnostics.Append(diags...)
}

// Configure sends nothing and accepts missing credentials, so that functions work
// without them, and so do plans that read nothing.
func (p *nexudusProvider) Configure(_ context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	settings, err := newSettings(req.Config.Raw, os.Getenv)
	if err != nil {
		resp.Diagnostics.Append(unreadable(err))
		return
	}
	_, diags := settings.blockAlone().resolve()
	resp.Diagnostics.Append(diags...)
	// Errors in the environment are left to the first request. If Configure reported
	// them and there were no provider block, the CLI would point to an empty line.
	resolved, missing := settings.resolve()
	if resolved.missing != nil {
		missing.Append(resolved.missing)
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	// Set the data after an error too, so that reads of the first configuration still work.
	defer func() {
		if p.data != nil {
			resp.DataSourceData, resp.ResourceData, resp.ListResourceData = p.data, p.data, p.data
			resp.EphemeralResourceData, resp.ActionData = p.data, p.data
		}
	}()
	if resp.Diagnostics.HasError() {
		return
	}
	if p.configured != nil {
		if names := settings.differing(*p.configured); len(names) > 0 {
			resp.Diagnostics.Append(secondConfiguration(names))
			return
		}
		settings = settings.completedFrom(*p.configured)
	}
	p.configured = &settings

	p.data = &providerData{missing: missing}
	if len(missing) == 0 {
		resolved.config.UserAgent = userAgent(p.version, req.TerraformVersion, os.Getenv("TF_APPEND_USER_AGENT"))
		resolved.config.Logger = slog.New(logHandler{})
		p.data.client = nexudus.New(resolved.config)
	}
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

// userAgent returns the User-Agent header. Control characters are removed from
// the addition, which TF_APPEND_USER_AGENT sets: net/http would refuse to send
// them.
func userAgent(version, terraformVersion, added string) string {
	agent := fmt.Sprintf("terraform-provider-nexudus/%s (+https://github.com/nexudus-community/terraform-provider-nexudus) Terraform/%s",
		version, terraformVersion)
	added = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, added))
	return strings.TrimSpace(agent + " " + added)
}
