package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func listBusinesses(filters string) string {
	return fmt.Sprintf("data \"nexudus_businesses\" \"test\" {\n%s\n}\n", filters)
}

func TestBusinessesDataSource_read(t *testing.T) {
	server, block := startSimulator(t)
	server.MaxPageSize = 3
	config := block + listBusinesses("") + "\noutput \"all\" {\n  value = data.nexudus_businesses.test.businesses\n}\n"
	at := tfjsonpath.New("businesses").AtSliceIndex
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
		{Config: config, ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.nexudus_businesses.test", tfjsonpath.New("businesses"), knownvalue.ListSizeExact(8)),
			statecheck.ExpectKnownValue("data.nexudus_businesses.test", at(1), knownvalue.ObjectExact(werksviertel)),
			statecheck.ExpectKnownValue("data.nexudus_businesses.test", at(7).AtMapKey("id"), knownvalue.StringExact("5100")),
		}},
		{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
	}})
}

func TestBusinessesDataSource_filters(t *testing.T) {
	_, block := startSimulator(t)
	tests := []struct {
		filters string
		want    []int64
	}{
		{filters: `name = "Meeting Loft"`, want: []int64{5003, 5004}},
		{filters: "root_location_id = 5100\nsuspended = false", want: []int64{5001, 5002, 5006}},
	}
	steps := []resource.TestStep{{
		Config:      block + listBusinesses(`root_location_id = 0`),
		ExpectError: screen(`Invalid "root_location_id" … root_location_id must be the ID of a location, such as "5001"; got "0".`),
	}}
	for _, test := range tests {
		ids := make([]knownvalue.Check, len(test.want))
		for i, id := range test.want {
			ids[i] = knownvalue.StringExact(fmt.Sprint(id))
		}
		steps = append(steps, resource.TestStep{
			Config:            block + listBusinesses(test.filters) + "output \"ids\" {\n  value = data.nexudus_businesses.test.businesses[*].id\n}\n",
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("ids", knownvalue.TupleExact(ids))},
		})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}

func TestBusinessesDataSource_role(t *testing.T) {
	server, block := startSimulator(t)
	server.AddUser(simulator.User{Username: "demo@example.com", Password: "demo", Roles: []string{"Business-Read"}})
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{{
		Config: block + listBusinesses(""),
		ExpectError: screen(
			`Unauthorized … a role with the permission Business-List … Tried: list locations, page 1; status 401; 1 attempt in`,
		),
	}}})
}
