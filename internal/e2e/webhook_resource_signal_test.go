//go:build unix

package e2e

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
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
	handler func(http.ResponseWriter, *http.Request),
) (output string) {
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
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the process still runs after 20 s")
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		<-ended
	}
	server.SetHook(nil)
	return words(out.String())
}

// A request that has been sent is awaited after an interrupt, and what it made is
// in the state.
func TestManage_interrupted(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sent.String(), func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			// slow takes a second, and fails the test if the provider does not wait.
			slow := func(w http.ResponseWriter, r *http.Request) {
				recorder := httptest.NewRecorder()
				server.Handle(recorder, r)
				select {
				case <-r.Context().Done():
					t.Errorf("the provider has not awaited the response to %s", r.Method)
				case <-time.After(time.Second):
				}
				_, _ = w.Write(recorder.Body.Bytes())
			}
			w := newWorkspace(t, orders, environment...)
			run := strings.Fields(apply)

			// Nothing is sent after an interrupted wait.
			output := interrupt(t, w, server, sent, http.MethodPost, run, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(http.StatusConflict)
			})
			if !strings.Contains(output, "Error: Interrupted") || w.inState() != nil || len(server.Webhooks()) != 8 {
				t.Errorf("in the state: %v, %d webhooks, output = %s", w.inState(), len(server.Webhooks()), output)
			}

			output = interrupt(t, w, server, sent, http.MethodPost, run, slow)
			if !slices.Equal(w.inState(), []int64{ordersID}) || len(server.Webhooks()) != 9 {
				t.Errorf("in the state: %v, %d webhooks, output = %s", w.inState(), len(server.Webhooks()), output)
			}
			w.want(0, noPlan, "No changes.")

			w.change(orders, `"orders"`, `"renamed"`)
			output = interrupt(t, w, server, sent, http.MethodPut, run, slow)
			if got, _ := server.Webhook(ordersID); got.Name != "renamed" {
				t.Errorf("Name = %q, output = %s", got.Name, output)
			}
			w.want(0, noPlan, "No changes.")

			output = interrupt(t, w, server, sent, http.MethodDelete, append([]string{"destroy"}, run[1:]...), slow)
			if w.inState() != nil || len(server.Webhooks()) != 8 {
				t.Errorf("in the state: %v, %d webhooks, output = %s", w.inState(), len(server.Webhooks()), output)
			}
		})
	}
}
