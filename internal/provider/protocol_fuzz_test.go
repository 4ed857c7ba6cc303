package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// choices are the decisions of a fuzzed run. When there are none left, all are 0.
type choices struct{ left []byte }

func (c *choices) below(n int) int {
	if len(c.left) == 0 {
		return 0
	}
	first := c.left[0]
	c.left = c.left[1:]
	return int(first) % n
}

func choose[T any](c *choices, from ...T) T { return from[c.below(len(from))] }

// The secrets of a fuzzed run. No diagnostic may show one.
const (
	canaryURL   = "https://canaryuser:canarypassword@hooks.example.com/canarypath/x?key=canaryquery#canaryfragment"
	canaryWO    = "https://hooks.example.com/canarywriteonly"
	canaryToken = "canarytoken"
)

// FuzzProtocol speaks to the protocol server as a CLI does, with values that fit the schemas and
// are otherwise arbitrary, while Nexudus answers arbitrarily too. Nothing may panic,
// be sent without an ID, or show a secret, and a plan that is applied gives what was planned.
func FuzzProtocol(f *testing.F) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		data := make([]byte, 200)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) { newFuzzedRun(t, data).run() })
	})
}

// fuzzedRun is a CLI with one managed webhook, and the account that it talks to.
type fuzzedRun struct {
	*choices
	core

	strange bool // whether the account answers arbitrarily
}

