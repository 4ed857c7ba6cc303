package simulator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// business holds what tests read of a location. It is separate from the simulator's own
// type, so that a wrong name shows.
type business struct {
	ID             int64 `json:"Id"`
	Name           string
	ToStringText   string
	RootLocationID *int64 `json:"RootLocationId"`
	Suspended      bool
	Last4Digits    string
	WelcomeEmail   string
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
		{query: "Business_Suspended=true", want: all}, // not known, so ignored
		{query: "Business_Name=Meeting+Loft", want: []int64{5003, 5004}},
		{query: "Business_WebAddress=werksviertel", want: []int64{5001}},
		{query: "Business_RootLocation=5001", want: []int64{5003}},
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
	c.want(404, "POST", "/api/sys/businesses", "{}")
	c.want(404, "PUT", "/api/sys/businesses", "{}")
	c.want(404, "DELETE", "/api/sys/businesses/5001", "")
	c.want(200, "GET", "/api/sys/businesses/5001", "")
}

// What the demo's locations have to show.
func TestBusiness_demo(t *testing.T) {
	server, c := newAccount(t)
	all := decode[struct{ Records []business }](t, c.want(200, "GET", "/api/sys/businesses", "")).Records
	parents := make(map[int64]*int64)
	names := make(map[string]int)
	roots, suspended, nameless := 0, 0, 0
	for _, b := range all {
		parents[b.ID] = b.RootLocationID
		names[b.Name]++
		switch {
		case b.RootLocationID == nil:
			roots++
		case b.Suspended:
			suspended++
		case b.Name == "" && b.ToStringText != "":
			nameless++
		}
	}
	levels := 1
	for parent := parents[5003]; parent != nil; parent = parents[*parent] {
		levels++
	}
	if roots != 1 || suspended != 1 || nameless != 1 || names["Meeting Loft"] != 2 || levels != 4 {
		t.Errorf("%d roots, %d suspended, %d without a name, %d levels; names %v", roots, suspended, nameless, levels, names)
	}
	for _, w := range server.Webhooks() {
		if _, ok := parents[w.BusinessID]; !ok {
			t.Errorf("webhook %d belongs to location %d, which is not there", w.ID, w.BusinessID)
		}
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
