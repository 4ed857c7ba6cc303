package provider

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func TestAddressProblem(t *testing.T) {
	good := []string{
		"https://example.com", "http://example.com", "HTTPS://EXAMPLE.COM:8443/a?b#c", "https://user:p@ss@example.com/", "https://[::1]:80/",
		"https://xn--zo-jka.example/", "https://zoë.example/ü?%zz=${a}&{b}", "https://example.com?a=//b", "http://localhost",
	}
	bad := []string{
		"", "example.com", "/hook", "//example.com", "https:", "https:/example.com", "https://", "https:///hook", "https://?a", "https://#a",
		"https://:80", "https://user@", "https://user@:80/", "ftp://example.com", "javascript://example.com", " https://example.com",
		"https://example.com/a b", "https://example.com\n", "https://example.com/\x00", "https://example.com/\u00a0", "https://example.com/\x7f",
	}
	for _, text := range slices.Concat(good, bad) {
		if got, want := addressProblem(text), slices.Contains(good, text); (got == "") != want {
			t.Errorf("addressProblem(%q) = %q, want a problem: %v", text, got, !want)
		}
	}
}

func TestWebhookResource_validate(t *testing.T) {
	badURL := func(problem string) string {
		return `Error: Invalid webhook URL: url must be an absolute http or https address, such as "https://example.com/hook"; ` +
			problem + ".\n\nCorrect the address. (at url)"
	}
	required := func(attribute string) string {
		return "Error: Missing Configuration for Required Attribute: Must set a configuration value for the " + attribute +
			" attribute as the provider has marked it as required.\n\nRefer to the provider documentation or contact the provider " +
			"developers for additional information about configurable attributes that are required. (at " + attribute + ")"
	}
	const scheme, host = "it does not begin with https:// or http://", "it has no host"
	const space = "it contains a space, a line break or another control character"
	const hint = "For an event that is newer than this version of the provider, set \"action\" to its code. (at action_name)"
	tests := []struct {
		name   string
		config attrs
		want   string
	}{
		{
			name:   "empty name",
			config: orders.with("name", " \t"),
			want:   "Error: Empty webhook name: name must not be empty or only spaces: Nexudus requires a name.\n\nSet a name. (at name)",
		},
		{name: "no name", config: orders.with("name", nil), want: required("name")},
		{name: "no URL", config: orders.with("url", nil), want: required("url")},
		{name: "relative URL", config: orders.with("url", "/s3cret"), want: badURL(scheme)},
		{name: "URL without a scheme", config: orders.with("url", "example.com/s3cret"), want: badURL(scheme)},
		{name: "other scheme", config: orders.with("url", "ftp://example.com/s3cret"), want: badURL(scheme)},
		{name: "URL without a host", config: orders.with("url", "https://?s3cret"), want: badURL(host)},
		{name: "URL with only a port", config: orders.with("url", "https://:443/s3cret"), want: badURL(host)},
		{name: "URL with only a user", config: orders.with("url", "https://s3cret@/"), want: badURL(host)},
		{name: "URL with a line break", config: orders.with("url", "https://example.com/s3cret\n"), want: badURL(space)},
		{name: "URL with a control character", config: orders.with("url", "https://example.com/s3cret\x00"), want: badURL(space)},
		{name: "empty URL", config: orders.with("url", ""), want: badURL(scheme)},
		{
			name:   "no event",
			config: orders.with("action_name", nil),
			want: `Error: Missing webhook event: The webhook has neither "action_name" nor "action".

Set "action_name" to the name of the event that triggers it, such as "BookingCreate", or "action" to its code.`,
		},
		{name: "misspelt event", config: orders.with("action_name", "bookingCreated"),
			want: "Error: Unknown webhook action: This version of the provider knows no webhook action with the name \"bookingCreated\". The nearest is \"BookingCreate\"; names are case-sensitive.\n\n" + hint},
		{name: "misspelt event with its code", config: orders.with("action_name", "bookingCreate", "action", int64(6)),
			want: "Error: Unknown webhook action: This version of the provider knows no webhook action with the name \"bookingCreate\". The nearest is \"BookingCreate\"; names are case-sensitive.\n\n" + hint},
		{
			name:   "contradiction",
			config: orders.with("action", int64(7)),
			want: `Error: Contradictory webhook event: "action_name" is "BookingCreate", which has the code 6, but "action" is 7.

Keep one of them. If ignore_changes lists one of them, it must be the one that the configuration sets. (at action)`,
		},
		{
			name:   "known name for a newer code",
			config: orders.with("action", int64(91)),
			want: `Error: Contradictory webhook event: "action_name" is "BookingCreate", which has the code 6, but "action" is 91.

Keep one of them. If ignore_changes lists one of them, it must be the one that the configuration sets. (at action)`,
		},
		{
			name:   "fraction",
			config: orders.with("action_name", nil, "action", 1.5),
			want: `Error: Invalid "action": A webhook's action must be a whole number of at least 1; got 1.5.

Use the code of an event, or its name in "action_name". (at action)`,
		},
		{
			name:   "zero",
			config: orders.with("action_name", nil, "action", int64(0)),
			want: `Error: Invalid "action": A webhook's action must be a whole number of at least 1; got 0.

Use the code of an event, or its name in "action_name". (at action)`,
		},
		{
			name:   "no location",
			config: orders.with("business_id", int64(0)),
			want: `Error: Invalid "business_id": A location's Id must be a whole number of at least 1; got 0.

Use the Id of a location. (at business_id)`,
		},
		{
			name: "not known yet",
			config: attrs{
				"business_id": unknown,
				"name":        unknown,
				"description": unknown,
				"url":         unknown,
				"action":      unknown,
				"action_name": unknown,
				"active":      unknown,
			},
		},
		{name: "name known, code not", config: orders.with("action", unknown)},
		{name: "code known, name not", config: orders.with("action", int64(6), "action_name", unknown)},
		{name: "code and name newer than the provider", config: orders.with("action", int64(91), "action_name", "DoorOpened")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCore(t)
			_, diagnostics := c.plan(test.config)
			if got := texts(diagnostics); got != test.want {
				t.Errorf("diagnostics = %s\nwant %s", got, test.want)
			}
			if n := len(c.account.Requests()); n != 0 {
				t.Errorf("%d requests, want none", n)
			}
		})
	}
}

