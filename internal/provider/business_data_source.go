package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ datasource.DataSource                   = (*businessDataSource)(nil)
	_ datasource.DataSourceWithConfigure      = (*businessDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*businessDataSource)(nil)
)

type businessDataSource struct {
	data *providerData
}

func newBusinessDataSource() datasource.DataSource { return &businessDataSource{} }

func (d *businessDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_business"
}

func (d *businessDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	const exactlyOne = " Exactly one of `id`, `name` and `web_address` is required."
	attributes := businessAttributes()
	attributes["id"] = schema.NumberAttribute{
		CustomType: integerType{
			minimum: 1,
			noun:    "A location's Id",
			remedy:  `Use the "Id" of the record, or find the location by "name".`,
		},
		Optional: true, Computed: true, MarkdownDescription: businessDescriptions["id"] + exactlyOne,
	}
	for _, name := range []string{"name", "web_address"} {
		attributes[name] = schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: businessDescriptions[name] + " Matched exactly, including case." + exactlyOne,
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one location, which the API calls a business, by its Id, name or web address. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-businesses-by-id).\n\n" +
			"Requires the role `Business-List`, or `Business-Read` if the location is given by its Id. " +
			"It is an error if no location matches, or several do: the error then lists the candidates.",
		Attributes: attributes,
	}
}

func (d *businessDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var config businessModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	given := slices.DeleteFunc([]attr.Value{config.ID, config.Name, config.WebAddress}, attr.Value.IsNull)
	switch {
	case len(given) == 0:
		resp.Diagnostics.AddError("No location selected", "The location is selected by its id, name or web_address.\n\nSet one of them.")
	case len(given) > 1 && !slices.ContainsFunc(given, attr.Value.IsUnknown): // an unknown one may turn out to be null
		resp.Diagnostics.AddError("Location selected twice", "Only one of id, name and web_address can select the location.\n\nKeep one of them.")
	}
	for name, value := range map[string]types.String{"name": config.Name, "web_address": config.WebAddress} {
		if !value.IsNull() && !value.IsUnknown() && value.ValueString() == "" {
			resp.Diagnostics.AddAttributeError(path.Root(name), fmt.Sprintf("Empty %q", name),
				fmt.Sprintf("%s must not be empty: it would select a location without one.\n\nSet it, or leave it out.", name))
		}
	}
}

func (d *businessDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *businessDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var state businessModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := d.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer d.data.warnOfWaits(&resp.Diagnostics)

	var business *nexudus.Business
	if id := state.ID.Int64Pointer(); id != nil {
		var err error
		if business, err = client.Business(ctx, *id); err != nil {
			addReadError(&resp.Diagnostics, err)
		}
	} else {
		business = findBusiness(ctx, client, &state, &resp.Diagnostics)
	}
	if business == nil {
		return
	}
	state.fromAPI(business)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// findBusiness returns the location with the configured name or web address, or
// reports why there is not exactly one and returns nil.
func findBusiness(ctx context.Context, client *nexudus.Client, config *businessModel, diags *diag.Diagnostics) *nexudus.Business {
	by := businessKey{
		attribute: "name", noun: "name", wanted: config.Name.ValueString(),
		of: func(b *nexudus.Business) *string { return b.Name },
	}
	if config.Name.IsNull() {
		by = businessKey{
			attribute: "web_address", noun: "web address", wanted: config.WebAddress.ValueString(),
			of: func(b *nexudus.Business) *string { return b.WebAddress },
		}
	}
	found, err := client.Businesses(ctx, nexudus.BusinessFilter{
		Name: config.Name.ValueStringPointer(), WebAddress: config.WebAddress.ValueStringPointer(),
	})
	switch {
	case err != nil:
		diags.AddError(diagnose(err))
	case len(found) == 1:
		return found[0]
	case len(found) > 1:
		diags.AddAttributeError(path.Root(by.attribute), "Several locations match", by.ambiguous(client, found))
	default:
		all, err := client.Businesses(ctx, nexudus.BusinessFilter{})
		if err != nil {
			diags.AddError(diagnose(err))
			return nil
		}
		diags.AddAttributeError(path.Root(by.attribute), "Location not found", by.missing(client, all))
	}
	return nil
}

// businessKey is the attribute by which a location is selected.
type businessKey struct {
	attribute, noun, wanted string
	of                      func(*nexudus.Business) *string
}

func (k businessKey) ambiguous(client *nexudus.Client, found []*nexudus.Business) string {
	other := `"id"`
	if k.attribute == "name" {
		other = `"id" or "web_address"`
	}
	return fmt.Sprintf("%d locations have the %s %s.\n\nSelect one of them by %s.\n\nCandidates:%s",
		len(found), k.noun, quote(k.wanted), other, candidates(client, found))
}

func (k businessKey) missing(client *nexudus.Client, all []*nexudus.Business) string {
	const shown = 5
	what := fmt.Sprintf("No location has the %s %s, or the user does not have access to it.\n\n", k.noun, quote(k.wanted))
	if len(all) == 0 {
		return what + "The user cannot see any location: check in Nexudus which ones the user has access to."
	}
	away := func(b *nexudus.Business) int { return distance(k.wanted, *cmp.Or(k.of(b), new(""))) }
	slices.SortStableFunc(all, func(a, b *nexudus.Business) int { return cmp.Compare(away(a), away(b)) })
	return what + fmt.Sprintf("Correct %q, or select the location by \"id\". A %s must match exactly, including case.\n\nNearest:%s",
		k.attribute, k.noun, candidates(client, all[:min(len(all), shown)]))
}

// candidates lists locations with the attributes that select them, one per line.
func candidates(client *nexudus.Client, all []*nexudus.Business) string {
	const shown = 10
	var b strings.Builder
	for _, business := range all[:min(len(all), shown)] {
		show := func(text *string) string { return quote(client.Sanitize(*text)) }
		fmt.Fprintf(&b, "\n  - %d", business.ID)
		switch {
		case business.Name != nil && *business.Name != "":
			fmt.Fprintf(&b, " %s", show(business.Name))
		case business.ToStringText != nil:
			fmt.Fprintf(&b, ", without a name, shown as %s", show(business.ToStringText))
		}
		if business.WebAddress != nil {
			fmt.Fprintf(&b, ", web address %s", show(business.WebAddress))
		}
	}
	if more := len(all) - shown; more > 0 {
		fmt.Fprintf(&b, "\n  - and %d more", more)
	}
	return b.String()
}
