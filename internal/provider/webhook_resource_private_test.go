package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func TestSwitchedOff_detail(t *testing.T) {
	tests := []struct {
		name string
		off  switchedOff
		want string
	}{
		{name: "by Nexudus", off: switchedOff{LastError: "(410) Gone", ErrorCount: 11},
			want: "It has 11 failed deliveries, so Nexudus probably switched it off itself. The last error: (410) Gone"},
		{
			name: "by Nexudus, after ten",
			off:  switchedOff{ErrorCount: 10},
			want: "It has 10 failed deliveries, so Nexudus probably switched it off itself.",
		},
		{name: "by somebody", off: switchedOff{LastError: "(500) Oops", ErrorCount: 9},
			want: "It has 9 failed deliveries, so a person probably switched it off. The last error: (500) Oops"},
		{name: "after one failure", off: switchedOff{ErrorCount: 1}, want: "It has 1 failed delivery, so a person probably switched it off."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, advice, _ := strings.Cut(test.off.detail(), "\n\n")
			if got != test.want || !strings.HasPrefix(advice, "This change switches it on again.") {
				t.Errorf("detail = %s\n\n%s\nwant %s", got, advice, test.want)
			}
		})
	}
}

// A webhook that Nexudus has switched off is planned on again, with the reason in
// each plan that does so.
func TestWebhookResource_switchedOff(t *testing.T) {
	const reason = "Warning: Webhook 1 was switched off in Nexudus: It has 11 failed deliveries, so Nexudus probably switched it off itself. " +
		"The last error: [31m(410) Gone from https://example.com/… and …" + switchedOffAdvice
	c := newCore(t)
	id := c.create(orders)
	c.account.EditWebhook(id, switchOff)
	wantWarning := func(config attrs, want string) *planned {
		t.Helper()
		p, diagnostics := c.plan(config)
		if got := texts(diagnostics); got != want {
			t.Errorf("diagnostics = %s\nwant %s", got, want)
		}
		return p
	}
	for range 3 { // each refresh may have been saved
		if said := texts(c.refresh()); said != "" || c.state["active"] != false {
			t.Errorf("refreshing says %q, active = %v", said, c.state["active"])
		}
		wantWarning(orders, reason)
	}
	wantWarning(orders.with("active", unknown), "")
	// A pause, and what ignore_changes makes of the configuration.
	paused := orders.with("active", false)
	c.wantNothingToDo(paused)
	// The warning is about the change, not about the pause, so it returns with the change.
	renamed := paused.with("name", "renamed")
	if said := texts(c.apply(renamed)); said != "" {
		t.Error(said)
	}
	c.wantNothingToDo(renamed)
	wantWarning(orders, reason)
	// A replacement is not switched on again.
	if p := wantWarning(orders.with("business_id", int64(5002)), ""); !p.replace {
		t.Error("another location does not replace the webhook")
	}

	// An update that fails, or that Nexudus does not carry out, leaves it off.
	for _, handler := range []http.HandlerFunc{respond(401, "", ""), respond(200, "application/json", `{"WasSuccessful":true}`)} {
		c.answer(http.MethodPut, 1, false, handler)
		if !failed(c.applyPlan(wantWarning(orders, reason))) {
			t.Error("the update has not failed")
		}
		c.refresh()
	}
	if said := texts(c.applyPlan(wantWarning(orders, reason))); said != "" || !c.record(id).Active {
		t.Errorf("applying says %q, active = %v", said, c.record(id).Active)
	}
	wantWarning(orders.with("name", "again"), "") // without a refresh
	c.wantNothingToDo(orders)

	// A pause that the configuration has made needs no warning when it ends.
	c.apply(paused)
	c.wantNothingToDo(paused)
	if said := texts(c.apply(orders)); said != "" {
		t.Error(said)
	}
	// Somebody else's pause does.
	c.account.EditWebhook(id, func(w *simulator.Webhook) { w.Active, w.ErrorCount, w.LastError = false, 3, nil })
	c.refresh()
	wantWarning(
		orders,
		"Warning: Webhook 1 was switched off in Nexudus: It has 3 failed deliveries, so a person probably switched it off."+switchedOffAdvice,
	)
	// Once it is switched on again in Nexudus, there is nothing to say.
	c.account.EditWebhook(id, func(w *simulator.Webhook) { w.Active = true })
	c.wantNothingToDo(orders)
}
