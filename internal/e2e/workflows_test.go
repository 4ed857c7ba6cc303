package e2e

import (
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// readFile returns the text of a file of the repository.
func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// requiredGo matches the Go versions that a go.mod requires.
var requiredGo = regexp.MustCompile(`(?m)^(?:go |toolchain go)(\S+)$`)

// installedGo returns the Go version that the workflows install, such as go1.26.8.
func installedGo(t *testing.T) string {
	t.Helper()
	return "go" + requiredGo.FindStringSubmatch(readFile(t, "go.mod"))[1]
}

// The workflows install the Go version that go.mod names and no other, so it
// must be new enough for each of the tools.
func TestWorkflows_goVersion(t *testing.T) {
	installed := installedGo(t)
	if !version.IsValid(installed) || installed == version.Lang(installed) {
		t.Errorf("go.mod names %s, want a patch release such as go1.26.8", installed)
	}
	modules := texts(t, "go.mod")
	if len(modules) < 2 {
		t.Errorf("modules = %d, want those of the tools as well", len(modules))
	}
	for path, text := range modules {
		for _, found := range requiredGo.FindAllStringSubmatch(text, -1) {
			if version.Compare("go"+found[1], installed) > 0 {
				t.Errorf("%s needs go%s, and go.mod names %s only", path, found[1], installed)
			}
		}
	}
}

// A tag is released only if the changelog begins with its version and a date.
func TestWorkflows_changelog(t *testing.T) {
	script := regexp.MustCompile(`- run: (head -n 1 CHANGELOG.md .*)\n`).FindStringSubmatch(readFile(t, ".github/workflows/release.yml"))
	if script == nil {
		t.Fatal("the release workflow does not look at the changelog")
	}
	for heading, good := range map[string]bool{
		"## 0.1.0 (January 2, 2027)":              true,
		"## 0.1.0 (December 31, 2027)":            true,
		"## 0.1.0 (Unreleased)":                   false,
		"## 0.1.0":                                false,
		"## 0.2.0 (January 2, 2027)":              false,
		"## 0.1.0-rc1 (January 2, 2027)":          false,
		"## 0.1.0 (January 2, 2027) (Unreleased)": false,
	} {
		command := exec.CommandContext(t.Context(), "bash", "-e", "-c", script[1])
		command.Dir = t.TempDir()
		command.Env = append(os.Environ(), "GITHUB_REF_NAME=v0.1.0")
		writeFile(t, filepath.Join(command.Dir, "CHANGELOG.md"), heading+"\n\nFEATURES:\n")
		if output, err := command.CombinedOutput(); (err == nil) != good {
			t.Errorf("%s: %v, %s, want it accepted: %v", heading, err, output, good)
		}
	}
}
