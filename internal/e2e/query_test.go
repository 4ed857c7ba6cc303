package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// queryVariable names a Terraform for the tests of terraform query.
const queryVariable = "TERRAFORM_WITH_QUERY"

// queryCLI returns the path of a Terraform with the command query, or skips the
// test.
func queryCLI(t *testing.T) string {
	t.Helper()
	candidates := []string{os.Getenv(queryVariable), cli}
	if candidates[0] == "" {
		onPath, _ := exec.LookPath("terraform")
		candidates = append(candidates, onPath)
	}
	for _, path := range candidates {
		if path == "" {
			continue
		}
		output, err := exec.CommandContext(t.Context(), path, "version", "-json").Output()
		var version struct {
			Terraform string `json:"terraform_version"`
		}
		if err != nil || json.Unmarshal(output, &version) != nil {
			t.Fatalf("%s version: %v", path, err)
		}
		numbers := regexp.MustCompile(`^(\d+)\.(\d+)\.`).FindStringSubmatch(version.Terraform)
		isTofu, _ := exec.CommandContext(t.Context(), path, "version").Output()
		if numbers == nil || strings.HasPrefix(string(isTofu), "OpenTofu") {
			continue
		}
		if minor, _ := strconv.Atoi(numbers[2]); numbers[1] != "1" || minor >= 14 {
			return path
		}
	}
	t.Skipf("terraform query needs Terraform 1.14 or newer; set %s to its path", queryVariable)
	return ""
}

// TestQuery checks what terraform query prints, and which requests it sends.
func TestQuery(t *testing.T) {
	program := queryCLI(t)
	const all = "list \"nexudus_webhook\" \"all\" {\n  provider = nexudus\n%\n}\n"
	tests := []struct {
		name     string
		block    string // inside of the list block
		args     []string
		prepare  func(*simulator.Server)
		code     int
		want     []string
		results  int
		requests int
	}{
		{
			name: "all", results: 108, requests: 1, block: "  limit = 1000",
			want: []string{
				"list.nexudus_webhook.all id=101 Door access, BookingCreate, location 5001 ",
				"list.nexudus_webhook.all id=108 Floor plan, FloorPlanUpdate, location 5002 ",
			},
		},
		{
			name: "generated configuration", block: "  config {\n    action_name = \"BookingCreate\"\n    name        = \"Door access\"\n  }",
			args: []string{"-generate-config-out=generated.tf"}, results: 1, requests: 2,
		},
		{
			name: "vanished", block: "  limit            = 2\n  include_resource = true", results: 2, requests: 5, // two lists and three reads
			prepare: func(server *simulator.Server) {
				server.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path == "/api/sys/webhooks/101" {
						server.RemoveWebhook(101)
					}
					return false
				})
			},
			want: []string{"Webhook 101 no longer exists", "id=102 Accounting", "id=103 CRM sync"},
		},
		{
			name: "invalid filter", block: "  config {\n    action_name = \"bookingcreate\"\n  }", code: 1,
			want: []string{"Error: Unknown webhook event", `Did you mean "BookingCreate"?`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			for id := range int64(100) {
				server.AddWebhook(
					simulator.Webhook{ID: 1001 + id, BusinessID: 5001, Name: "many", Action: 6, URL: "https://example.com", Active: true},
				)
			}
			if test.prepare != nil {
				test.prepare(server)
			}
			w := newWorkspace(t, requiredProviders, environment...)
			w.cli = program
			query := strings.Replace(all, "%\n", strings.TrimPrefix(test.block+"\n", "\n"), 1)
			writeFile(t, filepath.Join(w.dir, "all.tfquery.hcl"), query)
			output, code := w.run(append([]string{"query"}, test.args...)...)
			if n := strings.Count(output, "list.nexudus_webhook.all id="); code != test.code || n != test.results {
				t.Errorf("exit code %d, %d results, want %d and %d: %s", code, n, test.code, test.results, output)
			}
			for _, want := range test.want {
				if !strings.Contains(output, want) {
					t.Errorf("output = %s\nwant %q in it", output, want)
				}
			}
			if n := len(server.Requests()); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

// The example on the page of the list resource works.
func TestQuery_example(t *testing.T) {
	program := queryCLI(t)
	t.Parallel()
	_, environment := serve(t)
	w := newWorkspace(t, requiredProviders, environment...)
	w.cli = program
	writeFile(t, filepath.Join(w.dir, "dead.tfquery.hcl"), example(t, "list-resources/nexudus_webhook/list-resource.tfquery.hcl"))
	output, code := w.run("query")
	for _, want := range []string{
		"list.nexudus_webhook.switched_off id=103 CRM sync, CoworkerCreate, location 5001",
		"list.nexudus_webhook.switched_off id=107 Invoice archive, CoworkerInvoiceCreate, location 5002",
	} {
		if code != 0 || strings.Count(output, "id=") != 2 || !strings.Contains(output, want) {
			t.Errorf("exit code %d, output = %s\nwant two results, one of them %q", code, output, want)
		}
	}
}

// A CLI without query does not notice the list resource, nor a file for it.
func TestQuery_otherCLI(t *testing.T) {
	t.Parallel()
	_, environment := serve(t)
	w := newWorkspace(t, requiredProviders+"\ndata \"nexudus_webhook\" \"test\" {\n  id = 101\n}\n", environment...)
	query := "list \"nexudus_webhook\" \"all\" {\n  provider = nexudus\n}\n"
	writeFile(t, filepath.Join(w.dir, "all.tfquery.hcl"), query)
	for _, command := range []string{"validate", "plan"} {
		output, code := w.run(command)
		if code != 0 || strings.Contains(output, "list") || strings.Count(output, "Warning:") > 1 { // one is about the development overrides
			t.Errorf("%s: exit code %d, output = %s", command, code, output)
		}
	}
}
