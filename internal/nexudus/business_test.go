package nexudus

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// newDemoClient returns a client of the demo's account, whose locations these
// tests read.
func newDemoClient(t *testing.T) (*simulator.Server, *Client) {
	t.Helper()
	server := simulator.Demo()
	server.LimitFactor = -1
	token := server.IssueToken("demo@example.com")
	return server, newTestClient(t, server.ServeHTTP, func(c *Config) { c.Auth, c.MaxRequestsPerSecond = Token{NewSecret(token)}, 0 })
}

func TestClient_business(t *testing.T) {
	var got *http.Request
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		// The fields of https://developers.nexudus.com/rest-api/sys/get-businesses-by-id.
		serveJSON(200, `{"Id":9007199254740993,"Name":"Werksviertel","WebAddress":"werksviertel","RootLocationId":9007199254740995,
			"UniqueId":"e267ee8a-15eb-49d5-a156-bb132fb27d26","Suspended":false,"CurrencyCode":"EUR","CountryName":"Germany",
			"SpaceWebsiteLanguageCulture":"de-DE","SimpleTimeZoneId":2004,"Address":"Atelierstraße 1","TownCity":"München","State":"Bayern",
			"PostalCode":"81671","Phone":"+49 89 5550101","EmailContact":"a@example.com","WebContact":"https://example.com","Latitude":48.1242,
			"Longitude":-11.6058,"Tags":"flagship,events","CreatedOn":"2024-05-02T08:00:00Z","UpdatedOn":"2025-01-15T10:30:00.25",
			"SystemId":"MUC-1","ToStringText":"Werksviertel","Last4Digits":4242,"PreAuthAmount":12.5,"WelcomeEmail":{"secret":true}}`)(w, r)
	})
	business, err := c.Business(t.Context(), 9007199254740993)
	want := &Business{
		ID: 9007199254740993, Name: new("Werksviertel"), WebAddress: new("werksviertel"), RootLocationID: new(int64(9007199254740995)),
		UniqueID: new("e267ee8a-15eb-49d5-a156-bb132fb27d26"), Suspended: new(false), CurrencyCode: new("EUR"), CountryName: new("Germany"),
		SpaceWebsiteLanguageCulture: new("de-DE"), Address: new("Atelierstraße 1"), TownCity: new("München"), State: new("Bayern"),
		PostalCode: new("81671"), Phone: new("+49 89 5550101"), EmailContact: new("a@example.com"), WebContact: new("https://example.com"),
		Latitude: new(48.1242), Longitude: new(-11.6058), Tags: new("flagship,events"), CreatedOn: new("2024-05-02T08:00:00Z"),
		UpdatedOn: new("2025-01-15T10:30:00.25"), SystemID: new("MUC-1"), ToStringText: new("Werksviertel"),
	}
	if err != nil || !reflect.DeepEqual(business, want) {
		t.Errorf("business = %+v, %v\nwant       %+v", business, err, want)
	}
	if got.Method != http.MethodGet || got.URL.String() != "https://nexudus.test/api/sys/businesses/9007199254740993" {
		t.Errorf("request = %s %s, want GET of the record", got.Method, got.URL)
	}
}

func TestClient_businessNulls(t *testing.T) {
	fields := reflect.TypeFor[Business]()
	nulls := `{"Id":42`
	for i := range fields.NumField() {
		if name := fields.Field(i).Tag.Get("json"); name != "Id" {
			nulls += `,"` + name + `":null`
		}
	}
	for _, body := range []string{`{"Id":42}`, nulls + "}"} {
		business, err := newTestClient(t, serveJSON(200, body)).Business(t.Context(), 42)
		if err != nil || !reflect.DeepEqual(business, &Business{ID: 42}) {
			t.Errorf("business = %+v, %v, want only the Id", business, err)
		}
	}
}

func TestClient_businessErrors(t *testing.T) {
	tests := []struct {
		name     string
		handler  http.HandlerFunc
		one, all string
	}{
		{
			name:    "role",
			handler: serve(401, "", ""),
			one:     "get location 42: 401: unauthorized",
			all:     "list locations, page 1: 401: unauthorized",
		},
		{
			name:    "latitude",
			handler: serveJSON(200, `{"Id":42,"Latitude":"48.1","Records":[{"Id":42,"Latitude":"48.1"}]}`),
			one:     "get location 42: 200: unexpected response: the field Latitude with a JSON string instead of the JSON type float64",
			all:     "list locations, page 1: 200: unexpected response: the field Latitude with a JSON string instead of the JSON type float64",
		},
		{
			name:    "absent",
			handler: serveJSON(404, `"Not found"`),
			one:     "get location 42: 404: not found",
			all:     "list locations, page 1: 404: unexpected response: a JSON string (application/json, 11 bytes)",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newTestClient(t, test.handler)
			if _, err := c.Business(t.Context(), 42); err == nil || err.Error() != test.one {
				t.Errorf("one: error = %v\nwant         %s", err, test.one)
			}
			if _, err := c.Businesses(t.Context(), BusinessFilter{}); err == nil || err.Error() != test.all {
				t.Errorf("all: error = %v\nwant         %s", err, test.all)
			}
		})
	}
}

