package provider

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// lister lists webhooks through the protocol server, as terraform query does.
type lister struct {
	protocolServer

	account *simulator.Server
}

// newLister serves the account of the demo, without its throttle.
func newLister(t *testing.T) lister {
	t.Helper()
	l := lister{protocolServer: newProtocolServer(t), account: simulator.Demo()}
	l.account.LimitFactor = -1
	served := httptest.NewServer(l.account)
	t.Cleanup(served.Close)
	if diagnostics := l.configure(map[string]tftypes.Value{
		"base_url":                tftypes.NewValue(tftypes.String, served.URL+"/api"),
		"access_token":            tftypes.NewValue(tftypes.String, l.account.IssueToken("demo@example.com")),
		"max_requests_per_second": tftypes.NewValue(tftypes.Number, 0),
		"max_retries":             tftypes.NewValue(tftypes.Number, 0),
	}); len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	return l
}

// list returns all results.
func (s protocolServer) list(filters map[string]tftypes.Value, includeResource bool, limit int64) (results []tfprotov6.ListResourceResult) {
	s.t.Helper()
	stream, err := s.ProviderServer.(tfprotov6.ListResourceServer).ListResource(s.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: "nexudus_webhook", Config: s.dynamicValue(s.schemas.ListResourceSchemas["nexudus_webhook"], filters),
		IncludeResource: includeResource, Limit: limit,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.Collect(stream.Results)
}

// ids returns the identities of results, or 0 for one that has none.
func (s protocolServer) ids(results []tfprotov6.ListResourceResult) (ids []int64) {
	s.t.Helper()
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	for _, result := range results {
		var identity map[string]tftypes.Value
		var text string
		if result.Identity != nil {
			value, err := result.Identity.IdentityData.Unmarshal(object)
			if err := errors.Join(err, value.As(&identity), identity["id"].As(&text)); err != nil {
				s.t.Fatal(err)
			}
		}
		id, _ := parseID(text)
		ids = append(ids, id)
	}
	return ids
}

func said(diagnostics []*tfprotov6.Diagnostic) string {
	var texts []string
	for _, d := range diagnostics {
		texts = append(texts, fmt.Sprintf("%s: %s: %s", d.Severity, d.Summary, d.Detail))
	}
	return strings.Join(texts, "\n")
}

func TestWebhookListResource(t *testing.T) {
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	number := func(n int64) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }
	tests := []struct {
		name    string
		filters map[string]tftypes.Value
		limit   int64
		want    []int64
	}{
		{name: "all", want: []int64{101, 102, 103, 104, 105, 106, 107, 108}},
		{name: "limit", limit: 3, want: []int64{101, 102, 103}},
		{name: "code of an event", filters: map[string]tftypes.Value{"action_name": text("6")}, want: []int64{101}},
		{
			name:    "failures",
			filters: map[string]tftypes.Value{"min_error_count": number(1), "max_error_count": number(3)},
			want:    []int64{105},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLister(t)
			for _, whole := range []bool{false, true} {
				before := len(l.account.Requests())
				results := l.list(test.filters, whole, test.limit)
				if got := l.ids(results); !slices.Equal(got, test.want) {
					t.Errorf("whole resource %v: Ids = %v, want %v", whole, got, test.want)
				}
				want := 1 // the list
				if whole {
					want += len(test.want)
				}
				if n := len(l.account.Requests()) - before; n != want {
					t.Errorf("whole resource %v: %d requests, want %d", whole, n, want)
				}
				for _, result := range results {
					if len(result.Diagnostics) > 0 || (result.Resource != nil) != whole {
						t.Errorf("whole resource %v: result = %+v, %s", whole, result, said(result.Diagnostics))
					}
				}
			}
		})
	}
}

// The filters are those of the data source.
func TestWebhookListResource_schema(t *testing.T) {
	s := newProtocolServer(t)
	names := func(schema *tfprotov6.Schema) (names []string) {
		for _, attribute := range schema.Block.Attributes {
			names = append(names, fmt.Sprintln(attribute.Name, attribute.Type, attribute.Optional, attribute.Description))
		}
		slices.Sort(names)
		return names
	}
	listed := names(s.schemas.ListResourceSchemas["nexudus_webhook"])
	filters := slices.DeleteFunc(
		names(s.schemas.DataSourceSchemas["nexudus_webhooks"]),
		func(s string) bool { return strings.HasPrefix(s, "webhooks ") || strings.HasPrefix(s, "include_urls ") },
	)
	if !slices.Equal(listed, filters) || len(filters) == 0 {
		t.Errorf("filters = %q, want those of the data source, %q", listed, filters)
	}
}

// The page lists exactly the arguments of the schema, also if a CLI that does not print the schema has generated it.
func TestWebhookListResource_page(t *testing.T) {
	page, err := os.ReadFile("../../docs/list-resources/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, want []string
	for _, found := range regexp.MustCompile("(?m)^- `([a-z_]+)`").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, found[1])
	}
	for _, attribute := range newProtocolServer(t).schemas.ListResourceSchemas["nexudus_webhook"].Block.Attributes {
		want = append(want, attribute.Name)
	}
	slices.Sort(want)
	if !slices.Equal(documented, want) {
		t.Errorf("arguments on the page = %q, want %q", documented, want)
	}
}

