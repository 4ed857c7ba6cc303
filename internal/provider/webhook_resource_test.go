package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// attrs are the attributes of a resource: strings, booleans, int64s, float64s for other
// numbers, nil for null, or unknown.
type attrs map[string]any

// unknown is a value that is known only after apply.
const unknown = tftypes.UnknownValue

// with returns a copy in which some attributes, given as name and value, differ.
func (v attrs) with(changes ...any) attrs {
	v = maps.Clone(v)
	for i := 0; i < len(changes); i += 2 {
		v[changes[i].(string)] = changes[i+1]
	}
	return v
}

// core does for one webhook what the core of a CLI does: it speaks the protocol,
// keeps the state, and checks what a CLI would check. A real CLI takes seconds
// where this takes milliseconds.
type core struct {
	protocolServer

	account   *simulator.Server
	block     map[string]tftypes.Value
	transport http.RoundTripper // nil for the usual one
	schema    *tfprotov6.Schema
	object    tftypes.Object
	state     attrs // nil if there is no resource
	private   []byte
	identity  *tfprotov6.ResourceIdentityData
}

// newCore starts an empty account and a provider without retries.
func newCore(t *testing.T) *core {
	t.Helper()
	account := &simulator.Server{LimitFactor: -1}
	for _, id := range []int64{5001, 5002} {
		account.AddBusiness(simulator.Business{ID: id})
	}
	account.AddUser(simulator.User{Username: "a@example.com"})
	served := httptest.NewServer(account)
	t.Cleanup(served.Close)
	c := &core{account: account, block: map[string]tftypes.Value{
		"base_url":                tftypes.NewValue(tftypes.String, served.URL+"/api"),
		"access_token":            tftypes.NewValue(tftypes.String, account.IssueToken("a@example.com")),
		"max_requests_per_second": tftypes.NewValue(tftypes.Number, 0),
		"max_retries":             tftypes.NewValue(tftypes.Number, 0),
	}}
	c.t = t
	c.restart()
	return c
}

// restart takes a new provider, as each command of a CLI does.
func (c *core) restart() {
	c.t.Helper()
	c.protocolServer = newProtocolServer(c.t)
	if c.transport != nil {
		framework := providerserver.NewProtocol6(&nexudusProvider{version: "test", transport: c.transport})()
		c.ProviderServer = server{framework.(frameworkServer)}
	}
	if said := summaries(c.configure(c.block)); said != "" {
		c.t.Fatal(said)
	}
	c.schema = c.schemas.ResourceSchemas["nexudus_webhook"]
	object, ok := c.schema.ValueType().(tftypes.Object)
	if !ok {
		c.t.Fatal("the schema is not of an object")
	}
	c.object = object
}

func (c *core) encode(v attrs) *tfprotov6.DynamicValue {
	c.t.Helper()
	value := tftypes.NewValue(c.object, nil)
	if v != nil {
		all := make(map[string]tftypes.Value)
		for name, kind := range c.object.AttributeTypes {
			all[name] = tftypes.NewValue(kind, v[name])
		}
		value = tftypes.NewValue(c.object, all)
	}
	dynamic, err := tfprotov6.NewDynamicValue(c.object, value)
	if err != nil {
		c.t.Fatal(err)
	}
	return &dynamic
}

func (c *core) decode(dynamic *tfprotov6.DynamicValue) attrs {
	c.t.Helper()
	value, err := dynamic.Unmarshal(c.object)
	if err != nil {
		c.t.Fatal(err)
	}
	if value.IsNull() {
		return nil
	}
	var all map[string]tftypes.Value
	if err := value.As(&all); err != nil {
		c.t.Fatal(err)
	}
	v := make(attrs)
	for name, value := range all {
		var text string
		var truth bool
		var number big.Float
		switch {
		case !value.IsKnown():
			v[name] = unknown
		case value.IsNull():
			v[name] = nil
		case value.As(&text) == nil:
			v[name] = text
		case value.As(&truth) == nil:
			v[name] = truth
		case value.As(&number) == nil:
			whole, accuracy := number.Int64()
			if v[name] = whole; accuracy != big.Exact {
				v[name], _ = number.Float64()
			}
		}
	}
	return v
}

// planned is a plan and the configuration that it is for.
type planned struct {
	config, after attrs
	private       []byte
	replace       bool
}

