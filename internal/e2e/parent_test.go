//go:build unix

package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A provider whose CLI has been killed ends: at once if it gets a signal, and otherwise by itself.
// While the CLI runs, a signal does not end it.
func TestProvider_parentKilled(t *testing.T) {
	t.Parallel()
	for name, signalled := range map[string]bool{"signal": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The shell takes the place of the CLI: it starts the provider and prints its process ID.
			shell := exec.CommandContext(t.Context(), "sh", "-c", `"$0" & echo $!; wait`,
				filepath.Join(filepath.Dir(cliConfig), "terraform-provider-nexudus"))
			shell.Env = append(os.Environ(), "PLUGIN_PROTOCOL_VERSIONS=6",
				"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
			output, err := shell.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := shell.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(output)
			lines.Scan()
			pid, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatal(err)
			}
			for lines.Scan() && !strings.Contains(lines.Text(), "|grpc|") { // until it serves
			}
			ended := make(chan struct{}) // both have: the output is closed
			go func() {
				for lines.Scan() {
				}
				close(ended)
			}()
			_ = syscall.Kill(pid, syscall.SIGTERM)
			select {
			case <-ended:
				t.Fatal("a signal has ended the provider while its CLI runs")
			case <-time.After(500 * time.Millisecond):
			}
			if err := shell.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			limit := 40 * time.Second
			if signalled {
				time.Sleep(100 * time.Millisecond) // until the system has given it another parent
				_ = syscall.Kill(pid, syscall.SIGTERM)
				limit = 5 * time.Second
			}
			select {
			case <-ended:
			case <-time.After(limit):
				_ = syscall.Kill(pid, syscall.SIGKILL)
				t.Errorf("the provider still runs after %s", limit)
			}
		})
	}
}
