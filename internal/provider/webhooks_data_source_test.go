package provider

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

func listWebhooks(filters string) string {
	return fmt.Sprintf("data \"nexudus_webhooks\" \"test\" {\n%s\n}\n", filters)
}

func TestWebhooksDataSource_read(t *testing.T) {
	server, block := startSimulator(t)
	server.MaxPageSize = 3
	config := block + listWebhooks("")
	first := map[string]knownvalue.Check{
		"id":           knownvalue.StringExact("101"),
		"business_id":  knownvalue.StringExact("5001"),
		"name":         knownvalue.StringExact("Door access"),
		"url":          knownvalue.Null(),
		"action":       knownvalue.Int64Exact(6),
		"action_name":  knownvalue.StringExact("BookingCreate"),
		"active":       knownvalue.Bool(true),
		"last_error":   knownvalue.Null(),
		"error_count":  knownvalue.Int64Exact(0),
		"last_trigger": knownvalue.StringExact("2026-11-20T16:41:07Z"),
		"created_on":   knownvalue.NotNull(),
		"updated_on":   knownvalue.NotNull(),
		"updated_by":   knownvalue.StringExact("demo@example.com"),
		"unique_id":    knownvalue.NotNull(),
		"system_id":    knownvalue.Null(),
	}
	// A plan shows data only through what is made of it.
	config += "\noutput \"all\" {\n  value = data.nexudus_webhooks.test.webhooks\n}\n"
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config, ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.nexudus_webhooks.test", tfjsonpath.New("webhooks"), knownvalue.ListSizeExact(8)),
				// Exactly these: no description.
				statecheck.ExpectKnownValue("data.nexudus_webhooks.test",
					tfjsonpath.New("webhooks").AtSliceIndex(0), knownvalue.ObjectExact(first)),
				statecheck.ExpectKnownValue("data.nexudus_webhooks.test",
					tfjsonpath.New("webhooks").AtSliceIndex(7).AtMapKey("id"), knownvalue.StringExact("108")),
			}},
			{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		},
	})
}

// TestWebhookListResource covers each filter.
func TestWebhooksDataSource_filters(t *testing.T) {
	_, block := startSimulator(t)
	tests := []struct {
		filters string
		want    []int64
	}{
		{filters: `business_id = 5002`, want: []int64{105, 106, 107, 108}},
		{filters: `action_name = "6"`, want: []int64{101}},
		{filters: `name = "crm"`},
		{filters: "active = false\nmin_error_count = 10\nbusiness_id = 5002", want: []int64{107}},
	}
	var steps []resource.TestStep
	for _, test := range tests {
		ids := make([]knownvalue.Check, len(test.want))
		for i, id := range test.want {
			ids[i] = knownvalue.StringExact(fmt.Sprint(id))
		}
		steps = append(steps, resource.TestStep{
			Config:            block + listWebhooks(test.filters) + "output \"ids\" {\n  value = data.nexudus_webhooks.test.webhooks[*].id\n}\n",
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("ids", knownvalue.TupleExact(ids))},
		})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
}

// screen matches a text as the CLI prints it: broken into lines, in a frame.
// An ellipsis stands for what the CLI adds.
func screen(text string) *regexp.Regexp {
	var parts []string
	for part := range strings.SplitSeq(text, "…") {
		words := strings.Fields(part)
		for i := range words {
			words[i] = regexp.QuoteMeta(words[i])
		}
		parts = append(parts, strings.Join(words, `[\s│|]+`))
	}
	return regexp.MustCompile(`(?s)` + strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ".*"))
}

// TestWebhookResource_validate covers other names.
func TestWebhooksDataSource_unknownEvent(t *testing.T) {
	server, block := startSimulator(t)
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{{
		Config: block + listWebhooks(`action_name = "invoice"`),
		ExpectError: screen(`Unknown webhook event … No webhook event has the name "invoice". ` +
			`Names that contain "invoice": CoworkerInvoiceCreateFirst, CoworkerInvoiceCreate, CoworkerInvoiceDelete, CoworkerInvoiceUpdate, ` +
			`CoworkerInvoiceRefund, CoworkerInvoiceCreditNote, CoworkerInvoicePaid, CoworkerInvoiceFailedPayment, ` +
			`CoworkerInvoiceReceivedPayment, CoworkerInvoiceAwaitingPayment and 3 more.`),
	}}})
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}
