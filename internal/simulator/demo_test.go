package simulator_test

import (
	"slices"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// The demo shows webhooks that Nexudus has switched off.
func TestDemo(t *testing.T) {
	_, c := newAccount(t)
	got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks", ""))
	var dead, paused, failing []int64
	for _, r := range got.Records {
		switch {
		case !r.Active && r.ErrorCount >= 10 && r.LastError != nil:
			dead = append(dead, r.ID)
		case !r.Active:
			paused = append(paused, r.ID)
		case r.ErrorCount > 0:
			failing = append(failing, r.ID)
		}
	}
	if !slices.Equal(dead, []int64{103, 107}) || !slices.Equal(paused, []int64{106}) || !slices.Equal(failing, []int64{105}) {
		t.Errorf("dead %v, paused %v, failing %v", dead, paused, failing)
	}
	crm := decode[simulator.Webhook](t, c.want(200, "GET", "/api/sys/webhooks/103", ""))
	if crm.Name != "CRM sync" || crm.Action != 3 || crm.ErrorCount != 11 || *crm.LastTrigger != "2023-02-14T09:12:44Z" ||
		*crm.LastError != "The remote server returned an error: (410) Gone." {
		t.Errorf("webhook 103 = %+v", crm)
	}
}
