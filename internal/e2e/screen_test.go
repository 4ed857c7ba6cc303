// Package e2e starts the built provider with a real CLI, as a user does, and
// tests what the user sees.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// root is the repository. TestMain does not change to it: go test would then
// lose track of the files that the tests use, and report stale results from its cache.
const root = "../.."

var (
	cli       string // path of terraform or tofu
	cliConfig string // lets the CLI find the built provider
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	cli = os.Getenv("TF_ACC_TERRAFORM_PATH")
	for _, name := range []string{"terraform", "tofu"} {
		if cli == "" {
			cli, _ = exec.LookPath(name)
		}
	}
	if cli == "" {
		fmt.Fprintln(os.Stderr, "no terraform or tofu on PATH: run make test, which builds one")
		return 1
	}
	dir, err := os.MkdirTemp("", "nexudus")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.CommandContext(context.Background(), "go", "build", "-o", filepath.Join(dir, "terraform-provider-nexudus"), root)
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintln(os.Stderr, string(output), err)
		return 1
	}
	cliConfig = filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"nexudus-community/nexudus\" = %q\n  }\n}\n", dir)
	if err := os.WriteFile(cliConfig, []byte(text), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// workspace is a folder with a configuration, and the environment to run the CLI in.
type workspace struct {
	t           *testing.T
	cli         string
	dir         string
	environment []string
}

const requiredProviders = `
terraform {
  required_providers {
    nexudus = {
      source = "nexudus-community/nexudus"
    }
  }
}
`

func newWorkspace(t *testing.T, config string, environment ...string) *workspace {
	t.Helper()
	lookAtSources(t)
	w := &workspace{t: t, cli: cli, dir: t.TempDir()}
	writeFile(t, filepath.Join(w.dir, "main.tf"), config)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "NEXUDUS_") && !strings.HasPrefix(variable, "TF_") {
			w.environment = append(w.environment, variable)
		}
	}
	w.environment = append(w.environment, "TF_CLI_CONFIG_FILE="+cliConfig, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	w.environment = append(w.environment, environment...)
	return w
}

