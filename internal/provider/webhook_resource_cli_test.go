package provider

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

const managed = "nexudus_webhook.test"

// manage returns the configuration of a webhook with these attributes.
func manage(attributes ...string) string {
	return "\nresource \"nexudus_webhook\" \"test\" {\n  " + strings.Join(attributes, "\n  ") + "\n}\n"
}

func has(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(managed, tfjsonpath.New(attribute), value)
}

func plans(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(managed, action), updatesAreKnown{}}}
}

// updatesAreKnown checks that no update has values that are known only after
// apply.
type updatesAreKnown struct{}

func (updatesAreKnown) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		after, _ := change.Change.AfterUnknown.(map[string]any)
		if change.Type == "nexudus_webhook" && change.Change.Actions.Update() && len(after) > 0 {
			resp.Error = fmt.Errorf("known only after apply: %v", after)
		}
	}
}

// noneLeft checks that only the webhooks of the demo are left.
func noneLeft(server *simulator.Server) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if n := len(server.Webhooks()); n != 8 {
			return fmt.Errorf("%d webhooks are left, want the 8 that were there before", n)
		}
		return nil
	}
}

// One step for each thing that people do. After each, the testing framework
// checks that a second plan is empty.
func TestWebhookResource_life(t *testing.T) {
	server, block := startSimulator(t)
	const location, name, address, event = `business_id = 5001`, `name = "orders"`, `url = "https://example.com/hook?key=1"`, `action_name = "BookingCreate"`
	const update, renamed, elsewhere = `action_name = "BookingUpdate"`, `name = "Zoë's orders"`, `url = "http://example.com/2"`
	same, other := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesDiffer())
	id := tfjsonpath.New("id")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		CheckDestroy:             noneLeft(server),
		Steps: []resource.TestStep{
			{
				Config: block + manage(location, name, address, event), ConfigPlanChecks: plans(plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{
					has("id", knownvalue.StringExact("109")), has("business_id", knownvalue.StringExact("5001")),
					has("name", knownvalue.StringExact("orders")), has("description", knownvalue.Null()),
					has("url", knownvalue.StringExact("https://example.com/hook?key=1")), has("action", knownvalue.Int64Exact(6)),
					has("action_name", knownvalue.StringExact("BookingCreate")), has("active", knownvalue.Bool(true)),
					has("unique_id", knownvalue.NotNull()), has("created_on", knownvalue.NotNull()), same.AddStateValue(managed, id),
				},
			},
			{
				Config:           block + manage(location, renamed, elsewhere, update, `description = "text"`, `active = false`),
				ConfigPlanChecks: plans(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					has("name", knownvalue.StringExact("Zoë's orders")), has("action", knownvalue.Int64Exact(7)),
					has("action_name", knownvalue.StringExact("BookingUpdate")), has("active", knownvalue.Bool(false)),
					same.AddStateValue(managed, id), other.AddStateValue(managed, id),
				},
			},
			{ImportState: true, ResourceName: managed, ImportStateVerify: true},
			{ImportState: true, ResourceName: managed, ImportStateKind: resource.ImportBlockWithID},
			{
				Config:            block + manage(`business_id = 5002`, renamed, elsewhere, update),
				ConfigPlanChecks:  plans(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{has("business_id", knownvalue.StringExact("5002")), other.AddStateValue(managed, id)},
			},
		},
	})
}

