package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// demoPipeline is the user in the authentication guide.
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

// Each configuration in the documentation is formatted and can be planned.
func TestDocumentation_code(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile("(?s)```(?:terraform|hcl)\n(.*?)```")
	blocks := 0
	for path, page := range texts(t, ".md") {
		for _, block := range code.FindAllStringSubmatch(page, -1) {
			blocks++
			t.Run(path, func(t *testing.T) {
				t.Parallel()
				config := block[1]
				if !strings.Contains(config, "required_providers") {
					config = strings.TrimPrefix(requiredProviders, "\n") + "\n" + config
				}
				server, environment := serve(t)
				server.AddUser(demoPipeline)
				w := newWorkspace(t, config, append(environment, "TF_VAR_nexudus_password="+demoPipeline.Password)...)
				if output, code := w.run("fmt", "-check", "-diff"); code != 0 {
					t.Errorf("not formatted: %s", output)
				}
				if output, code := w.run("plan"); code != 0 {
					t.Errorf("plan: %s\n%s", output, config)
				}
			})
		}
	}
	if blocks < 10 {
		t.Errorf("%d blocks found, want all", blocks)
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
