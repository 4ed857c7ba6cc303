package e2e

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startDebug starts the provider with -debug, and returns it with the environment
// variable that makes a CLI use it. It is stopped with the test.
func startDebug(t *testing.T, environment []string) (command *exec.Cmd, variable string) {
	t.Helper()
	command = exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(cliConfig), "terraform-provider-nexudus"), "-debug")
	command.Env = environment
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if name, value, found := strings.Cut(strings.TrimSpace(lines.Text()), "="); found && name == "TF_REATTACH_PROVIDERS" {
			return command, name + "=" + strings.Trim(value, "'")
		}
	}
	t.Fatal("the provider did not say how to attach")
	return nil, ""
}

// A provider that was started with -debug serves all runs of the CLI, also one that learns a setting
// only during apply.
func TestReattach(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, requiredProviders+`
resource "terraform_data" "token" {
  input = "`+server.IssueToken("demo@example.com")+`"
}

provider "nexudus" {
  access_token = terraform_data.token.output
}

data "nexudus_webhook" "test" {
  id         = 101
  depends_on = [terraform_data.token]
}

output "name" {
  value = data.nexudus_webhook.test.name
}
`, append(environment[:1:1], environment[2])...)
	_, variable := startDebug(t, w.environment)
	w.environment = append(w.environment, variable)
	for _, args := range [][]string{{"apply", "-auto-approve"}, {"plan"}} {
		output, code := w.run(args...)
		if code != 0 || !strings.Contains(output, "data.nexudus_webhook.test: Read complete") {
			t.Errorf("%s: exit code %d, output = %s", args, code, output)
		}
	}
}