// Every attribute may be known only after apply.
func TestWebhookResource_knownAfterApply(t *testing.T) {
	server, block := startSimulator(t)
	config := func(name, actionName string) string {
		return block + fmt.Sprintf(`
resource "terraform_data" "location" {
  input = 5001
}

resource "terraform_data" "later" {
  input = {
    name        = %q
    description = "text"
    url         = "https://example.com/%[1]s"
    action_name = %q
    active      = true
  }
}

locals {
  later = terraform_data.later.output
}

resource "nexudus_webhook" "test" {
  business_id = terraform_data.location.output
  name        = local.later.name
  description = local.later.description
  url         = local.later.url
  action_name = local.later.action_name
  active      = local.later.active
}
`, name, actionName)
	}
	checks := func(action int64, actionName string) (all []statecheck.StateCheck) {
		for _, name := range []string{"test"} {
			all = append(all,
				statecheck.ExpectKnownValue("nexudus_webhook."+name, tfjsonpath.New("action"), knownvalue.Int64Exact(action)),
				statecheck.ExpectKnownValue("nexudus_webhook."+name, tfjsonpath.New("action_name"), knownvalue.StringExact(actionName)))
		}
		return all
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		CheckDestroy:             noneLeft(server),
		Steps: []resource.TestStep{
			{
				Config: config("first", "BookingCreate"), ConfigStateChecks: checks(6, "BookingCreate"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectUnknownValue("nexudus_webhook.test", tfjsonpath.New("action")),
				}},
			},
			{
				Config:            config("second", "BookingUpdate"),
				ConfigStateChecks: append(checks(7, "BookingUpdate"), has("name", knownvalue.StringExact("second"))),
			},
			{Config: config("third", "BookingCreat"), ExpectError: screen(`Unknown webhook event … Did you mean "BookingCreate"?`)},
		},
	})
}

// The testing framework imports by identity with Terraform 1.12 or newer only. The
// examples are applied with OpenTofu too.
func TestWebhookResource_importIdentity(t *testing.T) {
	if strings.HasPrefix(filepath.Base(os.Getenv("TF_ACC_TERRAFORM_PATH")), "tofu") {
		t.Skip("the testing framework imports by identity with Terraform only")
	}
	_, block := startSimulator(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: block + manage(`business_id = 5001`, `name = "orders"`, `url = "https://example.com"`, `action_name = "91"`),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity(managed, map[string]knownvalue.Check{"id": knownvalue.StringExact("109")}),
				},
			},
			{ImportState: true, ResourceName: managed, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// The live service: needs credentials and NEXUDUS_TEST_BUSINESS_ID. The webhook
// never fires: it is paused, and its address cannot exist.
func TestAccWebhookResource(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs with make testacc only")
	}
	location := os.Getenv("NEXUDUS_TEST_BUSINESS_ID")
	if location == "" {
		t.Skip("writes nothing: set NEXUDUS_TEST_BUSINESS_ID to the ID of a location in which it may create and delete a webhook")
	}
	name := "terraform-provider-nexudus test " + time.Now().UTC().Format("2006-01-02 15:04:05.000000")
	host := fmt.Sprintf("https://terraform-provider-nexudus-%d.invalid/", time.Now().UnixNano())
	t.Logf("creates a paused webhook with the name %q and the address %s in the location %s, updates it, imports it and deletes it; "+
		"if this is interrupted, delete that webhook by hand", name, host, location)

	in, paused := "business_id = "+location, "active = false"
	before := manage(in, fmt.Sprintf("name = %q", name), fmt.Sprintf("url = %q", host+"1"), `action_name = "None"`, paused)
	after := manage(in, fmt.Sprintf("name = %q", name+" ü"), fmt.Sprintf("url = %q", host+"2?a=b&c"), `action_name = "6"`, paused,
		`description = "text"`)
	same := statecheck.CompareValue(compare.ValuesSame())
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: before, ConfigPlanChecks: plans(plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{
					has("id", knownvalue.NotNull()), has("unique_id", knownvalue.NotNull()), has("created_on", knownvalue.NotNull()),
					has("action", knownvalue.Int64Exact(1)), same.AddStateValue(managed, tfjsonpath.New("id")),
				},
			},
			{
				Config: after, ConfigPlanChecks: plans(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					has("action", knownvalue.Int64Exact(6)), has("description", knownvalue.StringExact("text")),
					has("name", knownvalue.StringExact(name+" ü")), same.AddStateValue(managed, tfjsonpath.New("id")),
				},
			},
			{ImportState: true, ResourceName: managed, ImportStateVerify: true},
			{Config: after, Destroy: true},
			{
				Config: fmt.Sprintf(
					"data \"nexudus_webhooks\" \"left\" {\n  business_id = %s\n  name        = %q\n}\n",
					location,
					name+" ü",
				),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("data.nexudus_webhooks.left", tfjsonpath.New("webhooks"), knownvalue.ListSizeExact(0)),
				},
			},
		},
	})
}
