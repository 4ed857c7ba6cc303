package provider

import (
	"io"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

const readMe = `
data "nexudus_current_user" "test" {}

output "all" {
  value = data.nexudus_current_user.test
}
`

// No role is needed. The Ids are in ascending order, whatever the API's.
func TestCurrentUserDataSource_read(t *testing.T) {
	server, block := startSimulator(t)
	server.AddUser(
		simulator.User{Username: "demo@example.com", FullName: "Demo Person", Roles: []string{}, Businesses: []int64{5002, 5001}},
	)
	want := map[string]knownvalue.Check{
		"id":                  knownvalue.StringExact("7001"),
		"full_name":           knownvalue.StringExact("Demo Person"),
		"email":               knownvalue.StringExact("demo@example.com"),
		"default_business_id": knownvalue.StringExact("5002"),
		"business_ids":        knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("5001"), knownvalue.StringExact("5002")}),
		"is_admin":            knownvalue.Bool(false),
		"api_access":          knownvalue.Bool(true),
		"time_zone":           knownvalue.StringExact("Europe/Berlin"),
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
		{Config: block + readMe, ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("all", knownvalue.ObjectExact(want)),
		}},
		{
			Config:           block + readMe,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	}})
}

func TestCurrentUserDataSource_nulls(t *testing.T) {
	server, block := startSimulator(t)
	body := `{"Id":9007199254740993}`
	server.SetHook(func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, body)
		return true
	})
	want := map[string]knownvalue.Check{"id": knownvalue.StringExact("9007199254740993")}
	for _, name := range []string{"full_name", "email", "default_business_id", "business_ids", "is_admin", "api_access", "time_zone"} {
		want[name] = knownvalue.Null()
	}
	empty := map[string]knownvalue.Check{"id": knownvalue.StringExact("1"), "business_ids": knownvalue.ListSizeExact(0)}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
		{Config: block + readMe, ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("all", knownvalue.ObjectExact(want)),
		}},
		{
			PreConfig: func() { body = `{"Id":1,"Businesses":[]}` },
			Config:    block + readMe,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("all", knownvalue.ObjectPartial(empty)),
			},
		},
	}})
}

func TestCurrentUserDataSource_errors(t *testing.T) {
	server, block := startSimulator(t)
	steps := []resource.TestStep{{
		Config: block + readMe,
		ExpectError: screen(`Unauthorized … The credentials come from "access_token" in the provider block. Check that the credentials are valid, and that the user has "API Access" switched on. ` +
			`Tried: get user; status 401; 1 attempt in`),
	}, {
		PreConfig: func() {
			server.SetHook(func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, `"Not found"`)
				return true
			})
		},
		Config: block + readMe,
		ExpectError: screen(`Unexpected response from Nexudus … Nexudus does not have this path (status 404). Expected one user; got a JSON string … ` +
			`Check that "base_url" is the root of the API … Tried: get user at http://127.0.0.1:`),
	}}
	server.RevokeTokens()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}