// The event by name, by code or both; switching between them changes nothing.
func TestWebhookResource_event(t *testing.T) {
	byName, byCode, both := orders, orders.with("action_name", nil, "action", int64(6)), orders.with("action", int64(6))
	for _, first := range []attrs{byName, byCode, both} {
		c := newCore(t)
		p, _ := c.plan(first)
		if p.after["action"] != int64(6) || p.after["action_name"] != "BookingCreate" {
			t.Errorf("planned %v, want the code and the name", p.after)
		}
		if p, _ := c.plan(orders.with("action_name", unknown)); p.after["action"] != unknown {
			t.Errorf("action = %v while its name is not known", p.after["action"])
		}
		c.create(first)
		for _, next := range []attrs{byName, byCode, both} {
			c.wantNothingToDo(next)
		}
		// From one to another event, in either form.
		for i, next := range []attrs{orders.with("action_name", "BookingUpdate"), byCode, orders.with("action_name", "BookingDelete", "action", int64(8)), byName} {
			if said := texts(c.apply(next)); said != "" {
				t.Error(said)
			}
			if got, want := c.record(c.state["id"].(int64)).Action, []int64{7, 6, 8, 6}[i]; got != want || c.state["action"] != want {
				t.Errorf("action = %d, state %v, want %d", got, c.state["action"], want)
			}
			c.wantNothingToDo(next)
		}
	}
}

// An event that is newer than the provider works and stays, whether Nexudus
// tells its name or not.
func TestWebhookResource_newerEvent(t *testing.T) {
	tests := []struct {
		name       string
		live       map[int64]string
		configured any // its name in the configuration
		want       any // its name in the state
	}{
		{name: "by code"},
		{name: "by code, named by Nexudus", live: map[int64]string{91: "DoorOpened"}, want: "DoorOpened"},
		{name: "by both", configured: "DoorOpened", want: "DoorOpened"},
		{name: "by both, named by Nexudus", live: map[int64]string{91: "DoorOpened"}, configured: "DoorOpened", want: "DoorOpened"},
		{name: "by both, named otherwise by Nexudus", live: map[int64]string{91: "DoorOpen"}, configured: "DoorOpened", want: "DoorOpened"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCore(t)
			c.account.Actions = test.live
			config := orders.with("action", int64(91), "action_name", test.configured)
			id := c.create(config)
			if c.state["action_name"] != test.want || c.record(id).Action != 91 {
				t.Errorf("action_name = %v, action %d, want %v and 91", c.state["action_name"], c.record(id).Action, test.want)
			}
			c.wantNothingToDo(config)
			if said := texts(c.apply(config.with("name", "renamed"))); said != "" {
				t.Error(said)
			}
			c.wantNothingToDo(config.with("name", "renamed"))
			if said := texts(c.importID(fmt.Sprint(id))); said != "" || c.state["action"] != int64(91) {
				t.Errorf("importing says %q, state = %v", said, c.state)
			}
		})
	}
	// Nexudus learns a name between two runs.
	c := newCore(t)
	config := orders.with("action_name", nil, "action", int64(91))
	c.create(config)
	c.account.Actions = map[int64]string{91: "DoorOpened"}
	c.wantNothingToDo(config)
	if c.state["action_name"] != "DoorOpened" {
		t.Errorf("action_name = %v, want the new name", c.state["action_name"])
	}
	// Someone changes the event to one that the provider does not know.
	c.account.EditWebhook(c.state["id"].(int64), func(w *simulator.Webhook) { w.Action = 92 })
	c.refresh()
	if c.state["action"] != int64(92) || c.state["action_name"] != nil {
		t.Errorf("action = %v, action_name = %v, want 92 and none", c.state["action"], c.state["action_name"])
	}
}

// Without the provider's settings, the name of a newer event cannot be planned.
func TestWebhookResource_newerEventWithoutClient(t *testing.T) {
	c := newCore(t)
	c.account.Actions = map[int64]string{91: "DoorOpened"}
	token := c.block["access_token"]
	c.block["access_token"] = tftypes.NewValue(tftypes.String, unknown)
	c.restart()
	p, diagnostics := c.plan(orders.with("action_name", nil, "action", int64(91)))
	if said := texts(diagnostics); said != "" {
		t.Fatal(said)
	}
	c.block["access_token"] = token
	c.restart()
	again, _ := c.plan(p.config)
	for name, value := range p.after {
		if value != unknown && value != again.after[name] {
			t.Errorf("%s = %v, and %v when the settings are known", name, value, again.after[name])
		}
	}
}
