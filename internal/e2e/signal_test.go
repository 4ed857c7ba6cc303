//go:build unix

package e2e

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// interrupt runs a command and sends the signal to its whole process group, as a terminal
// or a CI system does, when the first request with the method arrives. The handler then
// answers that request.
func interrupt(
	t *testing.T,
	w *workspace,
	server *simulator.Server,
	sent syscall.Signal,
	method string,
	args []string,
	handler http.HandlerFunc,
) (output string, code int) {
	t.Helper()
	command := w.command(args...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	started, first := make(chan struct{}), true
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !first {
			return false
		}
		first = false
		<-started
		if err := syscall.Kill(-command.Process.Pid, sent); err != nil {
			t.Error(err)
		}
		handler(w, r)
		return true
	})
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	wantEnd(t, command)
	server.SetHook(nil)
	return words(out.String()), command.ProcessState.ExitCode()
}

// wantEnd waits for the end of a command, and kills it after 20 seconds.
func wantEnd(t *testing.T, command *exec.Cmd) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the process still runs after 20 s")
		_ = command.Process.Kill()
		<-ended
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// throttled asks for a wait of a minute.
func throttled(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "60")
	w.WriteHeader(http.StatusConflict)
}

// CI systems send the signal that ends a job to the whole process group. If the
// provider obeyed it, the CLI would report a crash. The CLI's own request to stop
// ends a read, a wait and a sign-in.
func TestTerminate(t *testing.T) {
	tests := []struct {
		name    string
		sent    syscall.Signal
		method  string
		handler http.HandlerFunc
	}{
		{name: "read", sent: syscall.SIGTERM, method: http.MethodGet, handler: hang},
		{name: "wait", sent: syscall.SIGINT, method: http.MethodGet, handler: throttled},
		{name: "sign-in", sent: syscall.SIGINT, method: http.MethodPost, handler: hang},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			if test.method == http.MethodPost {
				environment = append(environment[:1:1], "NEXUDUS_USERNAME=a", "NEXUDUS_PASSWORD=b")
			}
			w := newWorkspace(t, requiredProviders+"\ndata \"nexudus_webhook\" \"test\" {\n  id = 101\n}\n", environment...)
			output, code := interrupt(t, w, server, test.sent, test.method, []string{"plan"}, test.handler)
			if code != 1 || !strings.Contains(output, "Error: Interrupted") || strings.Contains(output, "did not respond") {
				t.Errorf("exit code %d, output = %s\nwant 1 and that reading was cancelled", code, output)
			}
		})
	}
}

// A provider that was started with -debug has no CLI that ends it.
func TestTerminate_debug(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sent.String(), func(t *testing.T) {
			t.Parallel()
			command, _ := startDebug(t, nil)
			if err := command.Process.Signal(sent); err != nil {
				t.Fatal(err)
			}
			wantEnd(t, command)
		})
	}
}
