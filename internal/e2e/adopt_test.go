package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
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

// hardToGenerate adds webhooks whose configuration is not easy to write.
func hardToGenerate(server *simulator.Server) {
	server.Actions = map[int64]string{95: "DoorOpened"}
	for _, w := range []simulator.Webhook{
		{ID: 9007199254740993, BusinessID: 9007199254740995, Name: "large", Action: 6, URL: "https://example.com"},
		{ID: 201, BusinessID: 5001, Name: "24 \"hours\"\n${var.x} %{if} 🚪", Description: new("two\nlines, ${x} %%{y}\t\\ end"), Action: 6, URL: "https://example.com/?a=${b}&c=%{d}"},
		{ID: 202, BusinessID: 5001, Name: "Пропуск", Description: new(""), Action: 91, URL: "HTTP://example.com"},
		{ID: 203, BusinessID: 5001, Name: "named by Nexudus", Action: 95, URL: "https://example.com"},
		{ID: 204, BusinessID: 5001, Name: "Door access", Action: 1, URL: "https://example.com", Active: true},
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
			w := newWorkspace(t, "", environment...)
			w.cli = program
			w.installed()
			if err := os.Remove(filepath.Join(w.dir, "main.tf")); err != nil {
				t.Fatal(err)
			}
			for name, text := range step.files {
				writeFile(t, filepath.Join(w.dir, name), text)
			}
			for _, line := range step.commands {
				w.shell(line)
			}
			w.want(0, noPlan, "No changes.")
			if list := w.shell("terraform state list"); strings.Count(" "+list, " nexudus_webhook.") != len(account) {
				t.Errorf("the state has other webhooks than the %d of the account: %s", len(account), list)
			}
			for _, request := range server.Requests() {
				if request.Method != http.MethodGet {
					t.Errorf("%s %s was sent, want nothing to be changed", request.Method, request.Path)
				}
			}
			w.want(0, "fmt -check -diff")

			// What the guide says to clean up. In webhooks.tf, import blocks may stay.
			for _, name := range []string{"adopt.tf", "imports.tf", "all.tfquery.hcl"} {
				_ = os.Remove(filepath.Join(w.dir, name))
			}
			writeFile(t, filepath.Join(w.dir, "main.tf"), requiredProviders)
			if output := w.shell("terraform apply"); !strings.Contains(output, "0 added, 0 changed, 0 destroyed") {
				t.Errorf("apply = %s, want only the output to be removed", output)
			}
			w.want(0, noPlan, "No changes.")

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
			writeFile(t, generated, strings.Join(blocks, ""))
			w.want(2, noPlan, "active = false -> true", "Webhook 103 was switched off in Nexudus",
				"It has 11 failed deliveries, so Nexudus probably switched it off itself. The last error: The remote server returned an error: (410) Gone")
		})
	}
}
