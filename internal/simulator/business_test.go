package simulator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// business holds what tests read of a location. It is separate from the simulator's own
// type, so that a wrong name shows.
type business struct {
	ID           int64 `json:"Id"`
	Last4Digits  string
	WelcomeEmail string
}

func TestBusiness_get(t *testing.T) {
	_, c := newAccount(t)
	got := decode[map[string]any](t, c.want(200, "GET", "/api/sys/businesses/5001", ""))
	for _, name := range []string{
		"Id", "Name", "WebAddress", "RootLocationId", "UniqueId", "Suspended", "CurrencyCode", "CountryName", "SpaceWebsiteLanguageCulture",
		"Address", "TownCity", "State", "PostalCode", "Phone", "EmailContact", "WebContact", "Latitude", "Longitude", "Tags",
		"CreatedOn", "UpdatedOn", "SystemId", "ToStringText", "SimpleTimeZoneId", "Last4Digits", "WelcomeEmail",
	} {
		if got[name] == nil {
			t.Errorf("%s is missing or null", name)
		}
	}
	if got["Name"] != "Werksviertel" || got["TownCity"] != "München" {
		t.Errorf("location = %v", got)
	}
	c.want(404, "GET", "/api/sys/businesses/1", "")
}

func TestBusiness_search(t *testing.T) {
	server, c := newAccount(t)
	all := []int64{5000, 5001, 5002, 5003, 5004, 5005, 5006, 5100}
	unique := decode[struct{ UniqueID string }](t, c.want(200, "GET", "/api/sys/businesses/5002", "")).UniqueID
	for _, test := range []struct {
		query string
		want  []int64
	}{
		{query: "", want: all},
		{query: "Business_Nothing=1", want: all}, // not known, so ignored
		{query: "Business_Suspended=true", want: []int64{5005}},
		{query: "Business_Name=Meeting+Loft", want: []int64{5003, 5004}},
		{query: "Business_WebAddress=werksviertel", want: []int64{5001}},
		{query: "Business_RootLocation=5001", want: []int64{5003}},
		{query: "Business_SystemId=MUC-1", want: []int64{5001}},
		{query: "Business_TownCity=Hamburg", want: []int64{5002, 5004}},
		{query: "Business_PostalCode=20457", want: []int64{5002}},
		{query: "Business_Latitude=53.5438", want: []int64{5002}},
		{query: "Business_Tags=flagship,events", want: []int64{5001}},
		{query: "Business_Currency_Code=USD", want: nil},
		{query: "Business_Country_Name=Germany", want: all},
		{query: "Business_SpaceWebsiteLanguage_Culture=de-DE", want: all},
		{query: "Business_SimpleTimeZone=1", want: nil},
		{query: "from_Business_UpdatedOn=2024-05-02T08:00:01Z", want: nil},
		{query: "to_Business_CreatedOn=2024-05-02T08:00", want: all},
		{query: "Id=5002", want: []int64{5002}},
		{query: "UniqueId=" + unique, want: []int64{5002}},
		{query: "orderBy=Name&size=3", want: []int64{5006, 5005, 5000}},
	} {
		t.Run(test.query, func(t *testing.T) {
			got := decode[struct{ Records []business }](t, c.want(200, "GET", "/api/sys/businesses?"+test.query, ""))
			var ids []int64
			for _, b := range got.Records {
				ids = append(ids, b.ID)
				if b.Last4Digits == "" || b.WelcomeEmail == "" {
					t.Errorf("location %d is listed without what a client must not show", b.ID)
				}
			}
			if !slices.Equal(ids, test.want) {
				t.Errorf("Ids = %v, want %v", ids, test.want)
			}
		})
	}

	// Documented: a user gets the locations that it may see.
	server.AddUser(simulator.User{Username: "u", Password: "p", Businesses: []int64{5002, 5004}})
	one := newClient(t, server, basic("u", "p"))
	got := decode[struct{ Records []business }](t, one.want(200, "GET", "/api/sys/businesses", ""))
	if len(got.Records) != 2 || got.Records[0].ID != 5002 || got.Records[1].ID != 5004 {
		t.Errorf("locations of a user of two = %+v", got.Records)
	}
	one.want(404, "GET", "/api/sys/businesses/5001", "")
	if got := decode[[]business](t, one.want(200, "GET", "/api/sys/businesses/?id=[5001,5004]", "")); len(got) != 1 || got[0].ID != 5004 {
		t.Errorf("several = %+v", got)
	}
}

// Locations can only be read, each way with its role.
func TestBusiness_roles(t *testing.T) {
	server, c := newAccount(t)
	for _, role := range []string{"Business-Read", "Business-List", "WebHook-Read"} {
		server.AddUser(simulator.User{Username: role, Password: "p", Roles: []string{role}})
		user := newClient(t, server, basic(role, "p"))
		status := func(needed string) int {
			if role == needed {
				return 200
			}
			return 401
		}
		user.want(status("Business-Read"), "GET", "/api/sys/businesses/5001", "")
		user.want(status("Business-Read"), "GET", "/api/sys/businesses/?id=[5001]", "")
		user.want(status("Business-List"), "GET", "/api/sys/businesses", "")
	}
	c.want(405, "POST", "/api/sys/businesses", "{}")
	c.want(405, "PUT", "/api/sys/businesses", "{}")
	c.want(405, "DELETE", "/api/sys/businesses/5001", "")
	c.want(200, "GET", "/api/sys/businesses/5001", "")
}

// Older responses show 0 for a reference that is not set.
func TestBusiness_zeroReferences(t *testing.T) {
	server, c := newAccount(t)
	server.ZeroReferences = true
	server.AddBusiness(simulator.Business{ID: 9, Name: "Alone"})
	for _, target := range []string{"/api/sys/businesses/9", "/api/sys/businesses?Id=9", "/api/sys/businesses?id=[9]"} {
		got := c.want(200, "GET", target, "").Body.String()
		for _, want := range []string{`"RootLocationId":0,`, `"SimpleTimeZoneId":0,`, `"WebAddress":null`, `"SystemId":null`} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s in it", target, got, want)
			}
		}
	}
	if got := c.want(200, "GET", "/api/sys/businesses/5001", "").Body.String(); !strings.Contains(got, `"RootLocationId":5100,`) {
		t.Errorf("location with a parent = %s", got)
	}

	empty := &simulator.Server{ZeroReferences: true}
	empty.AddUser(simulator.User{Username: "u", Password: "p"})
	got := newClient(t, empty, basic("u", "p")).want(200, "GET", "/api/auth/me", "").Body.String()
	if !strings.Contains(got, `"DefaultBusinessId":0,`) {
		t.Errorf("user without a location = %s", got)
	}
}

func TestBusiness_add(t *testing.T) {
	server, c := newAccount(t)
	id := server.AddBusiness(simulator.Business{
		Name: "New", Extra: map[string]json.RawMessage{"PreAuthAmount": json.RawMessage("9007199254740993")},
	})
	got := decode[map[string]json.RawMessage](t, c.want(200, "GET", fmt.Sprint("/api/sys/businesses/", id), ""))
	if id != 5101 || string(got["ToStringText"]) != `"New"` || string(got["WebAddress"]) != "null" ||
		string(got["PreAuthAmount"]) != "9007199254740993" {
		t.Errorf("added %d: %s", id, got)
	}
}
