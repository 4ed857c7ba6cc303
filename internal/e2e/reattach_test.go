package e2e

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
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

// A provider that was started with -debug serves all aliases of a configuration
// and all runs of the CLI from one process, which holds one configuration.
func TestReattach(t *testing.T) {
	server, environment := serve(t)
	server.AddUser(simulator.User{Username: "b@example.com", Password: "p", Roles: []string{"WebHook-Read"}})
	// OpenTofu would look for the provider under its own registry's name.
	block := strings.Replace(requiredProviders, `"nexudus-community/`, `"registry.terraform.io/nexudus-community/`, 1)
	const alias = `
provider "nexudus" {
  alias        = %q
  access_token = %q
}

data "nexudus_webhook" %[1]q {
  id       = %[3]d
  provider = nexudus.%[1]s
}
`
	one, other := server.IssueToken("demo@example.com"), server.IssueToken("b@example.com")
	tests := []struct {
		name     string
		config   string
		wantCode int
		want     string
	}{
		{
			name:   "equal configurations",
			config: fmt.Sprintf(alias, "a", one, 101) + fmt.Sprintf(alias, "b", one, 102),
			want:   "No changes.",
		},
		{
			name:     "different configurations",
			config:   fmt.Sprintf(alias, "a", one, 101) + fmt.Sprintf(alias, "b", other, 102),
			wantCode: 1,
			want: `This provider process was configured before, with a different value for "access_token". ` +
				`It was started with -debug or by a test, and such a process can serve only one configuration: ` +
				`reads through one alias would use the credentials of another. ` +
				`Use one configuration for each process. If you changed the provider block, start the provider again.`,
		},
		{
			name: "known only after apply",
			config: `
resource "terraform_data" "token" {
  input = "` + one + `"
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
`,
			want: "data.nexudus_webhook.test: Read complete",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, block+test.config, append(environment[:1:1], environment[2])...)
			_, variable := startDebug(t, w.environment)
			w.environment = append(w.environment, variable)
			for _, args := range [][]string{{"apply", "-auto-approve"}, {"plan"}} {
				output, code := w.run(args...)
				if code != test.wantCode || !strings.Contains(output, test.want) {
					t.Errorf("%s: exit code %d, output = %s\nwant %d and %q", args, code, output, test.wantCode, test.want)
				}
				if test.wantCode != 0 && (strings.Contains(output, one) || strings.Contains(output, other)) {
					t.Errorf("%s: output shows a token: %s", args, output)
				}
			}
		})
	}
}
