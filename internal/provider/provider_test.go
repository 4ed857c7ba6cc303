package provider

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// protocolServer is the provider as a CLI speaks to it.
type protocolServer struct {
	tfprotov6.ProviderServer

	t       testing.TB
	schemas *tfprotov6.GetProviderSchemaResponse
}

func newProtocolServer(t testing.TB) protocolServer {
	t.Helper()
	server := NewServer("test", false)()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return protocolServer{ProviderServer: server, t: t, schemas: schemas}
}

// dynamicValue returns a configuration in which all attributes but those given
// are null.
func (s protocolServer) dynamicValue(schema *tfprotov6.Schema, given map[string]tftypes.Value) *tfprotov6.DynamicValue {
	s.t.Helper()
	object := schema.ValueType().(tftypes.Object)
	all := make(map[string]tftypes.Value)
	for name, kind := range object.AttributeTypes {
		all[name] = tftypes.NewValue(kind, nil)
	}
	for name, value := range given {
		all[name] = value
	}
	dynamic, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, all))
	if err != nil {
		s.t.Fatal(err)
	}
	return &dynamic
}

func (s protocolServer) configure(block map[string]tftypes.Value) []*tfprotov6.Diagnostic {
	s.t.Helper()
	configured, err := s.ConfigureProvider(s.t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.11.4", Config: s.dynamicValue(s.schemas.Provider, block),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return configured.Diagnostics
}

// read reads the webhook 101.
func (s protocolServer) read() []*tfprotov6.Diagnostic {
	s.t.Helper()
	got, err := s.ReadDataSource(s.t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: "nexudus_webhook",
		Config: s.dynamicValue(s.schemas.DataSourceSchemas["nexudus_webhook"], map[string]tftypes.Value{
			"id": tftypes.NewValue(tftypes.Number, 101),
		}),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return got.Diagnostics
}

// One server holds one configuration: a second one would take the place of the
// first for the data sources of both.
func TestProvider_secondConfiguration(t *testing.T) {
	account := simulator.Demo()
	account.LimitFactor = -1
	served := httptest.NewServer(account)
	t.Cleanup(served.Close)
	token := account.IssueToken("demo@example.com")
	block := func(more ...string) map[string]tftypes.Value {
		values := map[string]tftypes.Value{
			"base_url":                tftypes.NewValue(tftypes.String, served.URL+"/api"),
			"access_token":            tftypes.NewValue(tftypes.String, token),
			"max_requests_per_second": tftypes.NewValue(tftypes.Number, 0),
		}
		for i := 0; i < len(more); i += 2 {
			values[more[i]] = tftypes.NewValue(tftypes.String, more[i+1])
			if more[i+1] == "(unknown)" {
				values[more[i]] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
			}
		}
		return values
	}
	without := func(block map[string]tftypes.Value, name string) map[string]tftypes.Value {
		delete(block, name)
		return block
	}
	t.Setenv("NEXUDUS_ACCESS_TOKEN", token)
	const notKnown, second = "Provider setting not known yet", "Second configuration of one provider process"
	tests := []struct {
		name      string
		blocks    []map[string]tftypes.Value
		want      []string // the diagnostic of each configuration, as far as given
		wantRead  string
		wantNamed string // how the second configuration's detail names what differs
	}{
		{name: "equal", blocks: []map[string]tftypes.Value{block(), block(), block()}},
		{
			name: "another token", blocks: []map[string]tftypes.Value{block(), block("access_token", "other")},
			want: []string{"", second}, wantNamed: `with a different value for "access_token".`,
		},
		{
			name: "another account", want: []string{"", second}, wantNamed: `with different values for "base_url" and "access_token".`,
			blocks: []map[string]tftypes.Value{block(), block("access_token", "other", "base_url", "https://nexudus.test/api")},
		},
		{
			name: "another timeout", blocks: []map[string]tftypes.Value{block(), block("request_timeout", "1s")},
			want: []string{"", second}, wantNamed: `with a different value for "request_timeout".`,
		},
		{
			name: "an empty credential, then none", want: []string{"", second}, wantRead: "Empty Nexudus credential",
			wantNamed: `with a different value for "access_token".`,
			blocks:    []map[string]tftypes.Value{block("access_token", ""), without(block(), "access_token")},
		},
		{
			name: "a credential not set, unknown, not set",
			blocks: []map[string]tftypes.Value{
				without(block(), "access_token"), block("access_token", "(unknown)"), without(block(), "access_token"),
			},
		},
		{
			name: "first one invalid", blocks: []map[string]tftypes.Value{block("request_timeout", "0s"), block()},
			want: []string{"Invalid provider setting", ""},
		},
		{
			name: "second one invalid", blocks: []map[string]tftypes.Value{block(), block("request_timeout", "0s")},
			want: []string{"", "Invalid provider setting"},
		},
		{name: "known after apply", blocks: []map[string]tftypes.Value{block("access_token", "(unknown)"), block()}},
		{
			name: "not known again", blocks: []map[string]tftypes.Value{block(), block("access_token", "(unknown)")},
			wantRead: notKnown,
		},
		{
			name: "not known, the rest different", want: []string{"", second}, wantRead: notKnown,
			wantNamed: `with a different value for "base_url".`,
			blocks:    []map[string]tftypes.Value{block("access_token", "(unknown)"), block("base_url", "https://nexudus.test/api")},
		},
		{
			name: "not known in between", want: []string{"", "", second}, wantRead: notKnown,
			wantNamed: `with a different value for "access_token".`,
			blocks:    []map[string]tftypes.Value{block(), block("access_token", "(unknown)"), block("access_token", "other")},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newProtocolServer(t)
			for i, block := range test.blocks {
				want := ""
				if i < len(test.want) {
					want = test.want[i]
				}
				diagnostics := server.configure(block)
				said := summaries(diagnostics)
				if (said == "") != (want == "") || !strings.HasPrefix(said, want) {
					t.Errorf("configuration %d: diagnostics = %q, want %q", i, said, want)
				}
				if want == second && !strings.Contains(diagnostics[0].Detail, test.wantNamed) {
					t.Errorf("detail = %s, want %s", diagnostics[0].Detail, test.wantNamed)
				}
			}
			// The first configuration stays in force.
			if said := summaries(server.read()); said != test.wantRead {
				t.Errorf("reading: diagnostics = %q, want %q", said, test.wantRead)
			}
		})
	}
}

func summaries(diagnostics []*tfprotov6.Diagnostic) string {
	var texts []string
	for _, d := range diagnostics {
		texts = append(texts, d.Summary)
	}
	return strings.Join(texts, ", ")
}

func TestUserAgent(t *testing.T) {
	const plain = "terraform-provider-nexudus/1.2.3 (+https://github.com/nexudus-community/terraform-provider-nexudus) Terraform/1.11.4"
	for added, want := range map[string]string{"": plain, " ci/7\r\nX: y ": plain + " ci/7X: y"} {
		if got := userAgent("1.2.3", "1.11.4", added); got != want {
			t.Errorf("userAgent = %q, want %q", got, want)
		}
	}
}
