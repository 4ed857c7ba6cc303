package provider

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
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
			problem + ". (at url)"
	}
	required := func(attribute string) string {
		return "Error: Missing Configuration for Required Attribute: Must set a configuration value for the " + attribute +
			" attribute as the provider has marked it as required.\n\nRefer to the provider documentation or contact the provider " +
			"developers for additional information about configurable attributes that are required. (at " + attribute + ")"
	}
	const scheme, host = "it does not begin with https:// or http://", "it has no host"
	const space = "it contains a space, a line break or another control character"
	const hint = "For an event that is newer than this version of the provider, use its code, such as \"91\". (at action_name)"
	tests := []struct {
		name   string
		config attrs
		want   string
	}{
		{
			name:   "empty name",
			config: orders.with("name", " \t"),
			want:   `Error: Invalid "name": name must contain more than spaces. (at name)`,
		},
		{name: "no name", config: orders.with("name", nil), want: required("name")},
		{
			name: "no URL", config: orders.with("url", nil),
			want: "Error: Invalid Attribute Combination: No attribute specified when one (and only one) of [url,url_wo] is required (at url)",
		},
		{name: "other scheme", config: orders.with("url", "ftp://example.com/s3cret"), want: badURL(scheme)},
		{name: "URL without a host", config: orders.with("url", "https://?s3cret"), want: badURL(host)},
		{name: "URL with a line break", config: orders.with("url", "https://example.com/s3cret\n"), want: badURL(space)},
		{name: "empty URL", config: orders.with("url", ""), want: badURL(scheme)},
		{name: "no event", config: orders.with("action_name", nil), want: required("action_name")},
		{
			name: "misspelt event", config: orders.with("action_name", "bookingCreated"),
			want: "Error: Unknown webhook event: No webhook event has the name \"bookingCreated\". Did you mean \"BookingCreate\"?\n\n" + hint,
		},
		{
			name: "event in the words of the panel", config: orders.with("action_name", "CustomerCreate"),
			want: "Error: Unknown webhook event: No webhook event has the name \"CustomerCreate\". Did you mean \"CoworkerCreate\"?\n\n" + hint,
		},
		{
			name: "negative code", config: orders.with("action_name", "-1"),
			want: "Error: Unknown webhook event: No webhook event has the name \"-1\". " +
				"The page of the resource nexudus_webhook lists all names.\n\n" + hint,
		},
		{
			name:   "no location",
			config: orders.with("business_id", "0"),
			want: `Error: Invalid "business_id": business_id must be the ID of a location, such as "5001"; got "0".` +
				"\n\nTo find the ID by name, use the data source nexudus_business. (at business_id)",
		},
		{
			name:   "empty variable",
			config: orders.with("business_id", ""),
			want: `Error: Invalid "business_id": business_id must be the ID of a location, such as "5001"; got "".` +
				"\n\nCheck that the variable is set. To find the ID by name, use the data source nexudus_business. (at business_id)",
		},
		{
			name: "not known yet",
			config: attrs{
				"business_id": unknown,
				"name":        unknown,
				"description": unknown,
				"url":         unknown,
				"action_name": unknown,
				"active":      unknown,
			},
		},
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

// The state keeps its spelling of an event while it means the same.
func TestWebhookResource_event(t *testing.T) {
	c := newCore(t)
	p, _ := c.plan(orders.with("action_name", unknown))
	if p.after["action"] != unknown {
		t.Errorf("action = %v while its name is not known", p.after["action"])
	}
	for _, step := range []struct {
		configured, state string
		code              int64
	}{
		{configured: "BookingCreate", state: "BookingCreate", code: 6},
		{configured: "6", state: "BookingCreate", code: 6},
		{configured: "7", state: "7", code: 7},
		{configured: "BookingUpdate", state: "7", code: 7},
		{configured: "91", state: "91", code: 91}, // newer than the provider
		{configured: "None", state: "None", code: 1},
		{configured: "0", state: "0"},
	} {
		config := orders.with("action_name", step.configured)
		if said := texts(c.apply(config)); said != "" {
			t.Fatal(said)
		}
		if c.state["action_name"] != step.state || c.state["action"] != step.code || c.record(c.id()).Action != step.code {
			t.Errorf("%s: action_name = %v, action = %v, in Nexudus %d",
				step.configured, c.state["action_name"], c.state["action"], c.record(c.id()).Action)
		}
		c.wantNothingToDo(config)
	}
	// An import has the name, or the code of an event without one.
	for code, want := range map[int64]string{6: "BookingCreate", 91: "91", 0: "0"} {
		c.account.EditWebhook(c.id(), func(w *simulator.Webhook) { w.Action = code })
		if said := texts(c.importID("1")); said != "" || c.state["action_name"] != want {
			t.Errorf("importing says %q, action_name = %v, want %s", said, c.state["action_name"], want)
		}
	}
}

// A record with a strange event is drift: it blocks neither refresh, plan, apply nor destroy.
func TestWebhookResource_strangeEvent(t *testing.T) {
	for _, event := range []string{"0", "null", "2147483648", "-1"} {
		c := newCore(t)
		c.create(orders)
		strange := true
		c.account.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
			strange = strange && r.Method != http.MethodPut
			if !strange || r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/sys/webhooks/") {
				return false
			}
			recorder := httptest.NewRecorder()
			c.account.Handle(recorder, r)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(recorder.Code)
			_, _ = w.Write(bytes.Replace(recorder.Body.Bytes(), []byte(`"Action":6`), []byte(`"Action":`+event), 1))
			return true
		})
		if said := texts(c.refresh()); said != "" {
			t.Errorf("refreshing with the event %s says %s", event, said)
		}
		if said := texts(c.apply(orders)); said != "" || c.state["action_name"] != "BookingCreate" || strange {
			t.Errorf("applying with the event %s says %s, action_name = %v", event, said, c.state["action_name"])
		}
		c.wantNothingToDo(orders)
		strange = true
		c.refresh()
		if said := texts(c.destroy()); said != "" || c.state != nil {
			t.Errorf("destroying with the event %s says %s", event, said)
		}
	}
}

