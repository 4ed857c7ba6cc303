package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ datasource.DataSource              = (*businessesDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*businessesDataSource)(nil)
)

type businessesDataSource struct {
	data *providerData
}

func newBusinessesDataSource() datasource.DataSource { return &businessesDataSource{} }

type businessesModel struct {
	Name           types.String `tfsdk:"name"`
	RootLocationID integerValue `tfsdk:"root_location_id"`
	Suspended      types.Bool   `tfsdk:"suspended"`

	Businesses []businessModel `tfsdk:"businesses"`
}

func (d *businessesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_businesses"
}

func (d *businessesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists all locations, which the API calls businesses, that the user has access to, " +
			"or those that match the filters. " +
			"See [the API's page](https://developers.nexudus.com/rest-api/sys/get-businesses).\n\n" +
			"Requires the role `Business-List`. The list includes the entry at the top of a network, suspended locations, and demo locations.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Display name of the locations. Matched exactly, including case.",
			},
			"root_location_id": schema.NumberAttribute{
				CustomType: integerType{minimum: 1, noun: "A location's Id", remedy: correctFilter},
				Optional:   true,
				MarkdownDescription: "Id of the parent location. Matches only the locations directly below it, " +
					"and not those further down: a network has up to four levels.",
			},
			"suspended": schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the locations are suspended."},
			"businesses": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Locations, ordered by Id.",
				NestedObject:        schema.NestedAttributeObject{Attributes: businessAttributes()},
			},
		},
	}
}

func (d *businessesDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *businessesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var state businessesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := d.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer d.data.warnOfWaits(&resp.Diagnostics)

	businesses, err := client.Businesses(ctx, nexudus.BusinessFilter{
		Name:           state.Name.ValueStringPointer(),
		RootLocationID: state.RootLocationID.Int64Pointer(),
		Suspended:      state.Suspended.ValueBoolPointer(),
	})
	if err != nil {
		resp.Diagnostics.AddError(diagnose(err))
		return
	}

	state.Businesses = make([]businessModel, len(businesses))
	for i, business := range businesses {
		state.Businesses[i].fromAPI(business)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}
