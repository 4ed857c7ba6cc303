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

type businessesModel struct {
	Name           types.String `tfsdk:"name"`
	RootLocationID types.String `tfsdk:"root_location_id"`
	Suspended      types.Bool   `tfsdk:"suspended"`

	Businesses []businessModel `tfsdk:"businesses"`
}

func newBusinessesDataSource() datasource.DataSource {
	return &dataSource[businessesModel]{name: "businesses", read: readBusinesses, schema: schema.Schema{
		MarkdownDescription: "Lists all locations, which the API calls businesses, that the user has access to, " +
			"or those that match the filters. See [the API's page](https://developers.nexudus.com/rest-api/sys/get-businesses).\n\n" +
			"Requires [the permission](../guides/authentication.md#permissions) `Business-List`. " +
			"The list includes suspended locations, demo locations, and the entry at the top of a network (a parent location and those below it).",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Display name of the locations. Matched exactly, including case.",
			},
			"root_location_id": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{isID("location")},
				MarkdownDescription: "ID of the parent location. Matches only the locations directly below it, " +
					"and not those further down: a network has up to four levels.",
			},
			"suspended": schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the locations are suspended."},
			"businesses": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Locations, ordered by ID.",
				NestedObject:        schema.NestedAttributeObject{Attributes: businessAttributes()},
			},
		},
	}}
}

func readBusinesses(ctx context.Context, client *nexudus.Client, m *businessesModel, _ *diag.Diagnostics) error {
	businesses, err := client.Businesses(ctx, nexudus.BusinessFilter{
		Name:           m.Name.ValueStringPointer(),
		RootLocationID: idPointer(m.RootLocationID),
		Suspended:      m.Suspended.ValueBoolPointer(),
	})
	m.Businesses = make([]businessModel, len(businesses))
	for i, business := range businesses {
		m.Businesses[i].fromAPI(business)
	}
	return err
}