// Only another location replaces a webhook, not one that is not known yet.
func TestWebhookResource_location(t *testing.T) {
	c := newCore(t)
	id := c.create(orders)
	p, _ := c.plan(orders.with("business_id", unknown))
	if p.replace || p.after["id"] == unknown {
		t.Errorf("plan = %+v, want an update", p)
	}
	p.config, p.after = orders, p.after.with("business_id", "5001") // as it turns out
	if said := texts(c.applyPlan(p)); said != "" || c.id() != id || c.sent(http.MethodDelete) != 0 {
		t.Errorf("applying says %s, state = %v", said, c.state)
	}
	c.wantNothingToDo(orders)
	if p, _ := c.plan(orders.with("business_id", "5002")); !p.replace {
		t.Error("another location does not replace the webhook")
	}
	c.state["business_id"] = nil
	if p, _ := c.plan(orders); p.replace {
		t.Error("a location replaces none")
	}
}

// A webhook that exists already is named before another one is made.
func TestWebhookResource_possibleDuplicate(t *testing.T) {
	const want = `Warning: Possible duplicate of webhook 1: Webhook 1 exists in Nexudus, with the same location, event and address. If there are two, Nexudus delivers each event twice.

If webhook 1 is not managed here already, import it with the ID 1 instead of creating another one. If this run deletes or replaces it, nothing is duplicated.`
	plan := func(c *core, config attrs) string {
		t.Helper()
		c.restart()
		_, diagnostics := c.plan(config)
		return texts(diagnostics)
	}
	c := newCore(t)
	// The rest of a killed run: it is in no state.
	c.create(orders)
	c.state, c.private, c.identity = nil, nil, nil
	if got := plan(c, orders.with("name", "other")); got != want {
		t.Errorf("diagnostics = %s\nwant %s", got, want)
	}
	if got := plan(c, hidden(orders["url"].(string), int64(1))); got != want {
		t.Errorf("with a write-only address: diagnostics = %s", got)
	}
	for name, config := range map[string]attrs{
		"location": orders.with("business_id", "5002"), "event": orders.with("action_name", "BookingUpdate"),
		"address": orders.with("url", "https://example.com/"), "unknown address": orders.with("url", unknown),
		"unknown location": orders.with("business_id", unknown), "unknown event": orders.with("action_name", unknown),
	} {
		if got := plan(c, config); got != "" {
			t.Errorf("another %s: diagnostics = %s", name, got)
		}
	}
	// Without an answer, without credentials.
	c.answer(http.MethodGet, -1, false, reset)
	if got := plan(c, orders); got != "" {
		t.Errorf("without an answer: diagnostics = %s", got)
	}
	token := c.block["access_token"]
	for name, value := range map[string]any{"no credentials": nil, "unknown": unknown} {
		c.block["access_token"] = tftypes.NewValue(tftypes.String, value)
		if got := plan(c, orders); got != "" {
			t.Errorf("%s: diagnostics = %s", name, got)
		}
	}
	c.block["access_token"] = token
	c.account.SetHook(nil)

	// A process that has read or created the webhook knows about it.
	c.restart()
	c.importedBy("1")
	if _, diagnostics := c.plan(orders); texts(diagnostics) != "" {
		t.Errorf("after it was read: diagnostics = %s", texts(diagnostics))
	}
	c = newCore(t)
	p, _ := c.plan(orders)
	again, _ := c.plan(orders)
	if said := texts(c.applyPlan(p)); said != "" {
		t.Error(said)
	}
	c.state = nil
	if _, diagnostics := c.plan(orders); texts(diagnostics) != "" {
		t.Errorf("after it was created: diagnostics = %s", texts(diagnostics))
	}
	if said := texts(c.applyPlan(again)); said != "" || len(c.account.Webhooks()) != 2 {
		t.Errorf("diagnostics = %s, %d webhooks, want two equal ones", said, len(c.account.Webhooks()))
	}
}

