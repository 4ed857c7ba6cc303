//go:build unix

package e2e

import (
	"bytes"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// CI systems send the signal that ends a job to the whole process group. If the
// provider obeyed it, the CLI would report a crash.
func TestTerminate(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sent.String(), func(t *testing.T) {
			server, environment := serve(t)
			asked := make(chan struct{}, 100)
			server.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
				asked <- struct{}{}
				<-r.Context().Done()
				return true
			})
			w := newWorkspace(t, requiredProviders+`
data "nexudus_webhook" "test" {
  id = 101
}
`, environment...)
			command := w.command("plan")
			command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			var output bytes.Buffer
			command.Stdout, command.Stderr = &output, &output
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			<-asked
			if err := syscall.Kill(-command.Process.Pid, sent); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- command.Wait() }()
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				t.Error("the process still runs after 20 s")
				_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
				<-ended
			}
			shown := words(output.String())
			if code := command.ProcessState.ExitCode(); code != 1 || !strings.Contains(shown, "Error: Interrupted") ||
				strings.Contains(shown, "did not respond") {
				t.Errorf("exit code %d, output = %s\nwant 1 and that reading was cancelled", code, shown)
			}
		})
	}
}

// A provider that was started with -debug has no CLI that ends it.
func TestTerminate_debug(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sent.String(), func(t *testing.T) {
			command, _ := startDebug(t, nil)
			if err := command.Process.Signal(sent); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- command.Wait() }()
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				t.Error("the process still runs after 20 s")
				_ = command.Process.Kill()
				<-ended
			}
		})
	}
}
