package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// text and flag are attributes that Nexudus sets.
func text(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func flag(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

var _ datasource.DataSourceWithConfigure = (*dataSource[struct{}])(nil)

// dataSource is a data source whose state is an M.
type dataSource[M any] struct {
	name   string // after that of the provider, such as "webhook"
	schema schema.Schema

	// read fills the model, which has the values of the configuration.
	read func(context.Context, *nexudus.Client, *M, *diag.Diagnostics) error

	data *providerData
}

func (d *dataSource[M]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.name
}

func (d *dataSource[M]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.schema
}

func (d *dataSource[M]) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.data = providerDataFrom(req.ProviderData)
}

func (d *dataSource[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model M
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client := d.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer d.data.warnOfWaits(&resp.Diagnostics)
	if err := d.read(ctx, client, &model, &resp.Diagnostics); err != nil {
		d.data.addReadError(&resp.Diagnostics, err)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	}
}
