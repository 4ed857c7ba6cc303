package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// guideStep is a section of a guide: files to save, and commands to run.
type guideStep struct {
	files    map[string]string
	commands []string
}

// readGuide returns a section of a guide.
func readGuide(t *testing.T, path, heading string) (step guideStep) {
	t.Helper()
	_, section, found := strings.Cut(readFile(t, path), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no heading %q", path, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	step.files = make(map[string]string)
	for _, file := range regexp.MustCompile("(?s)Save this as `([^`]+)`:\n\n```[a-z]+\n(.*?)```").FindAllStringSubmatch(section, -1) {
		step.files[file[1]] = file[2]
	}
	for _, block := range regexp.MustCompile("(?s)```shell\n(.*?)```").FindAllStringSubmatch(section, -1) {
		step.commands = append(step.commands, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	if len(step.files) == 0 || len(step.commands) == 0 {
		t.Fatalf("the section %q has %d files and %d commands", heading, len(step.files), len(step.commands))
	}
	return step
}

// mirrorConfig returns a CLI configuration with which init finds the built provider.
func mirrorConfig(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	binary, err := os.ReadFile(filepath.Join(filepath.Dir(cliConfig), "terraform-provider-nexudus"))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(dir, "mirror", host, "nexudus-community/nexudus/0.1.0", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "terraform-provider-nexudus_v0.1.0"), binary, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.Join(dir, "mirror"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

// hardToGenerate adds webhooks whose configuration is not easy to write.
func hardToGenerate(server *simulator.Server) {
	for _, w := range []simulator.Webhook{
		{ID: 9007199254740993, BusinessID: 9007199254740995, Name: "large", Action: 6, URL: "https://example.com"},
		{ID: 201, BusinessID: 5001, Name: "24 \"hours\"\n${var.x} %{if} 🚪", Description: new("two\nlines, ${x} %%{y}\t\\ end"), Action: 6, URL: "https://example.com/?a=${b}&c=%{d}"},
		{ID: 202, BusinessID: 5001, Name: "Пропуск", Description: new(""), Action: 91, URL: "HTTP://example.com"},
		{ID: 203, BusinessID: 5001, Name: "Door access", Action: 1, URL: "https://example.com", Active: true},
	} {
		server.AddWebhook(w)
	}
	for id := range int64(100) { // more than a query returns by default
		server.AddWebhook(
			simulator.Webhook{ID: 1001 + id, BusinessID: 5001, Name: "many", Action: 6, URL: "https://example.com", Active: true},
		)
	}
}

// The guide on adopting an account, as written: afterwards nothing is left to plan.
func TestAdopt(t *testing.T) {
	tests := []struct {
		heading string
		cli     func(*testing.T) string
	}{
		{heading: "With terraform query", cli: queryCLI},
		{heading: "With import blocks", cli: func(*testing.T) string { return cli }},
	}
	for _, test := range tests {
		t.Run(test.heading, func(t *testing.T) {
			t.Parallel()
			program := test.cli(t)
			step := readGuide(t, "docs/guides/adopt-an-existing-account.md", test.heading)
			if len(step.commands) > 5 {
				t.Errorf("%d commands, want five at most", len(step.commands))
			}
			server, environment := serve(t)
			hardToGenerate(server)
			account := server.Webhooks()
			w := newWorkspace(t, "", append(environment, "TF_CLI_CONFIG_FILE="+mirrorConfig(t))...)
			if err := os.Remove(filepath.Join(w.dir, "main.tf")); err != nil {
				t.Fatal(err)
			}
			for name, text := range step.files {
				if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			bin := t.TempDir() // in which the CLI is called terraform
			if err := os.Symlink(program, filepath.Join(bin, "terraform")); err != nil {
				t.Fatal(err)
			}
			shell := func(line string) (output string, code int) {
				command := exec.CommandContext(t.Context(), "sh", "-c", line)
				command.Dir, command.Stdin = w.dir, strings.NewReader("yes\n")
				command.Env = append(slices.Clone(w.environment), "TF_IN_AUTOMATION=",
					"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
				raw, _ := command.CombinedOutput()
				return words(string(raw)), command.ProcessState.ExitCode()
			}
			for _, line := range step.commands {
				output, code := shell(line)
				if code != 0 {
					t.Fatalf("%s: exit code %d, output = %s", line, code, output)
				}
				t.Logf("%s: %s", line, output[max(0, len(output)-120):])
			}
			output, code := shell("terraform plan -detailed-exitcode -no-color")
			if code != 0 {
				t.Fatalf("exit code %d, want nothing to plan: %s", code, output)
			}
			if list, _ := shell("terraform state list"); strings.Count(" "+list, " nexudus_webhook.") != len(account) {
				t.Errorf("the state has other webhooks than the %d of the account: %s", len(account), list)
			}
			for _, request := range server.Requests() {
				if request.Method != http.MethodGet {
					t.Errorf("%s %s was sent, want nothing to be changed", request.Method, request.Path)
				}
			}
			if output, code := shell("terraform fmt -check -diff -no-color"); code != 0 {
				t.Errorf("not formatted: %s", output)
			}

			// What the guide says of webhooks that are off.
			generated := filepath.Join(w.dir, "webhooks.tf")
			text, err := os.ReadFile(generated)
			if err != nil {
				t.Fatal(err)
			}
			blocks := strings.SplitAfter(string(text), "\n}\n")
			for i, block := range blocks {
				if strings.Contains(block, `"CRM sync"`) {
					blocks[i] = strings.Replace(block, "= false", "= true", 1)
				}
			}
			if err := os.WriteFile(generated, []byte(strings.Join(blocks, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			output, code = shell("terraform plan -detailed-exitcode -no-color")
			for _, want := range []string{
				"active = false -> true", "Webhook 103 was switched off in Nexudus",
				"It has 11 failed deliveries, so Nexudus probably switched it off itself. The last error: The remote server returned an error: (410) Gone",
			} {
				if code != 2 || !strings.Contains(output, want) {
					t.Errorf("exit code %d, output = … %s\nwant 2 and %q", code, output[max(0, len(output)-2500):], want)
				}
			}
		})
	}
}
