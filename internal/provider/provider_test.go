package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

func summaries(diagnostics []*tfprotov6.Diagnostic) string {
	var texts []string
	for _, d := range diagnostics {
		texts = append(texts, d.Summary)
	}
	return strings.Join(texts, ", ")
}

func TestUserAgent(t *testing.T) {
	const plain = "terraform-provider-nexudus/1.2.3 (+https://github.com/nexudus-community/terraform-provider-nexudus) Terraform/1.11.4"
	for added, want := range map[string]string{"": plain, " ci/7\r\nX: y ": plain + " ci/7 X: y"} {
		if got := userAgent("1.2.3", "1.11.4", added); got != want {
			t.Errorf("userAgent = %q, want %q", got, want)
		}
	}
}
