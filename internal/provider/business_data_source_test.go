package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func findBy(argument string) string {
	return fmt.Sprintf("data \"nexudus_business\" \"test\" {\n%s\n}\n", argument)
}

// werksviertel is what the demo's location 5001 looks like in the state.
var werksviertel = map[string]knownvalue.Check{
	"id":                             knownvalue.StringExact("5001"),
	"name":                           knownvalue.StringExact("Werksviertel"),
	"web_address":                    knownvalue.StringExact("werksviertel"),
	"root_location_id":               knownvalue.StringExact("5100"),
	"unique_id":                      knownvalue.NotNull(),
	"suspended":                      knownvalue.Bool(false),
	"currency_code":                  knownvalue.StringExact("EUR"),
	"country_name":                   knownvalue.StringExact("Germany"),
	"space_website_language_culture": knownvalue.StringExact("de-DE"),
	"address":                        knownvalue.StringExact("Atelierstraße 1"),
	"town_city":                      knownvalue.StringExact("München"),
	"state":                          knownvalue.StringExact("Bayern"),
	"postal_code":                    knownvalue.StringExact("81671"),
	"phone":                          knownvalue.StringExact("+49 89 5550101"),
	"email_contact":                  knownvalue.StringExact("hello@werksviertel.example.com"),
	"web_contact":                    knownvalue.StringExact("https://werksviertel.example.com"),
	"latitude":                       knownvalue.Float64Exact(48.1242),
	"longitude":                      knownvalue.Float64Exact(11.6058),
	"tags":                           knownvalue.StringExact("flagship,events"),
	"created_on":                     knownvalue.StringExact("2024-05-02T08:00:00Z"),
	"updated_on":                     knownvalue.StringExact("2024-05-02T08:00:00Z"),
	"system_id":                      knownvalue.StringExact("MUC-1"),
	"to_string_text":                 knownvalue.StringExact("Werksviertel"),
}

// Each way to the location finds the same, without what belongs to the operator.
func TestBusinessDataSource_read(t *testing.T) {
	_, block := startSimulator(t)
	var steps []resource.TestStep
	for _, argument := range []string{`id = 5001`, `name = "Werksviertel"`, `web_address = "werksviertel"`} {
		config := block + findBy(argument) + "\noutput \"all\" {\n  value = data.nexudus_business.test\n}\n"
		steps = append(steps, resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("all", knownvalue.ObjectExact(werksviertel)),
		}})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}

func TestBusinessDataSource_largeID(t *testing.T) {
	server, block := startSimulator(t)
	server.AddBusiness(simulator.Business{ID: 9007199254740993, Name: "Zo\u00eb", RootLocationID: new(int64(9007199254740995))})
	at := tfjsonpath.New[string]
	var steps []resource.TestStep
	for _, argument := range []string{`id = 9007199254740993`, `name = "Zoë"`} {
		steps = append(steps, resource.TestStep{Config: block + findBy(argument), ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.nexudus_business.test", at("id"), knownvalue.StringExact("9007199254740993")),
			statecheck.ExpectKnownValue("data.nexudus_business.test", at("root_location_id"), knownvalue.StringExact("9007199254740995")),
			statecheck.ExpectKnownValue("data.nexudus_business.test", at("web_address"), knownvalue.Null()),
		}})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}

