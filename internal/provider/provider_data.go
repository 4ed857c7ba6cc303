package provider

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// providerData is what the provider hands to its data sources, resources, list
// resources, actions and ephemeral resources.
type providerData struct {
	client  *nexudus.Client
	missing diag.Diagnostics // why there is no client

	warned atomic.Bool // of long waits
}

// providerDataFrom implements Configure for everything that gets a providerData. The
// data is nil while the CLI only validates.
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
	if len(d.missing) > 0 {
		diags.Append(d.missing...)
		return nil
	}
	return d.client
}

// longWait is how long a run may wait for rate limits without a warning.
const longWait = 10 * time.Second

// warnOfWaits adds one warning per process if the run has waited longer than longWait
// for rate limits, so that a slow plan has a visible reason.
func (d *providerData) warnOfWaits(diags *diag.Diagnostics) {
	if d == nil || d.client == nil {
		return
	}
	waited := d.client.Throttled()
	if waited <= longWait || d.warned.Swap(true) {
		return
	}
	diags.AddWarning(
		"Slowed down by Nexudus",
		fmt.Sprintf("Nexudus has asked this run to wait for %s in total so far. The usual reason is too many requests "+
			"with these credentials. The documented limits are 120 requests and 60 writes per minute, "+
			"and 5,000 requests per hour.\n\n"+
			"A run that creates, changes or imports many webhooks has to wait. One that reads them one by one needs fewer requests "+
			"if it lists them with the data source nexudus_webhooks. "+
			"Pipelines that do not run at the same time wait less. TF_LOG_PROVIDER=INFO shows each wait.", duration(waited)),
	)
}
