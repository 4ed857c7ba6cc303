package nexudus

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// newDemo returns the demo's account, and a client of it.
func newDemo(t *testing.T) (*simulator.Server, *Client) {
	t.Helper()
	server := simulator.Demo()
	server.LimitFactor = -1
	token := rest.NewSecret(server.IssueToken(simulator.DemoUsername))
	return server, newTestClient(t, server.ServeHTTP, func(c *rest.Config) { c.Auth = rest.Token{AccessToken: token} })
}

func TestBusiness_nulls(t *testing.T) {
	wantNulls(t, &Business{ID: 42}, func(c *Client) (*Business, error) { return c.Business(t.Context(), 42) })
	server, c := newDemo(t)
	server.ZeroReferences = true
	if got, err := c.Business(t.Context(), 5000); err != nil || got.RootLocationID != nil {
		t.Errorf("location = %+v, %v, want no parent", got, err)
	}
}

func TestBusiness_errors(t *testing.T) {
	c := newTestClient(t, serve(401, "", ""))
	_, err := c.Business(t.Context(), 42)
	wantText(t, err, "get location 42: 401: unauthorized")
	if failure := wantKind(t, err, rest.KindUnauthorized); failure.Permission != "Business-Read" {
		t.Errorf("permission = %s", failure.Permission)
	}
	_, err = c.Businesses(t.Context(), BusinessFilter{})
	wantText(t, err, "list locations, page 1: 401: unauthorized")
	_, c = newDemo(t)
	_, err = c.Business(t.Context(), 42)
	wantText(t, err, "get location 42: 404: not found")
}

// Filters are sent as the API's parameters. They also work if the server ignores them.
func TestBusinesses_filter(t *testing.T) {
	server, c := newDemo(t)
	tests := []struct {
		name, query string
		filter      BusinessFilter
		want        []int64
	}{
		{name: "all", want: []int64{5000, 5001, 5002, 5003, 5004, 5005, 5006, 5100}},
		{name: "name", filter: BusinessFilter{Name: new("Meeting Loft")}, query: "Business_Name=Meeting+Loft", want: []int64{5003, 5004}},
		{name: "no name", filter: BusinessFilter{Name: new("")}, query: "Business_Name=", want: []int64{5006}},
		{name: "web address", filter: BusinessFilter{WebAddress: new("speicherstadt")}, query: "Business_WebAddress=speicherstadt", want: []int64{5002}},
		{name: "parent", filter: BusinessFilter{RootLocationID: new(int64(5100))}, query: "Business_RootLocation=5100", want: []int64{5001, 5002, 5005, 5006}},
		{name: "suspended", filter: BusinessFilter{Suspended: new(true)}, want: []int64{5005}},
		{
			name: "several", filter: BusinessFilter{RootLocationID: new(int64(5100)), Suspended: new(false), Name: new("Speicherstadt")},
			query: "Business_Name=Speicherstadt&Business_RootLocation=5100", want: []int64{5002},
		},
		{name: "none", filter: BusinessFilter{Name: new("werksviertel")}, query: "Business_Name=werksviertel"},
	}
	for _, ignored := range []bool{false, true} {
		server.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
			if query := r.URL.Query(); ignored {
				r.URL.RawQuery = url.Values{"page": query["page"], "size": query["size"]}.Encode()
			}
			return false
		})
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				all, err := c.Businesses(t.Context(), test.filter)
				got := slices.Sorted(maps.Keys(c.businesses.index(all)))
				if err != nil || !slices.Equal(got, test.want) {
					t.Errorf("locations = %v, %v, want %v", got, err, test.want)
				}
				requests := server.Requests()
				wantQuery(t, requests[len(requests)-1].Query, test.query)
			})
		}
	}
}

// A location without the field Suspended is not suspended. Texts are compared in
// one Unicode normal form.
func TestBusinesses_filterTexts(t *testing.T) {
	c := newTestClient(t, serveJSON(200, `{"Records":[{"Id":1,"Name":"Zoe\u0308","WebAddress":"Zoe\u0308"},{"Id":2,"Suspended":true}],"TotalItems":2}`))
	got, err := c.Businesses(t.Context(), BusinessFilter{Suspended: new(false), Name: new("Zo\u00eb"), WebAddress: new("Zo\u00eb")})
	if err != nil || len(got) != 1 || got[0].ID != 1 {
		t.Errorf("%v, %v, want location 1", got, err)
	}
}
