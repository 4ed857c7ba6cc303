package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// demoPipeline is the user in the documentation.
var demoPipeline = simulator.User{Username: "pipeline@example.com", Password: "pipeline"}

// texts returns the files with a suffix by their paths in the repository.
func texts(t *testing.T, suffix string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == ".build" || path == ".git"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, suffix):
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Each configuration in the documentation is formatted and can be applied.
func TestDocumentation_code(t *testing.T) {
	t.Parallel()
	blocks, all := 0, newWorkspace(t, "")
	for path, page := range texts(t, ".md") {
		for _, config := range codeBlocks(page, "terraform") {
			blocks++
			writeFile(t, filepath.Join(all.dir, fmt.Sprintf("%d.tf", blocks)), "# "+path+"\n"+config)
			t.Run(path, func(t *testing.T) {
				t.Parallel()
				switch {
				case strings.Contains(config, "\nrun \""):
					t.Skip("tested by TestDocumentation_terraformTest")
				case !strings.Contains(config, "\ndata \"") && !strings.Contains(config, "\nresource \"") && !strings.Contains(config, "\noutput \""):
					// Credentials alone; without a read, nothing would try them.
					config += "\ndata \"nexudus_webhook\" \"test\" {\n  id = 101\n}\n"
				}
				server, environment := serve(t)
				server.AddUser(demoPipeline)
				token := strings.TrimPrefix(environment[1], "NEXUDUS_ACCESS_TOKEN=")
				w := newWorkspace(t, completed(config), append(environment,
					"TF_VAR_munich_token="+token, "TF_VAR_hamburg_token="+server.IssueToken("demo@example.com"),
					"TF_VAR_nexudus_password="+demoPipeline.Password, "TF_VAR_door_access_key=4f1c")...)
				if strings.Contains(config, "identity = {") && !w.importsByIdentity() {
					t.Skip("this CLI cannot import by identity")
				}
				if output, code := w.run("apply", "-auto-approve"); code != 0 {
					t.Errorf("apply: %s\n%s", output, config)
				}
			})
		}
	}
	all.want(0, "fmt -check -diff")
	if blocks < 28 {
		t.Errorf("%d blocks found, want all", blocks)
	}
}