// None or several: the error says which locations there are, at the attribute.
func TestBusinessDataSource_candidates(t *testing.T) {
	server, block := startSimulator(t)
	for range 11 {
		server.AddBusiness(simulator.Business{Name: "Box", WebAddress: new("box")})
	}
	server.AddBusiness(simulator.Business{Name: "a\x1b[31m\u202eb \"c\"\n::error::", WebAddress: new("evil")})
	tests := []struct{ argument, want string }{
		{
			argument: `name = "Meeting Loft"`,
			want: `Several locations match … in data "nexudus_business" "test": … name = "Meeting Loft" … ` +
				`2 locations have the name "Meeting Loft". Select one of them by "id" or "web_address". Candidates (ID, name, web address): ` +
				`- 5003 "Meeting Loft" "meeting-loft-muenchen" - 5004 "Meeting Loft" "meeting-loft-hamburg"`,
		},
		{
			argument: `web_address = "box"`,
			want: `Several locations match … 11 locations have the web address "box". Select one of them by "id". Candidates (ID, name, web address): ` +
				`- 5101 "Box" "box" … - 5110 "Box" "box" - 1 more`,
		},
		{
			argument: `name = "werksvirtel"`,
			want: `Location not found … name = "werksvirtel" … No location has the name "werksvirtel", or the user does not have access to it. ` +
				`Did you mean one of these (ID, name, web address)? - 5001 "Werksviertel" "werksviertel"`,
		},
		{
			argument: `web_address = "Speicherstadt"`,
			want: `Location not found … No location has the web address "Speicherstadt", or the user does not have access to it. ` +
				`Did you mean one of these (ID, name, web address)? - 5002 "Speicherstadt" "speicherstadt"`,
		},
		{
			// Only what is probably a typing error is suggested.
			argument: `name = "Werk"`,
			want: `Location not found … No location has the name "Werk", or the user does not have access to it. ` +
				`The data source nexudus_businesses lists the locations that the user can see.`,
		},
		{
			argument: `web_address = "evil "`,
			want:     `Did you mean one of these (ID, name, web address)? - 5112 "a [31mb \"c\" … "evil"`,
		},
		{
			argument: `id = 42`,
			want: `Location not found … id = 42 … No location has the ID 42, or the user does not have access to it. ` +
				`Check the ID, and that the user has a role with the permission Business-Read. Tried: get location 42; status 404; 1 attempt in`,
		},
	}
	var steps []resource.TestStep
	for _, test := range tests {
		steps = append(steps, resource.TestStep{Config: block + findBy(test.argument), ExpectError: screen(test.want)})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}

// A user who sees nothing is told so.
func TestBusinessDataSource_noneVisible(t *testing.T) {
	server, block := startSimulator(t)
	server.AddUser(simulator.User{Username: "demo@example.com", Password: "demo", Businesses: []int64{}})
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{{
		Config: block + findBy(`name = "Werksviertel"`),
		ExpectError: screen(`Location not found … No location has the name "Werksviertel", or the user does not have access to it. ` +
			`The user cannot see any location: check in Nexudus which ones the user has access to.`),
	}}})
}

// Reading by ID needs one role, and by another argument another.
func TestBusinessDataSource_roles(t *testing.T) {
	server, block := startSimulator(t)
	tests := []struct{ role, argument, want string }{
		{role: "Business-List", argument: `id = 5001`, want: `"API Access" switched on and a role with the permission Business-Read.`},
		{
			role:     "Business-Read",
			argument: `name = "Werksviertel"`,
			want:     `"API Access" switched on and a role with the permission Business-List.`,
		},
	}
	var steps []resource.TestStep
	for _, test := range tests {
		step := resource.TestStep{
			PreConfig: func() {
				server.AddUser(simulator.User{Username: "demo@example.com", Password: "demo", Roles: []string{test.role}})
			},
			Config: block + findBy(test.argument),
		}
		if test.want != "" {
			step.ExpectError = screen("Unauthorized … " + test.want)
		}
		steps = append(steps, step)
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}

// One clear error for each, and nothing is sent.
func TestBusinessDataSource_badArguments(t *testing.T) {
	server, block := startSimulator(t)
	tests := []struct{ argument, want string }{
		{argument: ``, want: `Invalid Attribute Combination … one (and only one) of [id,name,web_address] is required`},
		{
			argument: "id = 5001\nname = \"Werksviertel\"",
			want:     `Invalid Attribute Combination … 2 attributes specified when one (and only one) of [id,name,web_address] is required`,
		},
		{argument: "web_address = \"a\"\nname = \"b\"", want: `Invalid Attribute Combination …`},
		{
			argument: `id = 0`,
			want:     `Invalid "id" … id must be the ID of a location, such as "5001"; got "0". To find the ID by name, use the data source nexudus_business.`,
		},
		{argument: `id = 1.5`, want: `Invalid "id" … got "1.5".`},
	}
	var steps []resource.TestStep
	for _, test := range tests {
		steps = append(steps, resource.TestStep{Config: block + findBy(test.argument), ExpectError: screen(test.want)})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// An argument that is not known before apply is no mistake yet.
func TestBusinessDataSource_unknownArgument(t *testing.T) {
	_, block := startSimulator(t)
	config := block + `
resource "terraform_data" "later" {
  input = "Werksviertel"
}

` + findBy("name = terraform_data.later.output\nid   = terraform_data.later.output == \"\" ? 1 : null")
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{{
		Config: config,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.nexudus_business.test", tfjsonpath.New("id"), knownvalue.StringExact("5001")),
		},
	}}})
}
