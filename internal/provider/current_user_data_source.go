package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

var (
	_ datasource.DataSource              = (*currentUserDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*currentUserDataSource)(nil)
)

type currentUserDataSource struct {
	data *providerData
}

func newCurrentUserDataSource() datasource.DataSource { return &currentUserDataSource{} }

// currentUserModel is the state of the signed-in user.
type currentUserModel struct {
	ID                integerValue   `tfsdk:"id"`
	FullName          types.String   `tfsdk:"full_name"`
	Email             types.String   `tfsdk:"email"`
	DefaultBusinessID integerValue   `tfsdk:"default_business_id"`
	BusinessIDs       []integerValue `tfsdk:"business_ids"` // nil is null
	IsAdmin           types.Bool     `tfsdk:"is_admin"`
	APIAccess         types.Bool     `tfsdk:"api_access"`
	TimeZone          types.String   `tfsdk:"time_zone"`
}

func (d *currentUserDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_current_user"
}

func (d *currentUserDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	flag := func(description string) schema.Attribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	number := func(description string) schema.Attribute {
		return schema.NumberAttribute{CustomType: anyInteger, Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the user that the credentials belong to. Requires no role, so you can use it to test credentials.",
		Attributes: map[string]schema.Attribute{
			"id":                  number("`Id` of the user in Nexudus."),
			"full_name":           text("Name of the user."),
			"email":               text("E-mail address of the user."),
			"default_business_id": number("Id of the location that Nexudus opens for the user."),
			"business_ids": schema.ListAttribute{
				ElementType: anyInteger, Computed: true, MarkdownDescription: "Ids of the locations that the user has access to, in ascending order.",
			},
			"is_admin":   flag("Whether the user is an administrator."),
			"api_access": flag("Whether the user may use the API."),
			"time_zone":  text("Time zone of the user's default location, as an IANA name such as `Europe/Berlin`."),
		},
	}
}

func (d *currentUserDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *currentUserDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	client := d.data.clientOr(&resp.Diagnostics)
	if client == nil {
		return
	}
	defer d.data.warnOfWaits(&resp.Diagnostics)
	user, err := client.CurrentUser(ctx)
	if err != nil {
		resp.Diagnostics.AddError(diagnose(err))
		return
	}
	var state currentUserModel
	state.fromAPI(user)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

func (m *currentUserModel) fromAPI(u *nexudus.User) {
	m.ID = newInteger(u.ID)
	m.FullName = types.StringPointerValue(u.FullName)
	m.Email = types.StringPointerValue(u.Email)
	m.DefaultBusinessID = newIntegerPointer(u.DefaultBusinessID)
	m.BusinessIDs = nil
	if u.BusinessIDs != nil {
		m.BusinessIDs = []integerValue{}
	}
	for _, id := range slices.Sorted(slices.Values(u.BusinessIDs)) {
		m.BusinessIDs = append(m.BusinessIDs, newInteger(id))
	}
	m.IsAdmin = types.BoolPointerValue(u.IsAdmin)
	m.APIAccess = types.BoolPointerValue(u.APIAccess)
	m.TimeZone = types.StringPointerValue(u.TimeZone)
}
