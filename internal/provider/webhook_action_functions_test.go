package provider

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// The functions need no credentials.
func TestWebhookActionFunctions(t *testing.T) {
	codes := make(map[string]knownvalue.Check)
	for i, name := range nexudus.ActionNames() {
		codes[name] = knownvalue.Int64Exact(int64(i + 1))
	}
	output := func(expression string) string { return "output \"test\" {\n  value = " + expression + "\n}\n" }
	want := func(check knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("test", check)}
	}
	// The address under which the test framework offers a provider.
	const anyBlock = "terraform {\n  required_providers {\n    nexudus = {\n      source = \"hashicorp/nexudus\"\n    }\n  }\n}\n"
	returns := func(expression string, check knownvalue.Check) resource.TestStep {
		return resource.TestStep{Config: anyBlock + output(expression), ConfigStateChecks: want(check)}
	}
	fails := func(expression, message string) resource.TestStep {
		// The CLI ends the message with a full stop, and there must be only one.
		return resource.TestStep{Config: anyBlock + output(expression), ExpectError: regexp.MustCompile(screen(message).String() + `([^.]|$)`)}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			returns(`provider::nexudus::webhook_action_name(6)`, knownvalue.StringExact("BookingCreate")),
			returns(`provider::nexudus::webhook_action_name("45")`, knownvalue.StringExact("HelDeskMessageCreated")),
			returns(`provider::nexudus::webhook_action_code("CoworkerPaymentMethodUpdate")`, knownvalue.Int64Exact(90)),
			returns(`provider::nexudus::webhook_action_codes()`, knownvalue.MapExact(codes)),

			fails(`provider::nexudus::webhook_action_name(91)`, `This version of the provider knows the codes 1 to 90 of webhook events; got 91.`),
			fails(`provider::nexudus::webhook_action_name(0)`, `This version of the provider knows the codes 1 to 90 of webhook events; got 0.`),
			fails(`provider::nexudus::webhook_action_name(6.7)`, `The argument must be a whole number from 0 to 9223372036854775807; got 6.7.`),
			fails(`provider::nexudus::webhook_action_name(1e100000)`, `got 1e+100000.`),
			fails(`provider::nexudus::webhook_action_code("HelpDeskMessageCreated")`,
				`No webhook event has the name "HelpDeskMessageCreated"; the closest is "HelDeskMessageCreated".`),
			fails(`provider::nexudus::webhook_action_code("BOOKINGCREATE")`, `the closest is "BookingCreate".`),
			fails(`provider::nexudus::webhook_action_code("member signs up")`,
				`No webhook event has the name "member signs up". The page of the resource nexudus_webhook lists all names.`),
		},
	})
}
