package e2e

import (
	"html"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goVariable returns a setting of the go command in the environment of the tests.
func goVariable(t *testing.T, name string) string {
	t.Helper()
	value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(value))
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// make demo shows what the README says, and what is in its pictures. It is not
// parallel, since make install builds the same file.
func TestDemo(t *testing.T) {
	lookAtSources(t)
	command := exec.CommandContext(t.Context(), "make", "demo", "CLI="+cli)
	command.Dir = root
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	text := words(string(output))
	for _, want := range []string{
		"~ active = false -> true",
		"Warning: Webhook 103 was switched off in Nexudus",
		"It has 11 failed deliveries, so Nexudus probably switched it off itself.",
		"Apply complete! Resources: 1 imported, 0 added, 1 changed, 0 destroyed.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("output = %s\nwant %q in it", text, want)
		}
	}
	warning := regexp.MustCompile(`Warning: Webhook 103 .*? = \[active\]\.`).FindString(text)
	for _, picture := range []string{".github/demo-dark.svg", ".github/demo-light.svg"} {
		drawn := strings.ReplaceAll(readFile(t, picture), "</text>", "\n")
		drawn = words(html.UnescapeString(regexp.MustCompile("<[^>]*>").ReplaceAllString(drawn, "")))
		if warning == "" || !strings.Contains(drawn, warning) {
			t.Errorf("%s = %s\nwant %q in it; run make picture", picture, drawn, warning)
		}
	}
}

// After make install, init finds the provider without further configuration.
// make uninstall removes it completely.
func TestInstall(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	run := func(target string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), "make", target, "HOME="+home)
		command.Dir = root
		command.Env = append(os.Environ(), "GOCACHE="+goVariable(t, "GOCACHE"), "GOMODCACHE="+goVariable(t, "GOMODCACHE"), "TF_CLI_CONFIG_FILE=", "XDG_CONFIG_HOME=")
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, output)
		}
		return string(output)
	}
	output := run("install")
	if strings.Contains(output, "will not find it") || !strings.Contains(output, "Run make uninstall before you use a published version.") {
		t.Errorf("make install without a CLI configuration: %s", output)
	}

	_, environment := serve(t)
	// With an empty CLI configuration, the CLI looks in the home folder.
	environment = append(environment, "HOME="+home, "TF_CLI_CONFIG_FILE="+filepath.Join(home, "empty.tfrc"))
	writeFile(t, filepath.Join(home, "empty.tfrc"), "")
	checkInit(t, requiredProviders, environment...)

	// A provider_installation block replaces the default folders.
	config := filepath.Join(home, ".terraformrc")
	writeFile(t, config, "provider_installation {\n  direct {}\n}\n")
	output = run("install")
	if !strings.Contains(output, "will not find it") || !strings.Contains(output, config) {
		t.Errorf("make install with a block that does not name the folder: %s", output)
	}
	// The advice in the output works.
	_, advice, _ := strings.Cut(output, "Add to the block:\n")
	mirror, exclude, _ := strings.Cut(advice, "\n\nIf the block has a direct method, add to it:\n")
	writeFile(t, config, "provider_installation {\n  direct {\n"+exclude+"  }\n"+mirror+"\n}\n")
	if output := run("install"); strings.Contains(output, "will not find it") {
		t.Errorf("make install with a block that names the folder: %s", output)
	}
	checkInit(t, requiredProviders, append(environment, "TF_CLI_CONFIG_FILE="+config)...)

	run("uninstall")
	err := filepath.WalkDir(filepath.Join(home, ".terraform.d"), func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(path, "nexudus") {
			t.Errorf("%s is left after uninstall", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkInit checks that init finds the provider and that apply reads with it.
func checkInit(t *testing.T, requiredProviders string, environment ...string) *workspace {
	t.Helper()
	w := newWorkspace(t, requiredProviders+`
data "nexudus_webhook" "test" {
  id = 101
}

output "name" {
  value = data.nexudus_webhook.test.name
}
`, environment...)
	if output, code := w.run("init"); code != 0 {
		t.Errorf("init: exit code %d, output = %s", code, output)
	}
	if output, code := w.run("apply", "-auto-approve"); code != 0 || !strings.Contains(output, `name = "Door access"`) {
		t.Errorf("apply: exit code %d, output = %s", code, output)
	}
	return w
}