func TestWebhookListResource_displayName(t *testing.T) {
	tests := []struct {
		name   string
		record string
		want   string
	}{
		{name: "usual", record: `{"Id":1,"BusinessId":5001,"Name":"Doors","Action":6}`, want: "Doors, BookingCreate, location 5001"},
		{name: "newer event", record: `{"Id":1,"BusinessId":5001,"Name":"Doors","Action":4711}`, want: "Doors, event 4711, location 5001"},
		{name: "nothing", record: `{"Id":1}`, want: "unnamed, no event, location unknown"},
		{name: "empty name", record: `{"Id":1,"Name":"","Action":1}`, want: "unnamed, None, location unknown"},
		{name: "terminal escapes", record: `{"Id":1,"Name":"Do\u001b[31mors\nx","Action":1}`, want: "Do [31mors x, None, location unknown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLister(t)
			l.account.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/api/sys/webhooks" {
					return false
				}
				fmt.Fprintf(w, `{"Records":[%s],"TotalItems":1,"HasNextPage":false}`, test.record)
				return true
			})
			results := l.list(nil, false, 0)
			if len(results) != 1 || results[0].DisplayName != test.want || len(results[0].Diagnostics) > 0 {
				t.Errorf("results = %+v, want the display name %q", results, test.want)
			}
		})
	}
}

// Invalid filters are rejected before anything is sent.
func TestWebhookListResource_badFilters(t *testing.T) {
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	number := func(n any) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }
	tests := []struct {
		name    string
		filters map[string]tftypes.Value
		want    string
	}{
		{
			name: "location", filters: map[string]tftypes.Value{"business_id": text("0")},
			want: `ERROR: Invalid "business_id": business_id must be the ID of a location, such as "5001"; got "0".`,
		},
		{
			name: "fraction", filters: map[string]tftypes.Value{"min_error_count": number(1.5)},
			want: `ERROR: Invalid "min_error_count": min_error_count must be a whole number from 0 to 9223372036854775807; got 1.5.`,
		},
		{
			name: "empty range", filters: map[string]tftypes.Value{"min_error_count": number(5), "max_error_count": number(4)},
			want: "ERROR: Invalid \"min_error_count\": min_error_count must not be greater than max_error_count; got 5 and 4.",
		},
		{name: "none"},
		{
			name:    "not known yet",
			filters: map[string]tftypes.Value{"action_name": text("BookingCreate"), "business_id": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLister(t)
			resp, err := l.ProviderServer.(tfprotov6.ListResourceServer).ValidateListResourceConfig(
				t.Context(),
				&tfprotov6.ValidateListResourceConfigRequest{
					TypeName: "nexudus_webhook", Config: l.dynamicValue(l.schemas.ListResourceSchemas["nexudus_webhook"], test.filters),
				},
			)
			if err != nil {
				t.Fatal(err)
			}
			if got := said(resp.Diagnostics); !strings.Contains(got, test.want) || (got == "") != (test.want == "") ||
				len(resp.Diagnostics) > 1 {
				t.Errorf("diagnostics = %q, want %q", got, test.want)
			}
			if n := len(l.account.Requests()); n != 0 {
				t.Errorf("%d requests, want none", n)
			}
		})
	}
}

func TestWebhookListResource_missingCredentials(t *testing.T) {
	s := newProtocolServer(t)
	if diagnostics := s.configure(nil); len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	results := s.list(nil, true, 0)
	if len(results) != 1 || !strings.Contains(said(results[0].Diagnostics), "ERROR: Missing Nexudus credentials: ") ||
		results[0].Identity != nil {
		t.Errorf("results = %+v, want one error", results)
	}
}

// What goes wrong ends the list with one diagnostic. A webhook that vanishes
// while it is listed is left out, and does not count as one of the limit.
func TestWebhookListResource_failures(t *testing.T) {
	status := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	tests := []struct {
		name     string
		path     string
		handler  http.HandlerFunc
		limit    int64
		want     []int64 // 0 is a result with only a diagnostic
		wantSaid string
		requests int
	}{
		{
			name: "no role to list", path: "/api/sys/webhooks", handler: status(401, ""), want: []int64{0}, requests: 1,
			wantSaid: "ERROR: Unauthorized: ",
		},
		{
			name: "read fails", path: "/api/sys/webhooks/103", handler: status(503, ""), want: []int64{101, 102, 0}, requests: 4,
			wantSaid: "ERROR: Nexudus is not available: ",
		},
		{
			name: "vanished", path: "/api/sys/webhooks/102", want: []int64{101, 0, 103, 104}, limit: 3, requests: 6,
			wantSaid: "WARNING: Webhook 102 no longer exists: The webhook was deleted after Nexudus had listed it. It is left out of the results.",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLister(t)
			l.account.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != test.path {
					return false
				}
				if test.handler == nil {
					l.account.RemoveWebhook(102)
					return false
				}
				test.handler(w, r)
				return true
			})
			results := l.list(nil, true, test.limit)
			if got := l.ids(results); !slices.Equal(got, test.want) {
				t.Errorf("Ids = %v, want %v", got, test.want)
			}
			var diagnostics []*tfprotov6.Diagnostic
			for _, result := range results {
				diagnostics = append(diagnostics, result.Diagnostics...)
			}
			if got := said(diagnostics); len(diagnostics) != 1 || !strings.Contains(got, test.wantSaid) {
				t.Errorf("diagnostics = %s, want %q", got, test.wantSaid)
			}
			if n := len(l.account.Requests()); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

// A CLI that has enough stops reading, and then nothing more is sent.
func TestWebhookListResource_stopped(t *testing.T) {
	l := newLister(t)
	stream, err := l.ProviderServer.(tfprotov6.ListResourceServer).ListResource(t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: "nexudus_webhook", Config: l.dynamicValue(l.schemas.ListResourceSchemas["nexudus_webhook"], nil), IncludeResource: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for range stream.Results {
		break
	}
	if n := len(l.account.Requests()); n != 2 {
		t.Errorf("%d requests, want a list and one read", n)
	}
}
