package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// These tests cover the recipes of the webhook health guide: their output and
// their exit codes. TestExamples covers the check block, which only warns.

func example(t *testing.T, path string) string {
	t.Helper()
	return readFile(t, filepath.Join("examples", path))
}

// buildJQ returns a folder with jq, which it builds once. The script needs it and
// not every machine has it; gojq is the same in Go.
var buildJQ = sync.OnceValues(func() (dir string, err error) {
	dir = filepath.Join(filepath.Dir(cliConfig), "jq")
	build := exec.CommandContext(context.Background(), "go", "build", "-modfile=tools/go.mod",
		"-o", filepath.Join(dir, "jq"), "github.com/itchyny/gojq/cmd/gojq")
	build.Dir = root
	output, err := build.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, output)
	}
	return dir, err
})

// failOnDeadWebhooks runs the script of the guide. It must not leave a file: a saved plan
// contains the webhooks' URLs, which may contain secrets.
func (w *workspace) failOnDeadWebhooks() (output string, code int) {
	w.t.Helper()
	tools, err := buildJQ()
	if err != nil {
		w.t.Fatal(err)
	}
	script, err := filepath.Abs(filepath.Join(root, "examples/webhook-health/fail-on-dead-webhooks.sh"))
	if err != nil {
		w.t.Fatal(err)
	}
	temporary := w.t.TempDir()
	command := exec.CommandContext(w.t.Context(), "sh", script, cli)
	command.Dir = w.dir
	command.Env = append(slices.Clone(w.environment), "TMPDIR="+temporary, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
	raw, _ := command.CombinedOutput()
	for _, dir := range []string{temporary, w.dir} {
		if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 1 || dir == temporary && len(left) > 0 {
			w.t.Errorf("the script left %q, %v", left, err)
		}
	}
	return string(raw), command.ProcessState.ExitCode()
}

func TestHealth_pipeline(t *testing.T) {
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
				"- \"CRM sync\" (103) of location \"Werksviertel\", last fired 2023-02-14T09:12:44Z: The remote server returned an error: (410) Gone.\n" +
				"- \"Invoice archive\" (107) of location \"Speicherstadt\", last fired 2025-06-03T22:40:19Z: The remote name could not be resolved: 'archive.example.com'\n",
		},
		{name: "all well", config: example(t, "webhook-health/main.tf"), prepare: revive},
		{name: "no checks", config: noChecks, code: 2, want: "The configuration has no check, or one that was not evaluated.\n"},
		{
			name:   "refused credentials",
			config: example(t, "webhook-health/main.tf"),
			token:  "NEXUDUS_ACCESS_TOKEN=stale",
			code:   2,
			want:   "Unauthorized",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			if test.prepare != nil {
				test.prepare(server)
			}
			w := newWorkspace(t, test.config, append(environment, test.token)...)
			output, code := w.failOnDeadWebhooks()
			if test.code < 2 && output != test.want || !strings.Contains(output, test.want) || code != test.code {
				t.Errorf("exit code %d, output = %s\nwant %d and %s", code, output, test.code, test.want)
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
	if want := `1 "unknown" "unnamed" active, 0 failed deliveries unknown`; code != 0 || !strings.Contains(output, want) {
		t.Errorf("exit code %d, output = %s\nwant 0 and %q", code, output, want)
	}
}

// commands matches the start of a command that a CI system executes when a line of the
// log contains it or begins with it: GitHub Actions, Azure Pipelines and TeamCity. The
// CLI breaks long lines, so any word may begin one.
// See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
var commands = regexp.MustCompile(`::|##`)

// invisible matches characters that control a terminal, or that hide or reorder text.
var invisible = regexp.MustCompile(`[^\P{C}\n]|[\x{2028}\x{2029}]`)

// Whoever answers a webhook's delivery chooses the text of its last error, and
// with it what the recipes print into a CI log. Names are quoted.
func TestHealth_hostileTexts(t *testing.T) {
	const hostile = "boom\r\n::stop-commands::owned ##vso[task.complete]\n:\u200b:error::owned\x1b]0;title\x07\x1b[2J\u009b31m\u202egnp\u2028::add-mask::a"
	const harmless = "boom … [2J 31mgnp …"
	const listed = `"e\nvil" (666) of location "Werksviertel", last fired 2025-01-15T10:30:00Z: ` + harmless
	for name, test := range map[string]struct {
		run  func(w *workspace) (output string, code int)
		code int
		want string
	}{
		"check and table": {
			run: func(w *workspace) (string, int) {
				command := w.command("apply", "-auto-approve")
				output, _ := command.CombinedOutput()
				return string(output), command.ProcessState.ExitCode()
			},
			want: `666 "Werksviertel" "e\nvil" DEAD, 11 failed deliveries`,
		},
		"script": {run: (*workspace).failOnDeadWebhooks, code: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			for _, id := range []int64{103, 107} {
				server.AddWebhook(simulator.Webhook{ID: id, BusinessID: 5001, Name: "revived", Action: 3, Active: true})
			}
			server.AddWebhook(simulator.Webhook{
				ID: 666, BusinessID: 5001, Name: "e\nvil", Action: 6, ErrorCount: 11, LastError: new(hostile), LastTrigger: new("2025-01-15T10:30:00Z"),
			})
			output, code := test.run(newWorkspace(t, example(t, "webhook-health/main.tf"), environment...))
			if seen := words(output); code != test.code || !strings.Contains(seen, "- "+listed) || !strings.Contains(seen, test.want) {
				t.Errorf("exit code %d, output = %q\nwant %d, %q and %q", code, seen, test.code, listed, test.want)
			}
			for _, pattern := range []*regexp.Regexp{invisible, commands} {
				if found := pattern.FindString(output); found != "" {
					t.Errorf("output contains %q: %q", found, output)
				}
			}
		})
	}
}
