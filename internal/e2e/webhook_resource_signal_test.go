//go:build unix

package e2e

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A request that has been sent is awaited after an interrupt, and what it made is
// in the state. This takes a second of real time for each write.
func TestManage_interrupted(t *testing.T) {
	t.Parallel()
	const sent = syscall.SIGTERM
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
	output, _ := interrupt(t, w, server, sent, http.MethodPost, run, throttled)
	if !strings.Contains(output, "Error: Interrupted") || w.inState() != nil || len(server.Webhooks()) != 8 {
		t.Errorf("in the state: %v, %d webhooks, output = %s", w.inState(), len(server.Webhooks()), output)
	}

	output, _ = interrupt(t, w, server, sent, http.MethodPost, run, slow)
	if !slices.Equal(w.inState(), []int64{ordersID}) || len(server.Webhooks()) != 9 {
		t.Errorf("in the state: %v, %d webhooks, output = %s", w.inState(), len(server.Webhooks()), output)
	}
	w.want(0, noPlan, "No changes.")

	w.change(orders, `"orders"`, `"renamed"`)
	output, _ = interrupt(t, w, server, sent, http.MethodPut, run, slow)
	if got, _ := server.Webhook(ordersID); got.Name != "renamed" {
		t.Errorf("Name = %q, output = %s", got.Name, output)
	}
	w.want(0, noPlan, "No changes.")

	output, _ = interrupt(t, w, server, sent, http.MethodDelete, append([]string{"destroy"}, run[1:]...), slow)
	if len(server.Webhooks()) != 8 || w.inState() != nil && !strings.Contains(output, "Error: The webhook may have been deleted") {
		t.Errorf("in the state: %v, %d webhooks, output = %s", w.inState(), len(server.Webhooks()), output)
	}
}
