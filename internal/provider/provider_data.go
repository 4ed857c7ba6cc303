package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// providerData is what the provider hands to its data sources, resources, list
// resources, actions and ephemeral resources.
type providerData struct {
	client  *nexudus.Client
	missing diag.Diagnostic // why there is no client
}

// providerDataFrom is the Configure of all of them. The data is nil while the
// CLI only validates.
func providerDataFrom(data any, diags *diag.Diagnostics) *providerData {
	if data == nil {
		return nil
	}
	d, ok := data.(*providerData)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("Expected %T, got %T. Please report this.", d, data))
	}
	return d
}

// clientOr returns the client, or reports why there is none and returns nil.
func (d *providerData) clientOr(diags *diag.Diagnostics) *nexudus.Client {
	if d.missing != nil {
		diags.Append(d.missing)
		return nil
	}
	return d.client
}