// lookAtSources keeps go test from reporting a cached result after a change to
// the provider. The tests run it as a separate program, while the cache only
// considers the test binary and the files that the tests open.
func lookAtSources(t *testing.T) {
	t.Helper()
	for _, name := range []string{"main.go", "go.mod", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, name), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// run returns the output of a command as one line, and its exit code.
func (w *workspace) run(args ...string) (output string, code int) {
	w.t.Helper()
	command := w.command(args...)
	raw, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return words(string(raw)), command.ProcessState.ExitCode()
}

func (w *workspace) command(args ...string) *exec.Cmd {
	command := exec.CommandContext(w.t.Context(), w.cli, append(args, "-no-color")...)
	command.Dir, command.Env = w.dir, w.environment
	return command
}

var frames = regexp.MustCompile(`[╷│╵\s]+`)

// words removes the CLI's frames and line breaks, which depend on the width.
func words(text string) string { return strings.TrimSpace(frames.ReplaceAllString(text, " ")) }

func serve(t *testing.T) (server *simulator.Server, environment []string) {
	t.Helper()
	server = simulator.Demo()
	server.LimitFactor = -1
	served := httptest.NewServer(server)
	t.Cleanup(served.Close)
	return server, []string{
		"NEXUDUS_BASE_URL=" + served.URL + "/api",
		"NEXUDUS_ACCESS_TOKEN=" + server.IssueToken("demo@example.com"),
		"NEXUDUS_MAX_REQUESTS_PER_SECOND=0",
	}
}

// Each example can be applied and shows what it is meant to show.
func TestExamples(t *testing.T) {
	want := map[string][]string{
		"provider/provider.tf": {
			`dead = tolist([ "CRM sync", "Invoice archive", ])`,
			"1 added, 0 changed, 0 destroyed.",
		},
		"data-sources/nexudus_webhook/data-source.tf": {`"event" = "BookingCreate"`, `"last_used" = "2026-11-20T16:41:07Z"`},
		"data-sources/nexudus_webhooks/data-source.tf": {
			`dead = { "103" = "CRM sync" "107" = "Invoice archive" }`,
			`bookings = tolist([ "Door access", ])`,
		},
		"data-sources/nexudus_business/data-source.tf": {
			`webhooks = tolist([ "Door access", "Accounting", "CRM sync", "Empfang München", ])`, `meeting_loft = "Hamburg"`,
		},
		"data-sources/nexudus_businesses/data-source.tf": {
			`locations = { "5001" = "Werksviertel" "5002" = "Speicherstadt" "5006" = "Old workshop" }`,
		},
		"data-sources/nexudus_current_user/data-source.tf": {
			`locations = tolist([ "5000", "5001", "5002", "5003", "5004", "5005", "5006", "5100", ])`, `signed_in_as = "demo@example.com"`,
		},
		"data-sources/nexudus_webhooks/for_each.tf":  {`"106" = "Paused while we change providers."`},
		"data-sources/nexudus_webhooks/idle.tf":      {`"108" = "Floor plan"`},
		"data-sources/nexudus_webhooks/sensitive.tf": {"booking_urls = <sensitive>"},
		"functions/webhook_action_name/function.tf":  {`booking = "BookingCreate"`},
		"functions/webhook_action_code/function.tf":  {`booking = 6`},
		"functions/webhook_action_codes/function.tf": {`bookings = { "BookingCreate" = 6 "BookingDelete" = 8 "BookingUpdate" = 7 }`},
		"webhook-postcondition/main.tf":              {`event = "BookingCreate"`},
		"webhook-health/main.tf": {
			"Warning: Check block assertion failed",
			"Nexudus has switched off: " +
				"- \"CRM sync\" (103) of location \"Werksviertel\", last fired 2023-02-14T09:12:44Z: The remote server returned an error: (410) Gone. " +
				"- \"Invoice archive\" (107) of location \"Speicherstadt\", last fired 2025-06-03T22:40:19Z: The remote name could not be resolved: 'archive.example.com'",
			`ID LOCATION NAME STATE EVENT 101 "Werksviertel" "Door access" active, 0 failed deliveries BookingCreate`,
			`103 "Werksviertel" "CRM sync" DEAD, 11 failed deliveries CoworkerCreate`,
			`106 "Speicherstadt" "Newsletter" paused, 0 failed deliveries NewsLetterSubscriberSubscribed`,
		},
		"manage-webhooks/main.tf": {
			"~ active = false -> true",
			"Warning: Webhook 103 was switched off in Nexudus",
			"Apply complete! Resources: 1 imported, 0 added, 1 changed, 0 destroyed.",
		},
		"resources/nexudus_webhook/resource.tf":            {"+ action = 6", "Resources: 1 added, 0 changed, 0 destroyed."},
		"resources/nexudus_webhook/for_each.tf":            {`nexudus_webhook.visitor["5002"]`, "Resources: 3 added, 0 changed, 0 destroyed."},
		"resources/nexudus_webhook/pause.tf":               {"+ active = false", "Resources: 1 added, 0 changed, 0 destroyed."},
		"resources/nexudus_webhook/url_wo.tf":              {"+ url_wo_version = 1", "Resources: 1 added, 0 changed, 0 destroyed."},
		"resources/nexudus_webhook/ignore_active.tf":       {"+ active = true", "Resources: 1 added, 0 changed, 0 destroyed."},
		"resources/nexudus_webhook/import-by-string-id.tf": {"Resources: 1 imported, 0 added, 0 changed, 0 destroyed."},
		"resources/nexudus_webhook/import_by_identity.tf":  {"Resources: 1 imported, 0 added, 0 changed, 0 destroyed."},
	}
	files, err := filepath.Glob(filepath.Join(root, "examples/*/*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(root, "examples/*/*/*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, more...)
	if len(files) != len(want) {
		t.Errorf("%d examples, want %d", len(files), len(want))
	}
	for _, file := range files {
		name, err := filepath.Rel(filepath.Join(root, "examples"), file)
		if err != nil {
			t.Fatal(err)
		}
		name = filepath.ToSlash(name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, environment := serve(t)
			w := newWorkspace(t, example(t, name), append(environment, "TF_VAR_door_access_key=hunter2")...)
			if strings.HasSuffix(name, "import_by_identity.tf") && !w.importsByIdentity() {
				t.Skip("this CLI cannot import by identity")
			}
			output, code := w.run("apply", "-auto-approve")
			if code != 0 {
				t.Errorf("exit code = %d, want 0", code)
			}
			if strings.Contains(output, "hunter2") || strings.Contains(output, "key=") {
				t.Errorf("output shows a sensitive value: %s", output)
			}
			if len(want[name]) == 0 {
				t.Errorf("nothing is expected of %s", name)
			}
			for _, text := range want[name] {
				if !strings.Contains(output, text) {
					t.Errorf("output = %s\nwant %q in it", output, text)
				}
			}
			if output, code := w.run("plan", "-detailed-exitcode"); code != 0 {
				t.Errorf("exit code of a second plan = %d, want 0 for no changes: %s", code, output)
			}
		})
	}
}

// completed adds what a short example leaves out.
func completed(config string) string {
	if strings.Contains(config, "required_providers") {
		return config
	}
	return strings.TrimPrefix(requiredProviders, "\n") + "\n" + config
}

// importsByIdentity reports whether the CLI knows identities, which came with
// Terraform 1.12 and OpenTofu 1.12.
func (w *workspace) importsByIdentity() bool {
	w.t.Helper()
	output, _ := w.run("version")
	version := regexp.MustCompile(`v1\.(\d+)\.`).FindStringSubmatch(output)
	if version == nil {
		w.t.Fatalf("no version in %s", output)
	}
	minor, _ := strconv.Atoi(version[1])
	return minor >= 12
}

// The import command on the page of the resource leads to a plan without changes.
func TestExamples_importCommand(t *testing.T) {
	t.Parallel()
	_, resource, _ := strings.Cut(example(t, "resources/nexudus_webhook/import-by-string-id.tf"), "}\n\n")
	_, environment := serve(t)
	w := newWorkspace(t, completed(resource), environment...)
	command := w.command()
	command.Args = strings.Fields(example(t, "resources/nexudus_webhook/import.sh"))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v, output = %s", command.Args, err, output)
	}
	if output, code := w.run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("exit code of a plan = %d, want 0 for no changes: %s", code, output)
	}
}