func newFuzzedRun(t *testing.T, data []byte) *fuzzedRun {
	r := &fuzzedRun{choices: &choices{data}, core: core{account: &simulator.Server{LimitFactor: -1}}}
	r.account.AddUser(simulator.User{Username: "a@example.com"})
	for _, id := range []int64{1, 5001, 5002} {
		r.account.AddBusiness(simulator.Business{ID: id, Name: "One"})
	}
	r.account.AddWebhook(simulator.Webhook{ID: 1, BusinessID: 5001, Name: "orders", URL: canaryURL, Action: 6, Active: true})
	text := func(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
	r.block = map[string]tftypes.Value{
		"base_url": text("https://nexudus.test/api"), "access_token": text(r.account.IssueToken("a@example.com")), "request_timeout": text("1s"),
		"max_requests_per_second": tftypes.NewValue(tftypes.Number, 0), "max_retries": tftypes.NewValue(tftypes.Number, 1),
	}
	r.t, r.transport = t, roundTripper(r.answer)
	r.restart()
	return r
}

// withID are the paths of requests that name a record.
var withID = regexp.MustCompile(`^/api/sys/(webhooks|businesses)/[1-9][0-9]*$`)

// answer is the account, and checks what it is asked.
func (r *fuzzedRun) answer(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	var sent struct{ Id int64 } //nolint:revive // the API's name
	switch {
	case req.Method == http.MethodDelete && !withID.MatchString(req.URL.Path):
		r.t.Errorf("DELETE %s", req.URL.Path)
	case req.Method == http.MethodPut && (json.Unmarshal(body, &sent) != nil || sent.Id < 1):
		r.t.Errorf("PUT with the ID %d", sent.Id)
	case req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/sys/") && !withID.MatchString(req.URL.Path) && !req.URL.Query().Has("page"):
		r.t.Errorf("GET %s?%s", req.URL.Path, req.URL.RawQuery)
	}
	recorder := httptest.NewRecorder()
	if r.strange && r.below(3) == 0 {
		if r.below(2) == 0 { // the work is done, whatever the answer
			r.account.Handle(httptest.NewRecorder(), req)
		}
		if r.below(4) == 0 {
			return nil, errors.New("connection reset")
		}
		recorder.Header().Set("Content-Type", choose(r.choices, "application/json", "text/html"))
		recorder.WriteHeader(choose(r.choices, 200, 200, 200, 400, 401, 403, 404, 500, 503))
		_, _ = recorder.WriteString(r.body())
		return recorder.Result(), nil
	}
	r.account.Handle(recorder, req)
	return recorder.Result(), nil
}

// body is an arbitrary answer.
func (r *fuzzedRun) body() string {
	record := func() string {
		return fmt.Sprintf(`{"Id":%s,"BusinessId":%s,"Name":%s,"Description":%s,"URL":%s,"Action":%s,"Active":%s,"LastError":%s,`+
			`"ErrorCount":%s,"UniqueId":%s,"CreatedOn":%s,"UpdatedOn":%s,"LastTrigger":%[12]s}`,
			choose(r.choices, "1", "2", "0", "null", "9223372036854775807", "9223372036854775808", `"x"`), choose(r.choices, "5001", "null", "0", "-1", "5002"),
			choose(r.choices, `"orders"`, "null", `""`, `"\u001b[31m\n::error::"`, strconv.Quote(strings.Repeat("n", 5000))), choose(r.choices, "null", `""`, `"text"`),
			choose(r.choices, strconv.Quote(canaryURL), strconv.Quote(canaryWO), "null", `""`, `"%zz"`), choose(r.choices, "6", "null", "0", "91", "-1", "2147483648", `"6"`),
			choose(r.choices, "true", "false", "null", `"true"`), choose(r.choices, "null", strconv.Quote("bad canarypath canaryquery "+canaryURL+" /canarywriteonly")),
			choose(r.choices, "0", "11", "null", "-1"), choose(r.choices, "null", `"e267"`, `""`), choose(r.choices, "null", `"2025-01-15T10:30:00"`, `"x"`),
			choose(r.choices, "null", `"2025-01-15T10:30:00Z"`, `""`))
	}
	return choose(r.choices, record,
		func() string {
			return fmt.Sprintf(`{"Records":[%s,%s],"TotalItems":2,"HasNextPage":false}`, record(), record())
		},
		func() string {
			return `{"WasSuccessful":true,"Value":{"Id":` + choose(r.choices, "1", "7", "0", "null") + `}}`
		},
		func() string {
			return `{"WasSuccessful":false,"Message":"bad ` + canaryURL + `","Errors":[{"PropertyName":"` +
				choose(r.choices, "URL", "Business", "X") + `","Message":"bad ` + canaryURL + `","AttemptedValue":"` + canaryWO + `"}]}`
		},
		func() string { return `"Not found"` }, func() string { return "<html>" }, func() string { return "" }, func() string { return "null" },
	)()
}

// value is an arbitrary value of an attribute. Only a configuration may have one that is not known
// yet, or a number that no validator accepts.
func (r *fuzzedRun) value(name string, kind tftypes.Type, configured bool) any {
	switch choice := r.below(6); {
	case choice == 0:
		return nil
	case choice == 1 && configured:
		return unknown
	}
	switch {
	case kind.Is(tftypes.Bool):
		return r.below(2) == 0
	case name == "action": // the framework reports others itself
		return choose[int64](r.choices, 0, 6, 91, -1)
	case kind.Is(tftypes.Number) && configured && r.below(4) == 0:
		huge, _, _ := big.ParseFloat("1e1000", 10, 512, big.ToNearestEven)
		return huge
	case kind.Is(tftypes.Number):
		return choose[any](r.choices, int64(1), int64(2), int64(0), int64(6), int64(-1), 1.5, float64(1<<63))
	case !kind.Is(tftypes.String):
		return nil
	case name == "url":
		return choose(r.choices, canaryURL, "https://example.com/", "", "canary s3cret")
	case name == "url_wo":
		return choose(r.choices, canaryWO, "https://example.com/", "", "canary s3cret")
	}
	return choose(r.choices, "1", "5001", "5002", "BookingCreate", "6", "orders", "", "0", "abc", "-1", "bookingcreate",
		"9223372036854775808", " ", "Zoe\u0308\U0001F6AA\u202e\x1b[31m\n::error::", strings.Repeat("n", 5000), "\x00", "2025-01-15T10:30:00Z")
}

// values are arbitrary values of all attributes, or those of a good webhook with a few of them.
func (r *fuzzedRun) values(configured bool) attrs {
	all, good := make(attrs), r.below(3) > 0
	usual := attrs{
		"id": "1", "business_id": "5001", "name": "orders", "url": canaryURL, "action_name": "BookingCreate", "active": true, "action": int64(6),
	}
	if r.below(3) == 0 {
		usual = usual.with("url", nil, "url_wo", canaryWO, "url_wo_version", int64(1))
	}
	for _, attribute := range r.schema.Block.Attributes {
		switch {
		case configured && !attribute.Required && !attribute.Optional, !configured && attribute.WriteOnly:
		case good && r.below(8) > 0:
			all[attribute.Name] = usual[attribute.Name]
		default:
			all[attribute.Name] = r.value(attribute.Name, attribute.Type, configured)
		}
	}
	return all
}

func (r *fuzzedRun) run() {
	for len(r.left) > 0 {
		r.strange = r.below(3) > 0
		if r.below(4) == 0 {
			r.restart()
		}
		switch r.below(11) {
		case 0: // a state of another time, or edited by hand
			r.state, r.identity = r.values(false), nil
			r.private = choose(r.choices, r.private, nil)
		case 1:
			r.upgrade()
		case 2, 3:
			r.readState()
		case 4, 5:
			r.applyConfig(r.values(true))
		case 6:
			if r.state != nil {
				r.check(r.applyPlan(&planned{private: r.private}))
			}
		case 7:
			r.importOne()
		case 8:
			r.readOthers()
		default: // somebody edits the webhook, or Nexudus switches it off
			r.account.EditWebhook(1, func(w *simulator.Webhook) {
				w.Active, w.ErrorCount = r.below(3) == 0, choose[int64](r.choices, 11, 0, 1)
				w.URL, w.LastError = choose(r.choices, canaryURL, canaryWO, ""), new("(410) /canaryold "+canaryURL)
				if w.URL == canaryURL { // a word by itself is hidden only if it is in the address
					w.LastError = new("canarypath " + *w.LastError)
				}
				w.Action = choose[int64](r.choices, 6, 0, 91)
			})
		}
	}
}

// check reports secrets in diagnostics, and returns whether one is an error.
func (r *fuzzedRun) check(diagnostics []*tfprotov6.Diagnostic) bool {
	r.t.Helper()
	for _, secret := range []string{"canary", "s3cret", "att3mpted"} {
		if text := texts(diagnostics); strings.Contains(text, secret) {
			r.t.Errorf("a diagnostic shows a secret: %s", text)
		}
	}
	for _, text := range []string{"always an error in the provider", "Please report"} {
		if shown := texts(diagnostics); strings.Contains(shown, text) && !strings.Contains(shown, "Unexpected response from Nexudus") &&
			!strings.Contains(shown, "Incomplete list") {
			r.t.Errorf("a diagnostic blames the provider: %s", shown)
		}
	}
	return failed(diagnostics)
}

// readState refreshes the state, which may have the identity of another webhook.
func (r *fuzzedRun) readState() {
	if r.state == nil {
		return
	}
	if r.below(6) == 0 {
		r.identity = r.identityOf(choose(r.choices, "1", "2", "abc", ""))
	}
	hidden := r.state["url_wo_version"] != nil
	if r.check(r.read()) {
		return
	}
	if hidden && r.state["url"] != nil {
		r.t.Errorf("after a refresh: url = %s, want none", r.state["url"])
	}
}

func (r *fuzzedRun) identityOf(id string) *tfprotov6.ResourceIdentityData {
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	data, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, id)}))
	if err != nil {
		r.t.Fatal(err)
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: &data}
}