// The process that applies plans each create again, and refreshes nothing: a webhook that it has
// deleted is no duplicate, as when a key of for_each is renamed.
func TestWebhookResource_possibleDuplicateInApply(t *testing.T) {
	c := newCore(t)
	c.create(orders)
	before := *c
	c.restart()
	c.state, c.private, c.identity = nil, nil, nil
	if _, diagnostics := c.plan(orders); !strings.HasPrefix(texts(diagnostics), "Warning: Possible duplicate of webhook 1: ") {
		t.Errorf("before it was deleted: diagnostics = %s", texts(diagnostics))
	}
	c.state, c.private, c.identity = before.state, before.private, before.identity
	if said := texts(c.applyPlan(&planned{private: c.private})); said != "" {
		t.Fatal(said)
	}
	p, diagnostics := c.plan(orders)
	if said := texts(diagnostics) + texts(c.applyPlan(p)); said != "" || c.id() != 2 {
		t.Errorf("after it was deleted: diagnostics = %s, id = %d", said, c.id())
	}
}

// importedBy reads a webhook in this process, without keeping it.
func (c *core) importedBy(id string) {
	c.t.Helper()
	got, err := c.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: "nexudus_webhook", CurrentState: c.encode(attrs{"id": id}),
	})
	if err != nil || failed(got.Diagnostics) {
		c.t.Fatal(err, texts(got.Diagnostics))
	}
}

// A plan that switches a webhook on says why it is off, if Nexudus has a reason.
func TestWebhookResource_switchedOff(t *testing.T) {
	c := newCore(t)
	id := c.create(orders)
	warning := func(config attrs) (*planned, string) {
		t.Helper()
		c.restart()
		c.refresh()
		p, diagnostics := c.plan(config)
		return p, texts(diagnostics)
	}
	tests := []struct {
		name   string
		count  int64
		reason *string
		want   string // empty if there is nothing to say
	}{
		{name: "by Nexudus", count: 11, reason: new("\x1b[31m(410) Gone\n from https://example.com/hook?key=s3cret and s3cret"),
			want: "It has 11 failed deliveries, so Nexudus probably switched it off itself. The last error: … Gone from … and s3cret"},
		{name: "after ten", count: 10, want: "It has 10 failed deliveries, so Nexudus probably switched it off itself."},
		{name: "by a person", count: 9, reason: new("(500) Oops"),
			want: "It has 9 failed deliveries, so a person probably switched it off. The last error: (500) Oops"},
		{name: "after one failure", count: 1, want: "It has 1 failed delivery, so a person probably switched it off."},
		{name: "without failures"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c.account.EditWebhook(id, func(w *simulator.Webhook) { w.Active, w.ErrorCount, w.LastError = false, test.count, test.reason })
			want := test.want
			if want != "" {
				want = "Warning: Webhook 1 was switched off in Nexudus: " + want + switchedOffAdvice
			}
			for range 2 { // each refresh may have been saved
				if _, got := warning(orders); got != want {
					t.Errorf("diagnostics = %s\nwant %s", got, want)
				}
			}
			if _, got := warning(orders.with("active", false)); got != "" {
				t.Errorf("it stays off: diagnostics = %s", got)
			}
			if _, got := warning(orders.with("active", unknown)); got != "" {
				t.Errorf("it is not known: diagnostics = %s", got)
			}
			// A replacement is active too.
			if p, got := warning(orders.with("business_id", "5002")); !p.replace || got != want {
				t.Errorf("replaced: diagnostics = %s", got)
			}
			// The reason cannot be read.
			c.restart()
			c.answer(http.MethodGet, -1, false, respond(503, "", ""))
			if _, diagnostics := c.plan(orders); texts(diagnostics) != "" {
				t.Errorf("without the reason: diagnostics = %s", texts(diagnostics))
			}
			c.account.SetHook(nil)
		})
	}
	p, _ := warning(orders)
	if said := texts(c.applyPlan(p)); said != "" || !c.record(id).Active {
		t.Errorf("applying says %q, active = %v", said, c.record(id).Active)
	}
	c.wantNothingToDo(orders)
	c.account.EditWebhook(id, func(w *simulator.Webhook) { w.ErrorCount = 3 })
	if _, got := warning(orders.with("name", "renamed")); got != "" {
		t.Errorf("it is active: diagnostics = %s", got)
	}
}
