package provider

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

func TestProviderDataFrom(t *testing.T) {
	var diags diag.Diagnostics
	data := &providerData{}
	if got := providerDataFrom(data, &diags); got != data || len(diags) > 0 {
		t.Errorf("providerDataFrom = %v, %v, want the data", got, diags)
	}
	if got := providerDataFrom(nil, &diags); got != nil || len(diags) > 0 {
		t.Errorf("providerDataFrom(nil) = %v, %v, want nil", got, diags)
	}
	if got := providerDataFrom("other", &diags); got != nil || len(diags) != 1 || !strings.Contains(diags[0].Detail(), "got string") {
		t.Errorf("providerDataFrom of another type = %v, %v, want nil and an error that names the type", got, diags)
	}
}

// Each kind that the framework knows receives the same data.
func TestProvider_dataForAllKinds(t *testing.T) {
	p := New("test")()
	block := blockValue(values{"access_token": "t", "base_url": "https://nexudus.test/api"})
	var schema provider.SchemaResponse
	p.Schema(t.Context(), provider.SchemaRequest{}, &schema)
	var resp provider.ConfigureResponse
	p.Configure(t.Context(), provider.ConfigureRequest{Config: tfsdk.Config{Raw: block, Schema: schema.Schema}}, &resp)
	for kind, data := range map[string]any{
		"data source": resp.DataSourceData, "resource": resp.ResourceData, "ephemeral resource": resp.EphemeralResourceData,
		"action": resp.ActionData, "list resource": resp.ListResourceData,
	} {
		if d, ok := data.(*providerData); !ok || d.client == nil || !reflect.DeepEqual(data, resp.DataSourceData) {
			t.Errorf("%s: data = %#v, want a client", kind, data)
		}
	}

	// No data, rather than a nil pointer, of a configuration that is not valid.
	resp = provider.ConfigureResponse{}
	block = blockValue(values{"request_timeout": "0s"})
	New("test")().Configure(t.Context(), provider.ConfigureRequest{Config: tfsdk.Config{Raw: block, Schema: schema.Schema}}, &resp)
	if resp.DataSourceData != nil || !resp.Diagnostics.HasError() {
		t.Errorf("data = %#v, diagnostics = %v, want no data and an error", resp.DataSourceData, resp.Diagnostics)
	}
}