// The output when something is wrong, and the number of requests sent for it.
func TestScreen(t *testing.T) {
	const block, id = `provider "nexudus" {}`, "id = 101"
	const read = requiredProviders + "\n" + block + `

data "nexudus_webhook" "test" {
  ` + id + `
}
`
	tests := []struct {
		name              string
		old, replacement  string // changes the configuration that reads webhook 101
		withoutToken      bool
		environment, args []string
		code              int
		want              string
		requests          int
	}{
		{
			name:         "no credentials",
			withoutToken: true,
			args:         []string{"plan"},
			code:         1,
			want: `Error: Missing Nexudus credentials with data.nexudus_webhook.test, on main.tf line 12, ` +
				`in data "nexudus_webhook" "test": 12: data "nexudus_webhook" "test" { ` +
				`No credentials for Nexudus are set in the provider block or the environment, or they are empty. ` +
				`Set "access_token" in the provider block or NEXUDUS_ACCESS_TOKEN in the environment; ` +
				`or set "username" and "password" in the provider block or NEXUDUS_USERNAME and NEXUDUS_PASSWORD in the environment.`,
		},
		{name: "validate without credentials", withoutToken: true, args: []string{"validate"}, want: "Success!"},
		{
			name:         "plan that reads nothing",
			old:          id,
			replacement:  "count = 0\n  id    = 101\n}\noutput \"one\" {\n  value = 1",
			withoutToken: true,
			args:         []string{"plan"},
			want:         "one = 1",
		},
		{
			name:        "refused credentials",
			environment: []string{"NEXUDUS_ACCESS_TOKEN=stale"},
			args:        []string{"plan"},
			code:        1,
			want: `Nexudus gives the same response to credentials that are wrong or have expired, to a user without the required permission, ` +
				`and to a user whose API access is switched off. The credentials come from NEXUDUS_ACCESS_TOKEN. ` +
				`Check that the credentials are valid, and that the user has "API Access" switched on and a role with the permission WebHook-Read. ` +
				`Tried: get webhook 101; status 401; 1 attempt in`,
			requests: 1,
		},
		{
			name:        "bad ID",
			old:         id,
			replacement: "id = 0",
			args:        []string{"validate"},
			code:        1,
			want:        `id = 0 id must be the ID of a webhook, such as "101"; got "0". The data source nexudus_webhooks lists the IDs.`,
		},
		{
			name:        "nonsense in the environment, no provider block",
			old:         `provider "nexudus" {}`,
			replacement: "",
			environment: []string{"NEXUDUS_REQUEST_TIMEOUT=soon"},
			args:        []string{"plan"},
			code:        1,
			want: `Error: Invalid provider setting "request_timeout" with data.nexudus_webhook.test, on main.tf line 12, in data "nexudus_webhook" "test": ` +
				`12: data "nexudus_webhook" "test" { request_timeout must be a positive duration such as "30s"; got "soon". The value comes from NEXUDUS_REQUEST_TIMEOUT.`,
		},
		{
			name:        "wrong address",
			environment: []string{"NEXUDUS_BASE_URL=http://127.0.0.1:1/typo", "NEXUDUS_MAX_RETRIES=0"},
			args:        []string{"plan"},
			code:        1,
			want: `Error: No connection to Nexudus with data.nexudus_webhook.test, on main.tf line 12, in data "nexudus_webhook" "test": ` +
				`12: data "nexudus_webhook" "test" { The request failed: dial tcp 127.0.0.1:1: connect: connection refused. ` +
				`Check the network, the proxy settings in the environment, and "base_url". ` +
				`Tried: get webhook 101 at http://127.0.0.1:1/typo/sys/webhooks/101; no response; 1 attempt in`,
		},
		{
			name:        "secret in base URL",
			old:         block,
			replacement: "provider \"nexudus\" {\n  base_url = \"https://user:hunter2@nexudus.test/api\"\n}",
			args:        []string{"validate"},
			code:        1,
			want: `base_url must be the root of the API, such as https://spaces.nexudus.com/api; ` +
				`it contains a user name or a password.`,
		},
		{
			name: "unknown setting",
			old:  block,
			replacement: "resource \"terraform_data\" \"token\" {}\n\n" +
				"provider \"nexudus\" {\n  access_token = terraform_data.token.id\n}",
			args: []string{"plan"},
			code: 1,
			want: `The provider needs its whole configuration to read from Nexudus, but some of it is known only after apply: "access_token". ` +
				`Use a value that is known during plan,`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			if test.withoutToken {
				environment = environment[:1]
			}
			config := strings.Replace(read, test.old, test.replacement, 1)
			output, code := newWorkspace(t, config, append(environment, test.environment...)...).run(test.args...)
			if code != test.code || !strings.Contains(output, test.want) {
				t.Errorf("exit code %d, output = %s\nwant %d and %q", code, output, test.code, test.want)
			}
			if strings.Contains(output, "hunter2") {
				t.Errorf("output shows a secret: %s", output)
			}
			if n := len(server.Requests()); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}
