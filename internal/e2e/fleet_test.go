package e2e

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// managedFleet manages the webhooks 1 to n of an account, and imports them.
func managedFleet(n int) (config, imports string) {
	config = requiredProviders + fmt.Sprintf(`
resource "nexudus_webhook" "fleet" {
  for_each    = { for id in range(1, %d) : id => "webhook ${id}" }
  business_id = 5001
  name        = each.value
  description = "number ${each.key}"
  url         = "https://example.com/${each.key}"
  action_name = "BookingCreate"
}
`, n+1)
	return config, fmt.Sprintf(`
import {
  for_each = toset([for id in range(1, %d) : tostring(id)])
  to       = nexudus_webhook.fleet[each.value]
  id       = each.value
}
`, n+1)
}

// newFleet starts an account with n webhooks and a workspace whose state manages
// them. It returns how many requests the import took.
func newFleet(t *testing.T, n int) (server *simulator.Server, w *workspace, requests int) {
	t.Helper()
	server, environment := serve(t)
	for id := range n {
		server.AddWebhook(simulator.Webhook{
			ID: int64(id + 1), BusinessID: 5001, Name: fmt.Sprint("webhook ", id+1), Description: new(fmt.Sprint("number ", id+1)),
			URL: fmt.Sprint("https://example.com/", id+1), Action: 6, Active: true,
		})
	}
	config, imports := managedFleet(n)
	w = newWorkspace(t, config+imports, environment...)
	before := len(server.Requests())
	if output, code := w.run("apply", "-auto-approve"); code != 0 ||
		!strings.Contains(output, fmt.Sprintf("%d imported, 0 added, 0 changed", n)) {
		t.Fatalf("exit code %d, output = … %s", code, output[max(0, len(output)-2000):])
	}
	w.write(config)
	return server, w, len(server.Requests()) - before
}

// write replaces the configuration.
func (w *workspace) write(config string) {
	w.t.Helper()
	writeFile(w.t, filepath.Join(w.dir, "main.tf"), config)
}

// plan plans and returns the output and the number of requests.
func (w *workspace) plan(server *simulator.Server, args ...string) (output string, code, requests int) {
	w.t.Helper()
	before := len(server.Requests())
	output, code = w.run(append([]string{"plan", "-detailed-exitcode"}, args...)...)
	return output, code, len(server.Requests()) - before
}

// A plan over a fleet takes a few requests, and misses nothing. Without the role to list,
// each webhook is read by itself. The client's tests cover each failure of the list.
func TestFleet(t *testing.T) {
	t.Parallel()
	const n = 30
	server, w, requests := newFleet(t, n)
	// The description is only in a full read, and nothing else is needed.
	if requests != n {
		t.Errorf("the import sent %d requests for %d webhooks, want one for each", requests, n)
	}
	output, code, requests := w.plan(server)
	if code != 0 || requests > 10 {
		t.Errorf("a plan without changes: exit code %d, %d requests, want 0 and 10 at most: %s", code, requests, output)
	}

	// Each edit is of another webhook, and one plan finds them all.
	edits := []struct {
		edit func(*simulator.Webhook)
		want string
	}{
		{edit: func(w *simulator.Webhook) { w.Description = new("edited") }, want: `~ description = "edited" -> "number 1"`},
		{edit: func(w *simulator.Webhook) { w.Description = nil }, want: `+ description = "number 2"`},
		{edit: func(w *simulator.Webhook) { w.Active = false }, want: `~ active = false -> true`},
		{edit: func(w *simulator.Webhook) {
			w.Active, w.ErrorCount, w.LastError, w.UpdatedOn = false, 11, new("(410) Gone"), "2024-05-02T08:00:00Z"
		}, want: "It has 11 failed deliveries, so Nexudus probably switched it off itself. The last error: (410) Gone"},
		{edit: func(w *simulator.Webhook) { w.Action = 7 }, want: `~ action_name = "BookingUpdate" -> "BookingCreate"`},
		{edit: func(w *simulator.Webhook) { w.URL = "https://example.com/edited" }, want: `~ url = "https://example.com/edited" -> "https://example.com/6"`},
		{edit: func(w *simulator.Webhook) { w.BusinessID = 5002 }, want: `~ business_id = "5002" -> "5001" # forces replacement`},
		{want: "Webhook 8 was not found"},
	}
	for i, one := range edits[:7] {
		server.EditWebhook(int64(i+1), one.edit)
	}
	server.RemoveWebhook(8)
	for _, role := range []bool{true, false} {
		if !role {
			server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/api/sys/webhooks" {
					return false
				}
				w.WriteHeader(http.StatusUnauthorized)
				return true
			})
		}
		// The deleted and the edited webhooks are read by themselves, in either case.
		output, code, requests := w.plan(server)
		if code != 2 || !strings.Contains(output, "2 to add, 6 to change, 1 to destroy") || (requests >= n) == role {
			t.Errorf("exit code %d, %d requests, output = %s", code, requests, output)
		}
		for _, one := range edits {
			if !strings.Contains(output, one.want) {
				t.Errorf("output = %s\nwant %q in it", output, one.want)
			}
		}
	}
}

// A fleet that was created, or updated, needs no more requests than an imported one. If the
// state may have a description that Nexudus does not, the list cannot show that it is
// unchanged.
func TestFleet_written(t *testing.T) {
	t.Parallel()
	const n = 15
	server, environment := serve(t)
	config, _ := managedFleet(n)
	w := newWorkspace(t, config, environment...)
	wantPlan := func(want string) {
		t.Helper()
		if output, code, requests := w.plan(server); code != 2 || requests >= n || !strings.Contains(output, want) {
			t.Errorf("exit code %d, %d requests, want 2 and fewer than %d: %s\nwant %q in it", code, requests, n, output, want)
		}
	}

	// A client reads three webhooks by themselves before it asks for a list, so it takes
	// four to see what a list shows.
	ids := []int64{ordersID, ordersID + 1, ordersID + 2, ordersID + 3}
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		server.Handle(w, r)
		for _, id := range ids { // somebody else changes them
			server.EditWebhook(id, func(w *simulator.Webhook) { w.Description, w.UpdatedOn = new("theirs"), "2024-05-02T08:00:00Z" })
		}
		return true
	})
	w.want(0, apply, "differs from what was sent")
	server.SetHook(nil)
	wantPlan("4 to change")

	w.write(strings.ReplaceAll(config, "number", "changed"))
	var updated sync.Map // by path; according to the responses
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if _, ok := updated.Load(r.URL.Path); ok {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		body, _ := io.ReadAll(r.Body)
		for _, id := range ids {
			if r.Method == http.MethodPut && strings.Contains(string(body), fmt.Sprintf(`"Id":%d,`, id)) {
				updated.Store(fmt.Sprint("/api/sys/webhooks/", id), true)
				_, _ = w.Write([]byte(`{"WasSuccessful":true}`))
				return true
			}
		}
		return false
	})
	w.want(0, apply, "was updated but could not be read back")
	server.SetHook(nil)
	wantPlan("4 to change")
}