// plan validates a configuration and plans it. It returns nil after an error.
func (c *core) plan(config attrs) (*planned, []*tfprotov6.Diagnostic) {
	c.t.Helper()
	validated, err := c.ValidateResourceConfig(c.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: "nexudus_webhook", Config: c.encode(config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if failed(validated.Diagnostics) {
		return nil, validated.Diagnostics
	}
	proposed := make(attrs)
	for _, attribute := range c.schema.Block.Attributes {
		switch {
		case attribute.WriteOnly:
		case config[attribute.Name] != nil || !attribute.Computed:
			proposed[attribute.Name] = config[attribute.Name]
		case c.state == nil:
			proposed[attribute.Name] = unknown
		default:
			proposed[attribute.Name] = c.state[attribute.Name]
		}
	}
	got, err := c.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: "nexudus_webhook", Config: c.encode(config), PriorState: c.encode(c.state), ProposedNewState: c.encode(proposed),
		PriorPrivate: c.private, PriorIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	diagnostics := append(validated.Diagnostics, got.Diagnostics...)
	if failed(diagnostics) {
		return nil, diagnostics
	}
	p := &planned{config: config, after: c.decode(got.PlannedState), private: got.PlannedPrivate, replace: len(got.RequiresReplace) > 0}
	for name, value := range config {
		if value != nil && p.after[name] != value && name != "url_wo" && (c.state == nil || p.after[name] != c.state[name]) {
			c.t.Errorf("planned %s = %v, want what is configured, %v, or the state", name, p.after[name], value)
		}
	}
	if c.state != nil && !p.replace && !slices.Contains(slices.Collect(maps.Values(config)), any(unknown)) {
		for name, value := range p.after {
			if value == unknown {
				c.t.Errorf("planned %s is known only after apply, want no such value in an update", name)
			}
		}
	}
	return p, diagnostics
}

// apply plans a configuration with a new provider and applies the plan.
func (c *core) apply(config attrs) []*tfprotov6.Diagnostic {
	c.t.Helper()
	c.restart()
	p, diagnostics := c.plan(config)
	if p == nil {
		return diagnostics
	}
	return append(diagnostics, c.applyPlan(p)...)
}

func (c *core) applyPlan(p *planned) []*tfprotov6.Diagnostic {
	c.t.Helper()
	got, err := c.ApplyResourceChange(c.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: "nexudus_webhook", Config: c.encode(p.config), PriorState: c.encode(c.state), PlannedState: c.encode(p.after),
		PlannedPrivate: p.private, PlannedIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	after := c.decode(got.NewState)
	for name, value := range after {
		if want := p.after[name]; value == unknown || want != unknown && value != want && !failed(got.Diagnostics) {
			c.t.Errorf("after apply: %s = %v, want what was planned, %v", name, value, want)
		}
	}
	if after == nil && p.after != nil && !failed(got.Diagnostics) {
		c.t.Error("after apply: no state, and no error")
	}
	c.state, c.private, c.identity = after, got.Private, got.NewIdentity
	return got.Diagnostics
}

func (c *core) destroy() []*tfprotov6.Diagnostic {
	c.t.Helper()
	c.restart()
	return c.applyPlan(&planned{private: c.private})
}

func (c *core) refresh() []*tfprotov6.Diagnostic {
	c.t.Helper()
	c.restart()
	return c.read()
}

func (c *core) read() []*tfprotov6.Diagnostic {
	c.t.Helper()
	got, err := c.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: "nexudus_webhook", CurrentState: c.encode(c.state), Private: c.private, CurrentIdentity: c.identity,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if !failed(got.Diagnostics) {
		c.state, c.private, c.identity = c.decode(got.NewState), got.Private, got.NewIdentity
	}
	return got.Diagnostics
}

// importID imports a webhook and reads it.
func (c *core) importID(id string) []*tfprotov6.Diagnostic {
	c.t.Helper()
	c.restart()
	return c.importState(&tfprotov6.ImportResourceStateRequest{TypeName: "nexudus_webhook", ID: id})
}

func (c *core) importState(req *tfprotov6.ImportResourceStateRequest) []*tfprotov6.Diagnostic {
	c.t.Helper()
	got, err := c.ImportResourceState(c.t.Context(), req)
	if err != nil {
		c.t.Fatal(err)
	}
	if failed(got.Diagnostics) {
		return got.Diagnostics
	}
	one := got.ImportedResources[0]
	before := *c
	c.state, c.private, c.identity = c.decode(one.State), one.Private, one.Identity
	diagnostics := append(got.Diagnostics, c.read()...)
	if failed(diagnostics) {
		c.state, c.private, c.identity = before.state, before.private, before.identity
	}
	return diagnostics
}

// wantNothingToDo refreshes and plans, as a second plan does.
func (c *core) wantNothingToDo(config attrs) {
	c.t.Helper()
	if said := texts(c.refresh()); said != "" {
		c.t.Errorf("the second plan says %s", said)
	}
	p, diagnostics := c.plan(config)
	if said := texts(diagnostics); p == nil || said != "" || !maps.Equal(p.after, c.state) {
		c.t.Errorf("the second plan makes %v of %v and says %q, want nothing to do", p, c.state, said)
	}
}

// create applies a configuration that must work.
func (c *core) create(config attrs) (id int64) {
	c.t.Helper()
	if said := texts(c.apply(config)); said != "" {
		c.t.Fatal(said)
	}
	return c.id()
}

// id returns the ID in the state.
func (c *core) id() int64 {
	c.t.Helper()
	text, _ := c.state["id"].(string)
	id, ok := parseID(text)
	if !ok {
		c.t.Fatalf("state = %v, want an ID", c.state)
	}
	return id
}

// record returns what Nexudus holds.
func (c *core) record(id int64) simulator.Webhook {
	c.t.Helper()
	w, ok := c.account.Webhook(id)
	if !ok {
		c.t.Fatalf("there is no webhook %d", id)
	}
	return w
}

// sent counts the requests with a method.
func (c *core) sent(method string) (n int) {
	for _, r := range c.account.Requests() {
		if r.Method == method {
			n++
		}
	}
	return n
}

// answer answers the first n requests with a method instead of the account. If do is
// true, the account does the work first.
func (c *core) answer(method string, n int, do bool, handler http.HandlerFunc) {
	c.account.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || n == 0 {
			return false
		}
		n--
		if do {
			c.account.Handle(httptest.NewRecorder(), r)
		}
		handler(w, r)
		return true
	})
}

func failed(diagnostics []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}

// texts returns diagnostics as "Error: summary: detail (at attribute)".
func texts(diagnostics []*tfprotov6.Diagnostic) string {
	var all []string
	for _, d := range diagnostics {
		severity := map[bool]string{true: "Error", false: "Warning"}[failed([]*tfprotov6.Diagnostic{d})]
		text := fmt.Sprintf("%s: %s: %s", severity, d.Summary, d.Detail)
		if d.Attribute != nil {
			_, name, _ := strings.Cut(d.Attribute.String(), `"`)
			text += " (at " + strings.TrimSuffix(name, `")`) + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

func reset(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func respond(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// orders is a configuration.
var orders = attrs{
	"business_id": "5001",
	"name":        "orders",
	"url":         "https://example.com/hook?key=s3cret",
	"action_name": "BookingCreate",
}

func TestWebhookResource_defaults(t *testing.T) {
	c := newCore(t)
	id := c.create(orders)
	for name, want := range orders.with("id", fmt.Sprint(id), "description", nil, "action", int64(6), "active", true) {
		if c.state[name] != want {
			t.Errorf("%s = %v, want %v", name, c.state[name], want)
		}
	}
	got := c.record(id)
	if !got.Active || got.UniqueID != c.state["unique_id"] || got.CreatedOn != c.state["created_on"] {
		t.Errorf("webhook = %+v, state = %v", got, c.state)
	}
	c.wantNothingToDo(orders)
	if said := texts(c.destroy()); said != "" || len(c.account.Webhooks()) != 0 || c.state != nil {
		t.Errorf("destroying says %q and leaves %d webhooks", said, len(c.account.Webhooks()))
	}
}

// An empty description is the same as none, and each change of it arrives.
func TestWebhookResource_description(t *testing.T) {
	for _, held := range []*string{nil, new("")} { // as Nexudus holds an empty one
		c := newCore(t)
		c.create(orders)
		id := c.id()
		for _, description := range []any{"", nil, "text", "", "text", nil, "text", "other"} {
			config := orders.with("description", description)
			if said := texts(c.apply(config)); said != "" {
				t.Fatal(said)
			}
			want, _ := description.(string)
			switch got := c.record(id).Description; {
			case want == "" && (got == nil || *got == ""):
				c.account.EditWebhook(id, func(w *simulator.Webhook) { w.Description = held })
			case got == nil || *got != want:
				t.Errorf("description = %v, want %q", got, want)
			}
			c.wantNothingToDo(config)
		}
	}
}

// Nexudus may hold another Unicode normal form than the one that was sent, and
// Ids need 64 bits.
func TestWebhookResource_values(t *testing.T) {
	c := newCore(t)
	c.account.FirstID = 1<<53 + 1
	c.account.AddBusiness(simulator.Business{ID: 1<<62 + 1})
	config := attrs{
		"business_id": "4611686018427387905", "name": "Zo\u00eb's \u65e5\u672c\U0001F6AA \"x\" ${1}", "description": "a\nb\t<>&\u00fc", "url": "http://[::1]:80/\u00fc?a=%zz&b=${c}",
		"action_name": "None", "active": false,
	}
	id := c.create(config)
	if id != 1<<53+1 || c.record(id).BusinessID != 1<<62+1 {
		t.Errorf("id = %d, location %d", id, c.record(id).BusinessID)
	}
	c.wantNothingToDo(config)
	c.account.EditWebhook(id, func(w *simulator.Webhook) { w.Name = strings.ReplaceAll(w.Name, "\u00eb", "e\u0308") })
	if said := texts(c.apply(config.with("active", true))); said != "" {
		t.Error(said)
	}
}

// If nobody can tell whether the webhook was created, nothing is in the state,
// and the error says how to go on.
func TestWebhookResource_createUnsettled(t *testing.T) {
	c := newCore(t)
	c.answer(http.MethodPost, 1, true, func(http.ResponseWriter, *http.Request) {
		w, _ := c.account.Webhook(1) // so that there are two that are equal
		w.ID, w.UniqueID = 0, ""
		c.account.AddWebhook(w)
		panic(http.ErrAbortHandler)
	})
	got := texts(c.apply(orders))
	for _, want := range []string{
		"Error: The webhook may have been created: ", "IDs of webhooks that this request, or another run, may have created: 1 and 2.",
		"could create a duplicate", "Look for the webhook in Nexudus. If it is there, import it by its ID, with an import block or the import command; " +
			"otherwise apply again.",
		`What to look for: a webhook with the name "orders", the event BookingCreate and the location 5001.`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("diagnostics = %s\nwant %q in it", got, want)
		}
	}
	if c.state != nil || c.sent(http.MethodPost) != 1 {
		t.Errorf("state = %v after %d POSTs, want none after one", c.state, c.sent(http.MethodPost))
	}
}

// A webhook that was created and cannot be read is neither lost nor replaced.
func TestWebhookResource_createUnread(t *testing.T) {
	c := newCore(t)
	c.account.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/api/sys/webhooks/1" {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	const want = "Warning: Webhook 1 was created but could not be read back: The state has what was sent. The next plan reads the record.\n\n" +
		"The credentials are valid, but Nexudus did not authorize the request."
	if got := texts(c.apply(orders)); !strings.HasPrefix(got, want) || c.state["id"] != "1" || c.state["unique_id"] != nil {
		t.Errorf("diagnostics = %s\nstate = %v", got, c.state)
	}
	c.account.SetHook(nil)
	// Without a refresh, the state does not hold yet what only Nexudus sets.
	renamed := orders.with("name", "renamed")
	if said := texts(c.apply(renamed)); said != "" {
		t.Error(said)
	}
	c.wantNothingToDo(renamed)
	if c.state["unique_id"] == nil || c.state["created_on"] == nil || len(c.account.Webhooks()) != 1 {
		t.Errorf("state = %v, %d webhooks", c.state, len(c.account.Webhooks()))
	}
}

// If Nexudus changes the values of a new webhook, that is a warning: an error would make
// the next run replace the webhook.
func TestWebhookResource_createChanged(t *testing.T) {
	c := newCore(t)
	c.answer(http.MethodPost, 1, true, func(w http.ResponseWriter, _ *http.Request) {
		c.account.EditWebhook(1, func(w *simulator.Webhook) { w.Name, w.Active = "Orders", false })
		respond(200, "application/json", `{"WasSuccessful":true,"Value":{"Id":1}}`)(w, nil)
	})
	const want = "Warning: Webhook 1 differs from what was sent: Right after the create, Nexudus had different values for name and active.\n\nThe next plan shows them. If Nexudus changes what is sent, for example by trimming spaces at the end, use the values that Nexudus has."
	if got := texts(c.apply(orders)); got != want || c.state["id"] != "1" {
		t.Errorf("diagnostics = %s\nwant %s\nstate = %v", got, want, c.state)
	}
	if c.refresh(); c.state["name"] != "Orders" || c.state["active"] != false {
		t.Errorf("state = %v, want what Nexudus holds", c.state)
	}
}

// What Nexudus says about a field is reported where the configuration sets it, without the value.
func TestWebhookResource_fieldErrors(t *testing.T) {
	refuse := func(status int, message string, fields ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			var said []simulator.FieldError
			for _, field := range fields {
				said = append(said, simulator.FieldError{AttemptedValue: "att3mpted", Message: "is not right", PropertyName: field})
			}
			simulator.Fail(w, status, message, said...)
		}
	}
	refused := func(attribute string) string {
		return fmt.Sprintf("Error: Nexudus rejected %q: Nexudus rejected the value of %q.\n\n"+
			"Tried: VERB; status STATUS; 1 attempt in 0s.\n\nMessage from Nexudus: is not right (at %s)", attribute, attribute, attribute)
	}
	tests := []struct {
		name    string
		config  attrs
		status  int
		handler http.HandlerFunc
		want    []string
	}{
		{
			name: "location", status: 400, handler: refuse(400, "Business: is not right", "Business"),
			want: []string{`Error: Nexudus rejected "business_id": Nexudus rejected the value of "business_id". ` +
				"No location has this ID, or the user does not have access to it.\n\nTo find the ID by name, use the data source nexudus_business.\n\n" +
				"Tried: VERB; status STATUS; 1 attempt in 0s.\n\nMessage from Nexudus: is not right (at business_id)"},
		},
		{name: "write-only URL", config: hidden("https://example.com/s3cret", int64(1)), status: 400, handler: refuse(400, "URL: is not right", "URL"),
			want: []string{refused("url_wo")}},
		{name: "two", status: 400, handler: refuse(400, "Name: is not right\nURL: is not right", "Name", "URL"),
			want: []string{refused("name"), refused("url")}},
		{
			name:    "one that is no attribute, too",
			status:  400,
			handler: refuse(400, "Name: is not right\nSystemId: is not right", "Name", "SystemId"),
			want: []string{refused("name"), "Error: Rejected by Nexudus: Nexudus understood the request and rejected it.\n\n" +
				"Tried: VERB; status STATUS; 1 attempt in 0s.\n\nMessages from Nexudus:\n  - SystemId: is not right"},
		},
		{name: "no field", status: 400, handler: refuse(400, "The location is suspended."),
			want: []string{"Error: Rejected by Nexudus: Nexudus understood the request and rejected it.\n\n" +
				"Tried: VERB; status STATUS; 1 attempt in 0s.\n\nMessages from Nexudus:\n  - The location is suspended."}},
	}
	check := func(t *testing.T, diagnostics []*tfprotov6.Diagnostic, verb string, status int, wants []string) {
		t.Helper()
		got := elapsed.ReplaceAllString(texts(diagnostics), "in 0s.")
		want := strings.NewReplacer("VERB", verb, "STATUS", fmt.Sprint(status)).Replace(strings.Join(wants, "\n"))
		if got != want {
			t.Errorf("diagnostics = %s\nwant %s", got, want)
		}
		for _, secret := range []string{"att3mpted", "s3cret"} {
			if strings.Contains(got, secret) {
				t.Errorf("diagnostics show %s", secret)
			}
		}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCore(t)
			config := test.config
			if config == nil {
				config = orders
			}
			c.answer(http.MethodPost, 1, false, test.handler)
			check(t, c.apply(config), "create webhook", test.status, test.want)
			if c.state != nil || len(c.account.Webhooks()) != 0 {
				t.Errorf("state = %v, %d webhooks, want nothing", c.state, len(c.account.Webhooks()))
			}

			paused := config.with("active", false)
			c.create(paused)
			before := maps.Clone(c.state)
			c.answer(http.MethodPut, 1, false, test.handler)
			check(t, c.apply(config), "update webhook 1", test.status, test.want)
			if !maps.Equal(c.state, before) {
				t.Errorf("state = %v, want %v as before", c.state, before)
			}
		})
	}
}

var elapsed = regexp.MustCompile(`in [0-9.]+m?s\.`)

// An update changes only what the plan shows. What others have changed meanwhile stays,
// and the next plan shows it; a webhook that was switched off stays off, and the run says so.
func TestWebhookResource_updateKeeps(t *testing.T) {
	c := newCore(t)
	id := c.create(orders)
	p, _ := c.plan(orders.with("name", "renamed"))
	c.account.EditWebhook(id, func(w *simulator.Webhook) {
		w.URL, w.Active, w.ErrorCount, w.SystemID, w.Description = "https://example.com/theirs", false, 11, new("theirs"), new("theirs")
		w.Extra = map[string]json.RawMessage{"Unknown": json.RawMessage(`{"a": 9007199254740993}`)}
	})
	const off = "Warning: Webhook 1 was switched off: The webhook was switched off in Nexudus after this plan had been made, so it is not active now.\n\n" +
		"The next plan shows the reason, and applying it switches the webhook on again. (at active)"
	if said := texts(c.applyPlan(p)); said != off {
		t.Error(said)
	}
	got := c.record(id)
	if got.Name != "renamed" || got.URL != "https://example.com/theirs" || got.Active || got.Description == nil || *got.Description != "theirs" || got.SystemID == nil || *got.SystemID != "theirs" ||
		string(got.Extra["Unknown"]) != `{"a": 9007199254740993}` && string(got.Extra["Unknown"]) != `{"a":9007199254740993}` {
		t.Errorf("webhook = %+v", got)
	}
	c.refresh()
	next, said := c.plan(orders.with("name", "renamed"))
	if !strings.Contains(texts(said), "Webhook 1 was switched off in Nexudus") {
		t.Errorf("the next plan says %s", texts(said))
	}
	if c.applyPlan(next); c.record(id).URL != orders["url"] || *c.record(id).Description != "" || !c.record(id).Active {
		t.Errorf("webhook = %+v, want what is configured", c.record(id))
	}
}

// An update that Nexudus confirms and does not carry out is an error, and the
// state holds what is there.
func TestWebhookResource_updateNotApplied(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	c.create(orders)
	c.answer(http.MethodPut, 1, true, func(w http.ResponseWriter, _ *http.Request) {
		c.account.EditWebhook(1, func(w *simulator.Webhook) { w.Name = "orders" })
		respond(200, "application/json", `{"WasSuccessful":true}`)(w, nil)
	})
	const want = `Error: Nexudus has a different "name": Nexudus accepted the update of webhook 1, but then had a different value for "name", which is now in the state. Either it did not carry out the update, or the value was changed right after it.

If Nexudus changes what is sent, for example by trimming spaces at the end, use the value that Nexudus has. Otherwise apply again.

Tried: update webhook 1; status 200; 1 attempt in 0s. (at name)`
	if got := elapsed.ReplaceAllString(texts(c.apply(orders.with("name", "renamed", "url", "https://example.com/2"))), "in 0s."); got != want {
		t.Errorf("diagnostics = %s\nwant %s", got, want)
	}
	if c.state["name"] != "orders" || c.state["url"] != "https://example.com/2" {
		t.Errorf("state = %v, want what Nexudus holds", c.state)
	}
	if said := texts(c.apply(orders.with("name", "renamed", "url", "https://example.com/2"))); said != "" {
		t.Error(said)
	}
}

func TestWebhookResource_updateUnread(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	c.create(orders)
	c.answer(http.MethodPut, 1, true, func(w http.ResponseWriter, _ *http.Request) {
		c.answer(http.MethodGet, 2, false, respond(403, "", ""))
		respond(200, "application/json", `{"WasSuccessful":true}`)(w, nil)
	})
	renamed := orders.with("name", "renamed")
	const want = "Warning: Webhook 1 was updated but could not be read back: The state has what was sent. The next plan reads the record.\n\n" +
		"The credentials are valid, but Nexudus did not authorize the request.\n\n"
	if got := texts(c.apply(renamed)); !strings.HasPrefix(got, want) {
		t.Errorf("diagnostics = %s\nwant %s", got, want)
	}
	c.wantNothingToDo(renamed)
}

// The outcome of an update that nobody can read back is unknown. The state stays
// as it was, so that the next plan shows what is left to do.
func TestWebhookResource_updateUnknown(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	c.create(orders)
	c.answer(http.MethodPut, 1, true, func(http.ResponseWriter, *http.Request) {
		c.answer(http.MethodGet, 2, false, respond(403, "", ""))
		panic(http.ErrAbortHandler)
	})
	got := texts(c.apply(orders.with("name", "renamed")))
	if !strings.HasPrefix(got, "Error: The webhook may have been updated: ") ||
		!strings.Contains(got, "Run again: the next plan reads what Nexudus has.") {
		t.Errorf("diagnostics = %s", got)
	}
	if c.state["name"] != "orders" {
		t.Errorf("state = %v", c.state)
	}
	c.wantNothingToDo(orders.with("name", "renamed"))
}

func TestWebhookResource_updateGone(t *testing.T) {
	c := newCore(t)
	id := c.create(orders)
	p, _ := c.plan(orders.with("name", "renamed"))
	c.account.RemoveWebhook(id)
	const want = "Error: Webhook 1 was not found: The webhook was deleted after this plan was made, or the user no longer has access to it.\n\nPlan again: the new plan creates the webhook."
	if got := texts(c.applyPlan(p)); got != want || c.sent(http.MethodPut) != 0 || c.state == nil {
		t.Errorf("diagnostics = %s\nwant %s\nstate = %v", got, want, c.state)
	}
}

func TestWebhookResource_delete(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	id := c.create(orders)
	before := maps.Clone(c.state)
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"rejected": {
			handler: respond(500, "application/json", `{"WasSuccessful":false,"Message":"It is in use."}`),
			want: "Error: Rejected by Nexudus: Nexudus understood the request and rejected it.\n\n" +
				"Tried: delete webhook 1; status 500; 1 attempt in 0s.\n\nMessages from Nexudus:\n  - It is in use.",
		},
		"not carried out": {
			handler: respond(200, "application/json", `{"WasSuccessful":true}`),
			want: "Error: Webhook was not deleted: Nexudus accepted the request to delete webhook 1, but the record still exists.\n\n" +
				"Apply again; if this happens again, ask Nexudus support.\n\nTried: delete webhook 1; status 200; 1 attempt in 0s.",
		},
	} {
		c.answer(http.MethodDelete, 1, false, test.handler)
		if got := elapsed.ReplaceAllString(texts(c.destroy()), "in 0s."); got != test.want || !maps.Equal(c.state, before) {
			t.Errorf("%s: diagnostics = %s\nwant %s\nstate = %v", name, got, test.want, c.state)
		}
	}
	// Nexudus deletes it, and the response is lost.
	c.answer(http.MethodDelete, 1, true, reset)
	if said := texts(c.destroy()); said != "" || c.state != nil || len(c.account.Webhooks()) != 0 {
		t.Errorf("diagnostics = %s, state = %v", said, c.state)
	}
	c.state = before
	if said := texts(c.destroy()); said != "" || c.state != nil || id != 1 {
		t.Errorf("destroying what is gone says %q", said)
	}
}

// A webhook that was deleted in Nexudus is planned again.
func TestWebhookResource_gone(t *testing.T) {
	c := newCore(t)
	id := c.create(orders)
	c.account.RemoveWebhook(id)
	c.identity = nil // as in a state that Terraform 1.11 wrote
	const want = "Warning: Webhook 1 was not found: The webhook was deleted outside of Terraform, or the user no longer has access to it. Applying removes it from the state, and creates a new webhook if the configuration still contains it."
	if got := texts(c.refresh()); got != want || c.state != nil {
		t.Errorf("diagnostics = %s\nwant %s\nstate = %v", got, want, c.state)
	}
	if got := c.create(orders); got == id {
		t.Errorf("id = %d, want another", got)
	}
}

// A webhook that only seems to be gone causes an error and stays in the state. The
// client's tests cover each response.
func TestWebhookResource_seemsGone(t *testing.T) {
	c := newCore(t)
	c.create(orders)
	c.answer(http.MethodGet, -1, false, respond(404, "text/html", "<html>"))
	if got := summaries(c.refresh()); got != "Unexpected response from Nexudus" || c.state == nil {
		t.Errorf("diagnostics = %s, state = %v", got, c.state)
	}
}

// The plan reverts what a person has changed in Nexudus.
func TestWebhookResource_editedByHand(t *testing.T) {
	config := orders.with("description", "text")
	c := newCore(t)
	id := c.create(config)
	for name, edit := range map[string]func(*simulator.Webhook){
		"name":        func(w *simulator.Webhook) { w.Name = "x" },
		"description": func(w *simulator.Webhook) { w.Description = nil },
		"url":         func(w *simulator.Webhook) { w.URL = "https://example.com/" },
		"action":      func(w *simulator.Webhook) { w.Action = 7 },
		"active":      func(w *simulator.Webhook) { w.Active = false },
	} {
		c.account.EditWebhook(id, edit)
		c.refresh()
		p, _ := c.plan(config)
		var changed []string
		for attribute, value := range p.after {
			if c.state[attribute] != value && attribute != "action_name" {
				changed = append(changed, attribute)
			}
		}
		if !slices.Equal(changed, []string{name}) || p.replace {
			t.Errorf("edited %s: plan changes %v, replaces: %v", name, changed, p.replace)
		}
		c.applyPlan(p)
		c.wantNothingToDo(config)
	}
	// A webhook that somebody moved to another location is replaced.
	c.account.EditWebhook(id, func(w *simulator.Webhook) { w.BusinessID = 5002 })
	c.refresh()
	if p, diagnostics := c.plan(config); !p.replace || texts(diagnostics) != "" {
		t.Errorf("plan = %+v, %s, want a replacement", p, texts(diagnostics))
	}
}

const switchedOffAdvice = "\n\nThis plan makes it active again, or replaces it with an active one. Make sure that its endpoint works: Nexudus switches a webhook off after ten failed " +
	"deliveries in a row. To leave it off, set active = false; to let Nexudus decide, add ignore_changes = [active]. (at active)"

// switchOff does what Nexudus does after too many failed deliveries.
func switchOff(w *simulator.Webhook) {
	w.Active, w.ErrorCount = false, 11
	w.LastError = new("\x1b[31m(410) Gone\u202e\n from https://example.com/hook?key=s3cret and /hook?key=s3cret")
}

func TestWebhookResource_import(t *testing.T) {
	c := newCore(t)
	id := c.create(orders.with("description", "text"))
	created := maps.Clone(c.state)
	if said := texts(c.importID("1")); said != "" || !maps.Equal(c.state, created) {
		t.Errorf("importing says %q, state = %v, want %v", said, c.state, created)
	}
	// One that was off when it was imported.
	c.account.EditWebhook(id, switchOff)
	c.importID("1")
	if _, diagnostics := c.plan(orders); !strings.Contains(texts(diagnostics), "Gone from … and …") {
		t.Errorf("diagnostics = %s, want the reason", texts(diagnostics))
	}

	for _, bad := range []string{"abc", "0", "-1", "1.0", " 1", "9223372036854775808", ""} {
		want := `Error: Invalid webhook ID: The import ID must be the ID of a webhook, such as "101"; got ` + strconv.Quote(bad) + "."
		if got := texts(c.importID(bad)); !strings.HasPrefix(got, want) {
			t.Errorf("diagnostics = %s\nwant %s", got, want)
		}
	}
	if got := texts(c.importID("42")); !strings.HasPrefix(got, "Error: Cannot import webhook 42: No webhook has the ID 42") {
		t.Errorf("diagnostics = %s", got)
	}
}

// A state in which IDs are numbers is read as it is: the schema versions stay 0.
func TestWebhookResource_numbersInState(t *testing.T) {
	c := newCore(t)
	c.create(orders)
	upgraded, err := c.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: "nexudus_webhook",
		RawState: &tfprotov6.RawState{JSON: []byte(`{"id":1,"business_id":5001,"name":"orders","description":null,` +
			`"url":"https://example.com/hook?key=s3cret","action":6,"action_name":"BookingCreate","active":true,` +
			`"unique_id":"` + c.state["unique_id"].(string) + `","created_on":"` + c.state["created_on"].(string) + `"}`)},
	})
	if err != nil || len(upgraded.Diagnostics) > 0 {
		t.Fatal(err, texts(upgraded.Diagnostics))
	}
	if got := c.decode(upgraded.UpgradedState); !maps.Equal(got, c.state) {
		t.Errorf("state = %v, want %v", got, c.state)
	}
	c.identity = nil // the CLI itself reads it
	c.wantNothingToDo(orders)
}

// A webhook that Nexudus has is not the one in the state if its unique ID is another.
func TestWebhookResource_anotherWebhook(t *testing.T) {
	c := newCore(t)
	id := c.create(orders)
	p, _ := c.plan(orders.with("name", "renamed"))
	before := maps.Clone(c.state)
	w := c.record(id)
	w.UniqueID, w.Name = "e267ee8a-15eb-49d5-a156-bb132fb27d26", "theirs"
	c.account.AddWebhook(w)
	if got := summaries(c.refresh()); got != "Webhook 1 has a different unique ID" || !maps.Equal(c.state, before) {
		t.Errorf("diagnostics = %q, state = %v", got, c.state)
	}
	if got := summaries(c.applyPlan(p)); got != "Webhook 1 has a different unique ID" || c.sent(http.MethodPut) != 0 || c.record(id).Name != "theirs" {
		t.Errorf("diagnostics = %q, %d updates", got, c.sent(http.MethodPut))
	}
	// A state without a unique ID says nothing.
	c.state = before.with("unique_id", nil)
	if got := texts(c.refresh()); got != "" || c.state["name"] != "theirs" {
		t.Errorf("diagnostics = %q, state = %v", got, c.state)
	}
}
