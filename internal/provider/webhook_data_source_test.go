package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"nexudus": func() (tfprotov6.ProviderServer, error) { return NewServer("test", os.Getenv("TF_LOG") != "")(), nil },
}

// startSimulator serves the account of the demo without its throttle, and
// returns it with a provider block that reads from it.
func startSimulator(t *testing.T) (server *simulator.Server, provider string) {
	t.Helper()
	server = simulator.Demo()
	server.LimitFactor = -1
	served := httptest.NewServer(server)
	t.Cleanup(served.Close)
	return server, fmt.Sprintf(`
provider "nexudus" {
  base_url                = "%s/api"
  access_token            = "%s"
  max_requests_per_second = 0
}
`, served.URL, server.IssueToken("demo@example.com"))
}

const webhookByID = `
data "nexudus_webhook" "test" {
  id = %d
}
`

func TestWebhookDataSource_read(t *testing.T) {
	server, block := startSimulator(t)
	server.AddWebhook(simulator.Webhook{
		ID: 9007199254740993, BusinessID: 5001, Name: "Zoë \"Türen\"\n🚪", Description: new(""), URL: "https://example.com/opensesame?key=${1}",
		Action: 45, ErrorCount: 11, LastError: new("(410) Gone\n::error::\x1b[31m /opensesame"), LastTrigger: new("2025-01-15T10:30:00"),
		CreatedOn: "0001-01-01T00:00:00", UpdatedOn: "2025-01-15T10:30:00.25+01:00", UniqueID: "e267ee8a-15eb-49d5-a156-bb132fb27d26",
	})
	want := map[string]knownvalue.Check{
		"id":           knownvalue.StringExact("9007199254740993"),
		"business_id":  knownvalue.StringExact("5001"),
		"name":         knownvalue.StringExact("Zoë \"Türen\"\n🚪"),
		"description":  knownvalue.StringExact(""),
		"url":          knownvalue.StringExact("https://example.com/opensesame?key=${1}"),
		"action":       knownvalue.Int64Exact(45),
		"action_name":  knownvalue.StringExact("HelDeskMessageCreated"),
		"active":       knownvalue.Bool(false),
		"last_error":   knownvalue.StringExact("(410) Gone … [31m …"),
		"error_count":  knownvalue.Int64Exact(11),
		"last_trigger": knownvalue.StringExact("2025-01-15T10:30:00Z"),
		"created_on":   knownvalue.Null(),
		"updated_on":   knownvalue.StringExact("2025-01-15T10:30:00.25+01:00"),
		"updated_by":   knownvalue.StringExact("demo@example.com"),
		"unique_id":    knownvalue.StringExact("e267ee8a-15eb-49d5-a156-bb132fb27d26"),
		"system_id":    knownvalue.Null(),
	}
	var checks []statecheck.StateCheck
	for name, check := range want {
		checks = append(checks, statecheck.ExpectKnownValue("data.nexudus_webhook.test", tfjsonpath.New(name), check))
	}
	if len(want) != len(webhookSummaryAttributes())+1 {
		t.Errorf("%d attributes are checked, want all %d", len(want), len(webhookSummaryAttributes())+1)
	}
	// timecmp accepts the date-times.
	checks = append(checks, statecheck.ExpectKnownOutputValue("order", knownvalue.Int64Exact(-1)))
	config := block + fmt.Sprintf(webhookByID, int64(9007199254740993)) + `
output "order" {
  value = timecmp(data.nexudus_webhook.test.updated_on, data.nexudus_webhook.test.last_trigger)
}

output "all" {
  value = data.nexudus_webhook.test
}
`
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config, ConfigStateChecks: checks},
			// A second plan finds nothing to do.
			{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		},
	})
}

