package e2e

import (
	"archive/zip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// platforms are those that the registries recommend.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

// TestRelease checks the files of a release that make release-check has built.
func TestRelease(t *testing.T) {
	dist := os.Getenv("RELEASE")
	if dist == "" {
		t.Skip("run by make release-check, which builds the release")
	}
	read := func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dist, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	manifest, err := os.ReadFile(filepath.Join(root, "terraform-registry-manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := filepath.Glob(filepath.Join(dist, "*_SHA256SUMS"))
	if err != nil || len(sums) != 1 {
		t.Fatalf("checksums = %v, want one file", sums)
	}
	prefix := strings.TrimSuffix(filepath.Base(sums[0]), "_SHA256SUMS")
	version := strings.TrimPrefix(prefix, "terraform-provider-nexudus_")

	log, err := exec.CommandContext(t.Context(), "git", "-C", dist, "log", "-1", "--format=%H %ct").Output()
	if err != nil {
		t.Fatal(err)
	}
	commit, commitTime, _ := strings.Cut(strings.TrimSpace(string(log)), " ")

	// The Terraform Registry rejects a release whose list of checksums has other files.
	t.Run("names and checksums", func(t *testing.T) {
		want := []string{prefix + "_manifest.json"}
		for _, platform := range platforms {
			want = append(want, prefix+"_"+platform+".zip")
		}
		var got []string
		for line := range strings.Lines(string(read(prefix + "_SHA256SUMS"))) {
			sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
			got = append(got, name)
			text := manifest // goreleaser renames it only when it publishes
			if name != prefix+"_manifest.json" {
				text = read(name)
			}
			if actual := fmt.Sprintf("%x", sha256.Sum256(text)); actual != sum {
				t.Errorf("checksum of %s = %s, want %s", name, sum, actual)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("files = %q\nwant %q", got, want)
		}
	})

	t.Run("archives and SBOMs", func(t *testing.T) {
		for _, platform := range platforms {
			archive, err := zip.OpenReader(filepath.Join(dist, prefix+"_"+platform+".zip"))
			if err != nil {
				t.Error(err)
				continue
			}
			binary := "terraform-provider-nexudus_v" + version
			if strings.HasPrefix(platform, "windows") {
				binary += ".exe"
			}
			var names []string
			for _, file := range archive.File {
				names = append(names, file.Name)
				// The same commit gives the same archive.
				if got := fmt.Sprint(file.Modified.Unix()); got != commitTime {
					t.Errorf("%s: the time of %s is %s, want that of the commit, %s", platform, file.Name, got, commitTime)
				}
				if file.Name == binary && (file.Mode()&0o111 == 0 || file.UncompressedSize64 < 1<<20) {
					t.Errorf("%s: mode %v and %d bytes, want a program", platform, file.Mode(), file.UncompressedSize64)
				}
			}
			slices.Sort(names)
			if !slices.Equal(names, []string{"LICENSE", binary}) {
				t.Errorf("%s contains %q, want the licence and %s", platform, names, binary)
			}
			_ = archive.Close()

			var sbom struct {
				BOMFormat  string `json:"bomFormat"`
				Components []struct {
					Name    string `json:"name"`
					Version string `json:"version"`
				} `json:"components"`
			}
			if err := json.Unmarshal(read(prefix+"_"+platform+".cdx.json"), &sbom); err != nil || sbom.BOMFormat != "CycloneDX" {
				t.Errorf("%s: SBOM of the format %q, %v", platform, sbom.BOMFormat, err)
			}
			found := make(map[string]string)
			for _, component := range sbom.Components {
				found[component.Name] = component.Version
			}
			if found["github.com/hashicorp/terraform-plugin-framework"] == "" {
				t.Errorf("%s: the SBOM lacks the plugin framework", platform)
			}
			// The vulnerabilities of the standard library depend on the Go version.
			if got, want := found["std"], installedGo(t); got != want {
				t.Errorf("%s: built with %q, want %s as in go.mod", platform, got, want)
			}
		}
	})

	t.Run("init from a mirror", func(t *testing.T) {
		mirror := t.TempDir()
		name := fmt.Sprintf("%s_%s_%s.zip", prefix, runtime.GOOS, runtime.GOARCH)
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			folder := filepath.Join(mirror, host, "nexudus-community", "nexudus")
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, name), read(name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		config := filepath.Join(mirror, "cli.tfrc")
		text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
		writeFile(t, config, text)
		server, environment := serve(t)
		// Without a version constraint, init would not choose a pre-release.
		source := strings.Replace(requiredProviders, "nexudus\"\n", "nexudus\"\n      version = \""+version+"\"\n", 1)
		w := checkInit(t, source, append(environment, "TF_CLI_CONFIG_FILE="+config)...)
		requests := server.Requests()
		userAgent := "terraform-provider-nexudus/" + version + " "
		if len(requests) == 0 || !strings.HasPrefix(requests[0].Header.Get("User-Agent"), userAgent) {
			t.Errorf("requests = %v, want one of the version %s", requests, version)
		}

		found, err := filepath.Glob(filepath.Join(w.dir, ".terraform", "providers",
			"*", "nexudus-community", "nexudus", version, "*", "terraform-provider-nexudus_v"+version))
		if err != nil || len(found) != 1 {
			t.Fatalf("binaries = %v, want one", found)
		}
		var declared struct {
			Metadata struct {
				ProtocolVersions []string `json:"protocol_versions"`
			} `json:"metadata"`
		}
		if err := json.Unmarshal(manifest, &declared); err != nil || len(declared.Metadata.ProtocolVersions) != 1 {
			t.Fatalf("manifest = %s, %v", manifest, err)
		}
		// The first line of a provider's output contains the protocol version.
		serving := exec.CommandContext(t.Context(), found[0])
		serving.Env = append(os.Environ(), "PLUGIN_PROTOCOL_VERSIONS=5,6",
			"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
		stdout, err := serving.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := serving.Start(); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 4)
		_, err = io.ReadFull(stdout, line)
		_ = serving.Process.Kill()
		_ = serving.Wait()
		if err != nil || string(line) != "1|"+strings.TrimSuffix(declared.Metadata.ProtocolVersions[0], ".0")+"|" {
			t.Errorf("the provider says %q, and the manifest %q", line, declared.Metadata.ProtocolVersions)
		}

		info, err := buildinfo.ReadFile(found[0])
		if err != nil || !slices.Contains(info.Settings, debug.BuildSetting{Key: "-trimpath", Value: "true"}) {
			t.Errorf("build settings = %v, %v, want no paths of the machine", info, err)
		}
		shown, err := exec.CommandContext(t.Context(), found[0], "-version").Output()
		if want := fmt.Sprintf("terraform-provider-nexudus %s, commit %s\n", version, commit); err != nil || string(shown) != want {
			t.Errorf("-version = %q, %v, want %q", shown, err, want)
		}
	})
}
