package e2e

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// These tests cover the recipes of the webhook health guide: their output and
// their exit codes. TestExamples covers the check block, which only warns.

func example(t *testing.T, path string) string {
	t.Helper()
	return readFile(t, filepath.Join("examples", path))
}

func TestHealth_postcondition(t *testing.T) {
	_, environment := serve(t)
	w := newWorkspace(t, example(t, "webhook-postcondition/main.tf"), environment...)
	if output, code := w.run("plan", "-var=webhook_id=101"); code != 0 {
		t.Errorf("exit code %d for a webhook that fires, output = %s", code, output)
	}
	output, code := w.run("plan", "-var=webhook_id=103")
	const want = `Webhook "CRM sync" of location 5001 is off after 11 failed deliveries, ` +
		`and last fired 2023-02-14T09:12:44Z: The remote server returned an error: (410) Gone.`
	if code != 1 || !strings.Contains(output, "Error: Resource postcondition failed") || !strings.Contains(output, want) {
		t.Errorf("exit code %d, output = %s\nwant 1 and %s", code, output, want)
	}
}

// buildJQ returns a folder that holds jq. The script needs it and not every
// machine has it; gojq is the same in Go.
func buildJQ(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile=tools/go.mod",
		"-o", filepath.Join(dir, "jq"), "github.com/itchyny/gojq/cmd/gojq")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatal(string(output), err)
	}
	return dir
}

func TestHealth_pipeline(t *testing.T) {
	script, err := filepath.Abs(filepath.Join(root, "examples/webhook-health/fail-on-dead-webhooks.sh"))
	if err != nil {
		t.Fatal(err)
	}
	tools := buildJQ(t)
	revive := func(server *simulator.Server) {
		for _, id := range []int64{103, 107} {
			server.AddWebhook(simulator.Webhook{ID: id, BusinessID: 5001, Name: "revived", Action: 3, Active: true})
		}
	}
	const noChecks = requiredProviders + "data \"nexudus_webhooks\" \"all\" {}\n"
	tests := []struct {
		name    string
		config  string
		prepare func(*simulator.Server)
		token   string
		code    int
		want    string
	}{
		{
			name:   "dead webhooks",
			config: example(t, "webhook-health/main.tf"),
			code:   1,
			want: "Nexudus has switched off:\n" +
				"- CRM sync (103) of location Werksviertel, last fired 2023-02-14T09:12:44Z: The remote server returned an error: (410) Gone.\n" +
				"- Invoice archive (107) of location Speicherstadt, last fired 2025-06-03T22:40:19Z: The remote name could not be resolved: 'archive.example.com'\n",
		},
		{
			name:    "all well",
			config:  example(t, "webhook-health/main.tf"),
			prepare: revive,
		},
		{
			name:   "no checks",
			config: noChecks,
			code:   2,
			want:   "The configuration has no check, or one that was not evaluated.\n",
		},
		{
			name:   "refused credentials",
			config: example(t, "webhook-health/main.tf"),
			token:  "NEXUDUS_ACCESS_TOKEN=stale",
			code:   2,
			want:   "Nexudus refused the credentials",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			if test.prepare != nil {
				test.prepare(server)
			}
			temporary := t.TempDir()
			environment = append(environment,
				"TMPDIR="+temporary, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"), test.token)
			w := newWorkspace(t, test.config, environment...)
			command := exec.CommandContext(t.Context(), "sh", script, cli)
			command.Dir, command.Env = w.dir, w.environment
			output, _ := command.CombinedOutput()
			code := command.ProcessState.ExitCode()
			if test.code < 2 && string(output) != test.want || !strings.Contains(string(output), test.want) || code != test.code {
				t.Errorf("exit code %d, output = %s\nwant %d and %s", code, output, test.code, test.want)
			}
			// A saved plan contains the webhooks' URLs, which may contain secrets.
			for _, dir := range []string{temporary, w.dir} {
				if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 1 || dir == temporary && len(left) > 0 {
					t.Errorf("the script left %q, %v", left, err)
				}
			}
		})
	}
}

// A record without any optional field is listed, and the check still works.
func TestHealth_nulls(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	server.SetHook(func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, `{"Records":[{"Id":1}],"TotalItems":1,"HasNextPage":false}`)
		return true
	})
	output, code := newWorkspace(t, example(t, "webhook-health/main.tf"), environment...).run("apply", "-auto-approve")
	if want := "1 unknown unnamed active unknown"; code != 0 || !strings.Contains(output, want) {
		t.Errorf("exit code %d, output = %s\nwant 0 and %q", code, output, want)
	}
}
