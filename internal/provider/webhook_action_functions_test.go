package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// Row E2: the functions need no credentials.
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
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: anyBlock + output(`provider::nexudus::webhook_action_name(6)`), ConfigStateChecks: want(knownvalue.StringExact("BookingCreate"))},
			{Config: anyBlock + output(`provider::nexudus::webhook_action_name("45")`), ConfigStateChecks: want(knownvalue.StringExact("HelDeskMessageCreated"))},
			{Config: anyBlock + output(`provider::nexudus::webhook_action_code("CoworkerPaymentMethodUpdate")`), ConfigStateChecks: want(knownvalue.Int64Exact(90))},
			{Config: anyBlock + output(`provider::nexudus::webhook_action_codes()`), ConfigStateChecks: want(knownvalue.MapExact(codes))},

			{Config: anyBlock + output(`provider::nexudus::webhook_action_name(91)`),
				ExpectError: screen(`91 is no webhook action that this version of the provider knows. They are whole numbers from 1 to 90; the nearest is 90, CoworkerPaymentMethodUpdate.`)},
			{Config: anyBlock + output(`provider::nexudus::webhook_action_name(-1e30)`),
				ExpectError: screen(`-1000000000000000000000000000000 is no webhook action that this version of the provider knows. They are whole numbers from 1 to 90; the nearest is 1, None.`)},
			{Config: anyBlock + output(`provider::nexudus::webhook_action_name(6.7)`),
				ExpectError: screen(`6.7 is no webhook action that this version of the provider knows. They are whole numbers from 1 to 90; the nearest is 7, BookingUpdate.`)},
			{Config: anyBlock + output(`provider::nexudus::webhook_action_code("HelpDeskMessageCreated")`),
				ExpectError: screen(`"HelpDeskMessageCreated" is no webhook action that this version of the provider knows. The nearest is "HelDeskMessageCreated". Names are exact, capitals included.`)},
			{Config: anyBlock + output(`provider::nexudus::webhook_action_code("BOOKINGCREATE")`),
				ExpectError: screen(`"BOOKINGCREATE" is no webhook action that this version of the provider knows. The nearest is "BookingCreate".`)},
		},
	})
}
