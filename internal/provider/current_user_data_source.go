package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// currentUserModel is the state of the signed-in user.
type currentUserModel struct {
	ID                types.String   `tfsdk:"id"`
	FullName          types.String   `tfsdk:"full_name"`
	Email             types.String   `tfsdk:"email"`
	DefaultBusinessID types.String   `tfsdk:"default_business_id"`
	BusinessIDs       []types.String `tfsdk:"business_ids"` // nil is null
	IsAdmin           types.Bool     `tfsdk:"is_admin"`
	APIAccess         types.Bool     `tfsdk:"api_access"`
	TimeZone          types.String   `tfsdk:"time_zone"`
}

func newCurrentUserDataSource() datasource.DataSource {
	return &dataSource[currentUserModel]{name: "current_user", read: readCurrentUser, schema: schema.Schema{
		MarkdownDescription: "Reads the user that the credentials belong to. No permission is documented for it, so you can use it to test credentials.",
		Attributes: map[string]schema.Attribute{
			"id":                  text("`Id` of the user in Nexudus."),
			"full_name":           text("Name of the user."),
			"email":               text("Email address of the user."),
			"default_business_id": text("ID of the location that Nexudus opens for the user."),
			"business_ids": schema.ListAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "IDs of the locations that the user has access to, in ascending order of their numbers.",
			},
			"is_admin":   flag("Whether the user is an administrator."),
			"api_access": flag("Whether the user may use the API."),
			"time_zone":  text("Time zone of the user's default location, as an IANA name such as `Europe/Berlin`."),
		},
	}}
}

func readCurrentUser(ctx context.Context, client *nexudus.Client, m *currentUserModel, _ *diag.Diagnostics) error {
	user, err := client.CurrentUser(ctx)
	if err == nil {
		m.fromAPI(user)
	}
	return err
}

func (m *currentUserModel) fromAPI(u *nexudus.User) {
	m.ID = newID(u.ID)
	m.FullName = types.StringPointerValue(u.FullName)
	m.Email = types.StringPointerValue(u.Email)
	m.DefaultBusinessID = newIDPointer(u.DefaultBusinessID)
	if u.BusinessIDs != nil {
		m.BusinessIDs = []types.String{}
	}
	for _, id := range slices.Sorted(slices.Values(u.BusinessIDs)) {
		m.BusinessIDs = append(m.BusinessIDs, newID(id))
	}
	m.IsAdmin = types.BoolPointerValue(u.IsAdmin)
	m.APIAccess = types.BoolPointerValue(u.APIAccess)
	m.TimeZone = types.StringPointerValue(u.TimeZone)
}
