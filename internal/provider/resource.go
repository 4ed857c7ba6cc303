package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// requireID returns the ID of a managed record. A state that somebody has edited may
// lack it, and a request without an ID would be about all records of the kind.
func requireID(value types.String, kind string, diags *diag.Diagnostics) (id int64) { //nolint:unparam // for the next kind of record
	id, ok := parseID(value.ValueString())
	if !ok && !diags.HasError() { // an error says that the state could not be read
		diags.AddError("Invalid ID in the state",
			fmt.Sprintf("The ID of the %s in the state must be a number such as \"101\"; got %s. Somebody has probably edited the state.\n\n"+
				"Remove the %s from the state with the command \"state rm\", and import it again.", kind, quote(value.ValueString()), kind))
	}
	return id
}

// identityModel is the identity of a managed record of any kind.
type identityModel struct {
	ID types.String `tfsdk:"id"`
}

// importByID implements ImportState: it accepts an ID, as a string or as an identity.
func importByID(ctx context.Context, kind string, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	identity := identityModel{types.StringValue(req.ID)}
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &identity.ID)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if idPointer(identity.ID) == nil {
		resp.Diagnostics.AddError(fmt.Sprintf("Invalid %s ID", kind), noID("The import ID", kind, identity.ID.ValueString()))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), identity.ID)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
}

// confirmGone reports whether a managed record that Nexudus does not find was deleted, and
// adds the warning. If the user does not see the record's location either, the credentials
// are probably those of another account, and the record is still there.
func (d *providerData) confirmGone(ctx context.Context, kind string, id int64, location *int64, diags *diag.Diagnostics) bool {
	if location != nil {
		_, err := d.client.Business(ctx, *location)
		switch {
		case rest.IsNotFound(err):
			diags.AddError(fmt.Sprintf("%s %d and its location are not visible", titleCase(kind), id),
				fmt.Sprintf("Nexudus finds neither the %s nor its location, which has the ID %d. "+
					"The credentials probably belong to another account, or to a user without access to the location.%s\n\n"+
					"Use the credentials that the %s was created with. If the location was closed, remove the %s from the state: "+
					"with a \"removed\" block, or with the command \"state rm\".", kind, *location, d.origin(), kind, kind))
			return false
		case rest.Is(err, rest.KindUnauthorized, rest.KindPermission):
			// The user may not read locations.
		case err != nil:
			d.addError(diags, err)
			return false
		}
	}
	diags.AddWarning(fmt.Sprintf("%s %d was not found", titleCase(kind), id),
		fmt.Sprintf("The %s was deleted outside of Terraform, or the user no longer has access to it. Applying removes it from the state, "+
			"and creates a new %s if the configuration still contains it.", kind, kind))
	return true
}