// codeBlocks returns the code of one language on a page.
func codeBlocks(page, language string) (blocks []string) {
	for _, block := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// Examples name the versions of the provider that they are written for, and the
// next release is one of them.
func TestDocumentation_versions(t *testing.T) {
	t.Parallel()
	next := regexp.MustCompile(`^## (\d+)\.(\d+)\.`).FindStringSubmatch(readFile(t, "CHANGELOG.md"))
	pin := regexp.MustCompile(`source +=.*\n +version = "~> (\d+)\.(\d+)"\n`)
	for path, page := range texts(t, ".md") {
		for _, config := range codeBlocks(page, "terraform") {
			if !strings.Contains(config, "required_providers") {
				continue
			}
			pinned := pin.FindStringSubmatch(config)
			if pinned == nil || pinned[1] != next[1] || pinned[2] > next[2] {
				t.Errorf("%s does not allow the next release, %s.%s:\n%s", path, next[1], next[2], config)
			}
		}
	}
}

// installed lets init find the built provider, as after make install, and names
// the CLI terraform for shell commands.
func (w *workspace) installed() {
	w.t.Helper()
	dir := w.t.TempDir()
	mirror := exec.CommandContext(w.t.Context(), "scripts/mirror.sh", filepath.Join(dir, "mirror"))
	mirror.Dir = root
	mirror.Env = append(os.Environ(), "HOSTS=registry.terraform.io registry.opentofu.org", "SOURCE=nexudus-community/nexudus",
		"VERSION=0.1.0", "BINARY="+filepath.Join(filepath.Dir(cliConfig), "terraform-provider-nexudus"))
	if output, err := mirror.CombinedOutput(); err != nil {
		w.t.Fatal(string(output), err)
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := "provider_installation {\n  filesystem_mirror {\n    path = \"" + filepath.Join(dir, "mirror") + "\"\n  }\n}\n"
	writeFile(w.t, config, text)
	if err := os.Symlink(w.cli, filepath.Join(dir, "terraform")); err != nil {
		w.t.Fatal(err)
	}
	w.environment = append(w.environment, "TF_CLI_CONFIG_FILE="+config, "TF_CLI_ARGS_apply=-auto-approve",
		"PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// shell runs commands of the documentation.
func (w *workspace) shell(commands string) string {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), "sh", "-euc", commands)
	command.Dir, command.Env = w.dir, w.environment
	output, err := command.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%s: %v, output = %s", commands, err, output)
	}
	return words(regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(string(output), ""))
}

// The README's first configuration works with the simulated account.
func TestDocumentation_firstConfiguration(t *testing.T) {
	t.Parallel()
	_, environment := serve(t)
	w := newWorkspace(t, codeBlocks(readFile(t, "README.md"), "terraform")[0], environment...)
	w.installed()
	if output := w.shell("terraform init && terraform apply"); !strings.Contains(output, "1 added, 0 changed, 0 destroyed") {
		t.Errorf("apply = %s, want one webhook added", output)
	}
}

// The guide shows the plan after Nexudus has switched off a managed webhook.
func TestDocumentation_switchedOff(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, example(t, "manage-webhooks/main.tf"), environment...)
	if output, code := w.run("apply", "-auto-approve"); code != 0 {
		t.Fatalf("apply: %s", output)
	}
	server.AddWebhook(simulator.Webhook{ID: 103, BusinessID: 5001, Name: "CRM sync", Action: 3, URL: "https://crm.example.net/hooks/nexudus",
		ErrorCount: 11, LastError: new("The remote server returned an error: (410) Gone.")})
	output, _ := w.run("plan")
	// OpenTofu shows write-only attributes, and does not count them.
	hidden := regexp.MustCompile(`~ url_wo = \(write-only attribute\) |\d unchanged `)
	output = hidden.ReplaceAllString(output, "")
	for _, part := range strings.Split(codeBlocks(readFile(t, "docs/guides/manage-webhooks.md"), "text")[0], "\n\n") {
		if !strings.Contains(output, hidden.ReplaceAllString(words(part), "")) {
			t.Errorf("plan = %s\nthe guide has %s", output, part)
		}
	}
}

// The test of a module in the guide passes.
func TestDocumentation_terraformTest(t *testing.T) {
	t.Parallel()
	blocks := codeBlocks(readFile(t, "docs/guides/try-without-an-account.md"), "terraform")
	_, environment := serve(t)
	w := newWorkspace(t, blocks[len(blocks)-2], environment...)
	w.installed()
	writeFile(t, filepath.Join(w.dir, "main.tftest.hcl"), blocks[len(blocks)-1])
	w.shell("terraform init")
	if output := w.shell("terraform test"); !strings.Contains(output, "Success! 1 passed, 0 failed.") {
		t.Errorf("output = %s", output)
	}
}

// Each link inside the repository leads to an existing file and heading.
func TestDocumentation_links(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading := regexp.MustCompile(`(?m)^#+ (.*)$|<a id="([^"]+)"`)
	notInAnchor := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	all := texts(t, ".md")
	links := 0
	for path, page := range all {
		for _, found := range link.FindAllStringSubmatch(page, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			links++
			file, anchor, _ := strings.Cut(found[1], "#")
			target := path
			if file != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(path), file))
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", path, found[1])
				continue
			}
			if anchor == "" {
				continue
			}
			known := false
			for _, h := range heading.FindAllStringSubmatch(all[target], -1) {
				slug := strings.ReplaceAll(strings.ToLower(notInAnchor.ReplaceAllString(h[1], "")), " ", "-")
				known = known || slug == anchor || h[2] == anchor
			}
			if !known {
				t.Errorf("%s links to %s, a heading that is not there", path, found[1])
			}
		}
	}
	if links < 10 {
		t.Errorf("%d links found, want all", links)
	}
}