// An event that is newer than this provider gets its name from Nexudus, which is
// asked once.
func TestWebhookDataSource_newerAction(t *testing.T) {
	server, block := startSimulator(t)
	server.Actions = map[int64]string{91: "DoorOpened"}
	server.AddWebhook(simulator.Webhook{ID: 500, BusinessID: 1, Name: "new", Action: 91, URL: "https://example.com"})
	server.AddWebhook(simulator.Webhook{ID: 501, BusinessID: 1, Name: "newer", Action: 92, URL: "https://example.com"})
	asked := 0
	server.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/utils/enums") {
			asked++
		}
		return false
	})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: block + fmt.Sprintf(webhookByID, 500) + `
data "nexudus_webhooks" "newer" {
  business_id = 1
}

output "names" {
  value = data.nexudus_webhooks.newer.webhooks[*].action_name
}
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.nexudus_webhook.test", tfjsonpath.New("action_name"),
					knownvalue.StringExact("DoorOpened")),
				statecheck.ExpectKnownOutputValue(
					"names",
					knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("DoorOpened"), knownvalue.Null()}),
				),
			},
			// Each command is a process of its own.
			Check: func(*terraform.State) error {
				if reads := len(server.Requests()) - asked; asked == 0 || asked > reads/2 {
					return fmt.Errorf("asked %d times for the names, beside %d reads", asked, reads)
				}
				return nil
			},
		}},
	})
}

func TestWebhookDataSource_notFound(t *testing.T) {
	_, block := startSimulator(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:      block + fmt.Sprintf(webhookByID, 42),
			ExpectError: regexp.MustCompile(`(?s)Webhook not found.*No webhook has the ID 42, or the user does not have access to it\.`),
		}},
	})
}

// Signing in and HTTP Basic, through a real CLI: the requests show which was used.
func TestProvider_password(t *testing.T) {
	server, _ := startSimulator(t)
	served := httptest.NewServer(server)
	t.Cleanup(served.Close)
	server.AddUser(simulator.User{Username: "b@example.com", Password: `p&a+s%s "wörd`, Roles: []string{"WebHook-Read"}})
	config := func(method string) string {
		return fmt.Sprintf(`
provider "nexudus" {
  base_url                = "%s/api/"
  username                = "b@example.com"
  password                = "p&a+s%%s \"wörd"
  auth_method             = "%s"
  max_requests_per_second = 0
}
`, served.URL, method) + fmt.Sprintf(webhookByID, 101)
	}
	name := []statecheck.StateCheck{
		statecheck.ExpectKnownValue("data.nexudus_webhook.test", tfjsonpath.New("name"), knownvalue.StringExact("Door access")),
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config("bearer"), ConfigStateChecks: name},
			{Config: config("basic"), ConfigStateChecks: name},
		},
	})
	seen := make(map[string]bool)
	for _, r := range server.Requests() {
		if r.Status != http.StatusOK {
			t.Errorf("%s %s was answered with %d", r.Method, r.Path, r.Status)
		}
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		seen[r.Path+" "+scheme] = true
		if r.Path == "/api/token" && r.Header.Get("client_id") == "" {
			t.Error("a sign-in came without client_id")
		}
		agent := r.Header.Get("User-Agent")
		if !strings.HasPrefix(agent, "terraform-provider-nexudus/test (+https://") || !strings.Contains(agent, " Terraform/1.") {
			t.Errorf("User-Agent = %q, want the provider's and the CLI's name", agent)
		}
	}
	for _, want := range []string{"/api/token ", "/api/sys/webhooks/101 Bearer", "/api/sys/webhooks/101 Basic"} {
		if !seen[want] {
			t.Errorf("requests = %v, want %q among them", seen, want)
		}
	}
}

// The live service: needs credentials and NEXUDUS_TEST_WEBHOOK_ID.
func TestAccWebhookDataSource(t *testing.T) {
	id := os.Getenv("NEXUDUS_TEST_WEBHOOK_ID")
	if os.Getenv("TF_ACC") != "" && id == "" {
		t.Fatal("set NEXUDUS_TEST_WEBHOOK_ID to the ID of a webhook that the credentials may read")
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: strings.Replace(webhookByID, "%d", id, 1),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.nexudus_webhook.test", tfjsonpath.New("url"), knownvalue.NotNull()),
				statecheck.ExpectKnownValue("data.nexudus_webhook.test", tfjsonpath.New("action"), knownvalue.NotNull()),
			},
		}},
	})
}
