package e2e

import (
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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

	workflows := 0
	for path, text := range texts(t, ".yml") {
		if !strings.HasPrefix(path, ".github/workflows/") {
			continue
		}
		workflows++
		setups := strings.Count(text, "uses: actions/setup-go@")
		if setups == 0 || strings.Count(text, "go-version-file: go.mod\n") != setups || strings.Contains(text, "go-version:") {
			t.Errorf("%s: each setup-go must have go-version-file: go.mod, and no go-version", path)
		}
	}
	if workflows == 0 {
		t.Error("no workflow found")
	}
}

// A release is published only after all tests and a scan for vulnerabilities.
func TestWorkflows_release(t *testing.T) {
	check, release, found := strings.Cut(readFile(t, ".github/workflows/release.yml"), "\n  release:\n")
	if !found || !strings.Contains(release, "    needs: check\n") || !strings.Contains(release, "run: make release\n") {
		t.Error("the job that runs make release does not need the job check")
	}
	_, check, _ = strings.Cut(check, "\n  check:\n")
	for _, want := range []string{
		`run: scripts/check-changelog.sh "$GITHUB_REF_NAME"`, "run: bash .ci/run", "run: make vuln", "run: make release-check",
	} {
		if !strings.Contains(check, "- "+want+"\n") {
			t.Errorf("the job check lacks %q", want)
		}
	}
	if strings.Contains(check, "continue-on-error") || strings.Contains(check, "    if:") {
		t.Error("a step of the job check may be skipped or fail")
	}
}

func TestCheckChangelog(t *testing.T) {
	tests := []struct {
		name, tag, heading string
		refused            bool
	}{
		{name: "dated", tag: "v0.1.0", heading: "## 0.1.0 (January 2, 2027)"},
		{name: "pre-release", tag: "v0.2.0-rc1", heading: "## 0.2.0-rc1 (December 31, 2027)"},
		{name: "unreleased", tag: "v0.1.0", heading: "## 0.1.0 (Unreleased)", refused: true},
		{name: "no date", tag: "v0.1.0", heading: "## 0.1.0", refused: true},
		{name: "empty date", tag: "v0.1.0", heading: "## 0.1.0 ()", refused: true},
		{name: "another version", tag: "v0.1.0", heading: "## 0.2.0 (January 2, 2027)", refused: true},
		{name: "longer version", tag: "v0.1.0", heading: "## 0.1.0-rc1 (January 2, 2027)", refused: true},
		{name: "similar version", tag: "v0.1.0", heading: "## 0a1.0 (January 2, 2027)", refused: true},
		{name: "text after the date", tag: "v0.1.0", heading: "## 0.1.0 (January 2, 2027) (Unreleased)", refused: true},
	}
	script, err := filepath.Abs(filepath.Join(root, "scripts/check-changelog.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
			if err := os.WriteFile(changelog, []byte(test.heading+"\n\nFEATURES:\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			output, err := exec.CommandContext(t.Context(), script, test.tag, changelog).CombinedOutput()
			if refused := err != nil; refused != test.refused || refused && !strings.Contains(string(output), test.heading) {
				t.Errorf("refused = %v, want %v; output = %s", refused, test.refused, output)
			}
		})
	}
}