// Filters are sent as the API's parameters. They also work if the server ignores them,
// or if it looks for texts that contain the wanted one.
func TestClient_businesses(t *testing.T) {
	server, c := newDemoClient(t)
	server.MaxPageSize = 3
	tests := []struct {
		name   string
		filter BusinessFilter
		query  string
		want   []int64
	}{
		{name: "all", want: []int64{5000, 5001, 5002, 5003, 5004, 5005, 5006, 5100}},
		{name: "name", filter: BusinessFilter{Name: new("Meeting Loft")}, query: "Business_Name=Meeting+Loft", want: []int64{5003, 5004}},
		{
			name:   "part of a name",
			filter: BusinessFilter{Name: new("Example Spaces")},
			query:  "Business_Name=Example+Spaces",
			want:   []int64{5000},
		},
		{name: "no name", filter: BusinessFilter{Name: new("")}, query: "Business_Name=", want: []int64{5006}},
		{
			name:   "web address",
			filter: BusinessFilter{WebAddress: new("speicherstadt")},
			query:  "Business_WebAddress=speicherstadt",
			want:   []int64{5002},
		},
		{
			name:   "parent",
			filter: BusinessFilter{RootLocationID: new(int64(5100))},
			query:  "Business_RootLocation=5100",
			want:   []int64{5001, 5002, 5005, 5006},
		},
		{name: "suspended", filter: BusinessFilter{Suspended: new(true)}, want: []int64{5005}},
		{name: "several", filter: BusinessFilter{RootLocationID: new(int64(5100)), Suspended: new(false), Name: new("Speicherstadt")},
			query: "Business_Name=Speicherstadt&Business_RootLocation=5100", want: []int64{5002}},
		{name: "none", filter: BusinessFilter{Name: new("werksviertel")}, query: "Business_Name=werksviertel"},
	}
	for _, ignored := range []bool{false, true} {
		server.SetHook(nil)
		if ignored {
			server.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
				query := r.URL.Query()
				r.URL.RawQuery = url.Values{"page": query["page"], "size": query["size"]}.Encode()
				return false
			})
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				before := len(server.Requests())
				got, err := c.Businesses(t.Context(), test.filter)
				var ids []int64
				for _, business := range got {
					ids = append(ids, business.ID)
				}
				if err != nil || !slices.Equal(ids, test.want) {
					t.Errorf("Ids = %v, %v, want %v", ids, err, test.want)
				}
				sent, _ := url.ParseQuery(server.Requests()[before].Query)
				want, _ := url.ParseQuery(test.query + "&orderBy=Id&page=1&size=1000")
				if !reflect.DeepEqual(sent, want) {
					t.Errorf("query = %v, want %v", sent, want)
				}
			})
		}
	}
}

// A location without the field Suspended is not suspended. Texts are compared in
// one Unicode normal form.
func TestClient_businessesMatch(t *testing.T) {
	c := newTestClient(
		t,
		serveJSON(200, `{"Records":[{"Id":1,"Name":"Zoe\u0308","WebAddress":"Zoe\u0308"},{"Id":2,"Suspended":true}],"TotalItems":2}`),
	)
	for name, filter := range map[string]BusinessFilter{
		"not suspended": {Suspended: new(false)},
		"name":          {Name: new("Zo\u00eb")},
		"web address":   {WebAddress: new("Zo\u00eb")},
	} {
		got, err := c.Businesses(t.Context(), filter)
		if err != nil || len(got) != 1 || got[0].ID != 1 {
			t.Errorf("%s: %v, %v, want location 1", name, got, err)
		}
	}
}

// Any 404 to a list is about the address; only one to a record can mean that the
// record does not exist.
func TestClient_notFoundWithoutID(t *testing.T) {
	c := newTestClient(t, serveJSON(404, `"Not found"`))
	_, list := c.Businesses(t.Context(), BusinessFilter{})
	_, user := c.CurrentUser(t.Context())
	_, one := c.Business(t.Context(), 42)
	if IsNotFound(list) || IsNotFound(user) || !IsNotFound(one) {
		t.Errorf("not found: list %v, user %v, record %v; want only the record", IsNotFound(list), IsNotFound(user), IsNotFound(one))
	}
}

// Locations behave like all records: equal reads in flight are one request,
// throttled ones wait, and failures are retried.
func TestClient_businessFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newDemoClient(t)
		var faults atomic.Int32
		server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
			time.Sleep(time.Second)
			switch faults.Add(1) {
			case 1:
				serve(409, "", "")(w, r)
			case 2:
				serve(503, "", "")(w, r)
			case 3:
				reset(w, r)
			default:
				return false
			}
			return true
		})
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if got, err := c.Businesses(t.Context(), BusinessFilter{Name: new("Werksviertel")}); err != nil || len(got) != 1 {
					t.Errorf("%d locations, %v, want one", len(got), err)
				}
			})
		}
		group.Wait()
		if n := faults.Load(); n != 4 {
			t.Errorf("%d requests, want 4", n)
		}
	})
}
