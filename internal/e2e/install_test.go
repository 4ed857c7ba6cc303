package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
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

// After make install, init finds the provider without further configuration.
// make uninstall removes it completely.
func TestInstall(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	run := func(target string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "make", target, "HOME="+home)
		command.Dir = root
		command.Env = append(os.Environ(), "GOCACHE="+goVariable(t, "GOCACHE"), "GOMODCACHE="+goVariable(t, "GOMODCACHE"))
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, output)
		}
	}
	run("install")

	_, environment := serve(t)
	// With an empty CLI configuration, the CLI looks in the home folder.
	environment = append(environment, "HOME="+home, "TF_CLI_CONFIG_FILE="+filepath.Join(home, "empty.tfrc"))
	if err := os.WriteFile(filepath.Join(home, "empty.tfrc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	checkInit(t, requiredProviders, environment...)

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
