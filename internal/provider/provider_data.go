package provider

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// providerData is what the provider hands to its data sources, resources and list resources.
type providerData struct {
	client      *nexudus.Client
	missing     diag.Diagnostics // why there is no client
	credentials string           // where they come from

	warned atomic.Bool // whether warnOfWaits has warned
}

// providerDataFrom returns the data that Configure gets: nil while the CLI only validates.
func providerDataFrom(data any) *providerData {
	d, _ := data.(*providerData)
	return d
}

// clientOr returns the client, or reports why there is none and returns nil. It also
// returns nil if there are errors already.
func (d *providerData) clientOr(diags *diag.Diagnostics) *nexudus.Client {
	if diags.HasError() {
		return nil
	}
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
	waited := d.client.Throttled()
	if waited <= longWait || d.warned.Swap(true) {
		return
	}
	diags.AddWarning("Throttled by Nexudus",
		fmt.Sprintf("Nexudus has made this run wait for %s so far, usually because of too many requests "+
			"with these credentials. This is not specific to the object above. The documented limits are 120 requests and "+
			"60 writes per minute, and 5,000 requests per hour.\n\nA run that creates, changes or imports many records has to wait. "+
			"One that reads them one by one needs fewer requests if it lists them with a data source. "+
			"Pipelines that do not run at the same time wait less. TF_LOG_PROVIDER=INFO shows each wait.", duration(waited)))
}
