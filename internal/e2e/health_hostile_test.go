package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// commands matches the start of a command that a CI system executes when a line of the
// log contains it or begins with it: GitHub Actions, Azure Pipelines and TeamCity. The
// CLI breaks long lines, so any word may begin one.
// See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
var commands = regexp.MustCompile(`::|##`)

// invisible matches characters that control a terminal, or that hide or reorder text.
var invisible = regexp.MustCompile(`[^\P{C}\n]|[\x{2028}\x{2029}]`)

// Whoever answers a webhook's delivery chooses the text of its last error, and
// with it what the recipes print into a CI log.
func TestHealth_hostileTexts(t *testing.T) {
	const hostile = "boom\r\n::stop-commands::owned ##vso[task.complete]\n:\u200b:error::owned\x1b]0;title\x07\x1b[2J\u009b31m\u202egnp\u2028::add-mask::a"
	const harmless = "boom :stop-commands:owned #vso[task.complete] : :error:owned ]0;title [2J 31m gnp :add-mask:a"
	kill := func(server *simulator.Server) {
		for _, id := range []int64{103, 107} {
			server.AddWebhook(simulator.Webhook{ID: id, BusinessID: 5001, Name: "revived", Action: 3, Active: true})
		}
		server.AddBusiness(simulator.Business{ID: 5001, Name: hostile})
		// The CLI itself prints the name of what a single data source has read.
		server.AddWebhook(simulator.Webhook{
			ID: 665, BusinessID: 5001, Name: "evil", Action: 6, LastError: new(hostile), LastTrigger: new(hostile),
		})
		server.AddWebhook(simulator.Webhook{
			ID: 666, BusinessID: 5001, Name: hostile, Action: 6, ErrorCount: 11, LastError: new(hostile), LastTrigger: new(hostile),
		})
	}
	script, err := filepath.Abs(filepath.Join(root, "examples/webhook-health/fail-on-dead-webhooks.sh"))
	if err != nil {
		t.Fatal(err)
	}
	tools := buildJQ(t)
	tests := []struct {
		name     string
		config   string
		args     []string // of the CLI; none runs the script
		wantCode int
		want     string
	}{
		{
			name: "check", config: example(t, "webhook-health/main.tf"), args: []string{"apply", "-auto-approve", "-no-color"},
			want: "- " + harmless + " (666) of location " + harmless + ", last fired " + harmless + ": " + harmless,
		},
		{
			name: "table", config: example(t, "webhook-health/main.tf"), args: []string{"apply", "-auto-approve", "-no-color"},
			want: "666 " + harmless + " " + harmless + " DEAD, 11 failed deliveries",
		},
		{
			name: "postcondition", config: example(t, "webhook-postcondition/main.tf"), args: []string{"plan", "-var=webhook_id=665", "-no-color"},
			wantCode: 1, want: "and last fired " + harmless + ": " + harmless,
		},
		{
			name: "script", config: example(t, "webhook-health/main.tf"), wantCode: 1,
			want: "- " + harmless + " (666) of location " + harmless + ", last fired " + harmless + ": " + harmless,
		},
		{
			name: "script with a check of one's own", wantCode: 1, want: harmless,
			config: requiredProviders + `
data "nexudus_webhook" "test" {
  id = 666
}

check "mine" {
  assert {
    condition     = data.nexudus_webhook.test.active
    error_message = data.nexudus_webhook.test.last_error
  }
}
`,
		},
		{
			name: "script with a failed plan", wantCode: 2, want: "boom :stop-commands:owned #vso[task.complete]",
			config: requiredProviders + `
data "nexudus_webhook" "test" {
  id = 666

  lifecycle {
    postcondition {
      condition     = self.active
      error_message = "boom ::stop-commands::owned ##vso[task.complete]"
    }
  }
}
`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			kill(server)
			w := newWorkspace(t, test.config, append(environment, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))...)
			command := exec.CommandContext(t.Context(), cli, test.args...)
			if test.args == nil {
				command = exec.CommandContext(t.Context(), "sh", script, cli)
			}
			command.Dir, command.Env = w.dir, w.environment
			output, _ := command.CombinedOutput()
			if code := command.ProcessState.ExitCode(); code != test.wantCode || !strings.Contains(words(string(output)), test.want) {
				t.Errorf("exit code %d, output = %q\nwant %d and %q", code, words(string(output)), test.wantCode, test.want)
			}
			shown := string(output)
			if found := invisible.FindString(shown); found != "" {
				t.Errorf("output holds %q: %q", found, shown)
			}
			if found := commands.FindString(shown); found != "" {
				t.Errorf("output holds %q: %q", found, shown)
			}
		})
	}
}
