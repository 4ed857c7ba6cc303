package provider

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Only the read was interrupted, so the warning must not say that nothing has changed.
func TestWarnUnverified_interrupted(t *testing.T) {
	var diags diag.Diagnostics
	warnUnverified(&diags, "Webhook 1 was created", context.Canceled)
	const want = "The state holds what was sent. The next plan reads the webhook.\n\nThe run was interrupted."
	if len(diags) != 1 || diags[0].Summary() != "Webhook 1 was created but could not be read back" || diags[0].Detail() != want {
		t.Errorf("diagnostics = %v, want one with %q", diags, want)
	}
}