// upgrade reads a state as a file has it.
func (r *fuzzedRun) upgrade() {
	raw, _ := json.Marshal(r.state)
	raw = choose(r.choices, raw, []byte(`{"id":1,"business_id":5001,"name":"orders","url_wo_version":1}`), []byte(`{"id":"1","other":{}}`), []byte(`[]`))
	got, err := r.UpgradeResourceState(r.t.Context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: "nexudus_webhook", RawState: &tfprotov6.RawState{JSON: raw},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if !r.check(got.Diagnostics) {
		r.state = r.decode(got.UpgradedState)
	}
}

// applyConfig plans a configuration and applies the plan, unless the CLI would plan again before.
func (r *fuzzedRun) applyConfig(config attrs) {
	p, diagnostics := r.plan(config)
	if r.check(diagnostics) || p.replace || slices.Contains(slices.Collect(maps.Values(config)), any(unknown)) {
		return
	}
	wrong := r.check(r.applyPlan(p))
	if r.state["url_wo"] != nil || !wrong && r.state == nil {
		r.t.Errorf("after apply: state = %v of the configuration %v", r.state, config)
	}
}

func (r *fuzzedRun) importOne() {
	id := choose(r.choices, "1", "2", "42", "0", "abc", "", "-1", "\x1b[31m")
	req := &tfprotov6.ImportResourceStateRequest{TypeName: "nexudus_webhook", ID: id}
	if r.below(2) == 0 {
		req.ID, req.Identity = "", r.identityOf(id)
	}
	r.check(r.importState(req))
}

// readOthers lists webhooks and reads a data source.
func (r *fuzzedRun) readOthers() {
	filters := func(schema *tfprotov6.Schema) *tfprotov6.DynamicValue {
		values := make(map[string]tftypes.Value)
		for _, attribute := range schema.Block.Attributes {
			if attribute.Required || attribute.Optional && r.below(3) == 0 {
				values[attribute.Name] = tftypes.NewValue(attribute.Type, r.value(attribute.Name, attribute.Type, false))
			}
		}
		return r.dynamicValue(schema, values)
	}
	name := choose(r.choices, "nexudus_webhook", "nexudus_webhooks", "nexudus_business", "nexudus_businesses", "nexudus_current_user")
	config := filters(r.schemas.DataSourceSchemas[name])
	validated, err := r.ValidateDataResourceConfig(r.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
	if err != nil {
		r.t.Fatal(err)
	}
	if !r.check(validated.Diagnostics) {
		got, err := r.ReadDataSource(r.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: config})
		if err != nil {
			r.t.Fatal(err)
		}
		r.check(got.Diagnostics)
	}
	stream, err := r.ProviderServer.(tfprotov6.ListResourceServer).ListResource(r.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: "nexudus_webhook", Config: filters(r.schemas.ListResourceSchemas["nexudus_webhook"]), IncludeResource: r.below(2) == 0,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for result := range stream.Results {
		r.check(result.Diagnostics)
	}
}
