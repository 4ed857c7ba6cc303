package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// One clear error for each, and nothing is sent.
func TestWebhooksDataSource_badFilters(t *testing.T) {
	server, block := startSimulator(t)
	tests := []struct{ filters, want string }{
		{
			filters: `business_id = 0`,
			want:    `Invalid "business_id" … A location's Id must be a whole number of at least 1; got 0. Correct it, or leave this filter out.`,
		},
		{
			filters: `action = 1.5`,
			want:    `Invalid "action" … A webhook's action must be a whole number of at least 0; got 1.5.`,
		},
		{
			filters: `min_error_count = -1`,
			want:    `Invalid "min_error_count" … The number of failed deliveries must be a whole number of at least 0; got -1.`,
		},
		{
			filters: `max_error_count = 1e100000`,
			want: `Invalid "max_error_count" … The number of failed deliveries must be a whole number from 0 to 9223372036854775807; ` +
				`got 1e+100000.`,
		},
		{
			filters: "action = 6\naction_name = \"BookingCreate\"",
			want:    `Two filters for the action … action and action_name both select the event. Keep one of them.`,
		},
		{
			filters: `action_name = "bookingcreate"`,
			want: `Unknown webhook action … This version of the provider knows no webhook action with the name "bookingcreate". ` +
				`The nearest is "BookingCreate"; names are case-sensitive. For an event that is newer than this version of the provider, set action to its code instead.`,
		},
		{
			filters: "min_error_count = 9007199254740993\nmax_error_count = 4",
			want:    `Filters exclude all webhooks … min_error_count must not be greater than max_error_count; got 9007199254740993 and 4.`,
		},
		{
			filters: "min_error_count = 5\nmax_error_count = 4",
			want:    `Filters exclude all webhooks … min_error_count must not be greater than max_error_count; got 5 and 4.`,
		},
	}
	var steps []resource.TestStep
	for _, test := range tests {
		steps = append(steps, resource.TestStep{Config: block + listWebhooks(test.filters), ExpectError: screen(test.want)})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// A module passes on filters of which one turns out to be null.
func TestWebhooksDataSource_unknownFilters(t *testing.T) {
	_, block := startSimulator(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: block + `
variable "action" {
  type    = number
  default = null
}

variable "action_name" {
  type    = string
  default = "BookingCreate"
}

data "nexudus_webhooks" "test" {
  action      = var.action
  action_name = var.action_name
}

output "ids" {
  value = data.nexudus_webhooks.test.webhooks[*].id
}
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("ids", knownvalue.ListExact([]knownvalue.Check{knownvalue.Int64Exact(101)})),
			},
		}},
	})
}
