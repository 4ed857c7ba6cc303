package provider

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// Each kind that the framework knows receives the same data.
func TestProvider_dataForAllKinds(t *testing.T) {
	p := New("test")()
	block := blockValue(values{"access_token": "t", "base_url": "https://nexudus.test/api"})
	var schema provider.SchemaResponse
	p.Schema(t.Context(), provider.SchemaRequest{}, &schema)
	var resp provider.ConfigureResponse
	p.Configure(t.Context(), provider.ConfigureRequest{Config: tfsdk.Config{Raw: block, Schema: schema.Schema}}, &resp)
	for kind, data := range map[string]any{
		"data source": resp.DataSourceData, "resource": resp.ResourceData, "list resource": resp.ListResourceData,
	} {
		if d, ok := data.(*providerData); !ok || d.client == nil || !reflect.DeepEqual(data, resp.DataSourceData) {
			t.Errorf("%s: data = %#v, want a client", kind, data)
		}
	}

	// An invalid configuration provides no data, not even a nil pointer.
	resp = provider.ConfigureResponse{}
	block = blockValue(values{"request_timeout": "0s"})
	New("test")().Configure(t.Context(), provider.ConfigureRequest{Config: tfsdk.Config{Raw: block, Schema: schema.Schema}}, &resp)
	if resp.DataSourceData != nil || !resp.Diagnostics.HasError() {
		t.Errorf("data = %#v, diagnostics = %v, want no data and an error", resp.DataSourceData, resp.Diagnostics)
	}
}

// A run that waits long for rate limits says so, once.
func TestProviderData_warnOfWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			name     string
			asked    string
			warnings int
		}{
			{name: "short", asked: "9"},
			{name: "long", asked: "12", warnings: 1},
		} {
			data := throttledData(t, test.asked, `{"Id":1}`)
			var diags diag.Diagnostics
			for range 3 {
				if _, err := data.client.Webhook(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
				data.warnOfWaits(&diags)
			}
			if len(diags) != test.warnings || diags.HasError() {
				t.Errorf("%s: diagnostics = %v, want %d warnings", test.name, diags, test.warnings)
			}
			if len(diags) > 0 && !strings.HasPrefix(diags[0].Detail(), "Nexudus has made this run wait for 12s so far, usually because of too many requests with these credentials. This is not specific to the object above.") {
				t.Errorf("%s: detail = %s", test.name, diags[0].Detail())
			}
		}
	})
}

// throttledData is the data of a provider whose first request is asked to wait; the
// others are answered with a body.
func throttledData(t *testing.T, asked, body string) *providerData {
	t.Helper()
	base, err := rest.ParseBaseURL("https://nexudus.test/api")
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	return &providerData{client: nexudus.New(rest.Config{
		BaseURL: base, Auth: rest.Token{AccessToken: rest.NewSecret("t")},
		Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			recorder := httptest.NewRecorder()
			if requests++; requests == 1 {
				recorder.Header().Set("Retry-After", asked)
				recorder.WriteHeader(http.StatusConflict)
			} else {
				_, _ = recorder.WriteString(body)
			}
			return recorder.Result(), nil
		}),
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
