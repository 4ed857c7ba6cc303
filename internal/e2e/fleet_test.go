package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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
  action      = 6
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
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(config), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// plan plans and returns the output and the number of requests.
func (w *workspace) plan(server *simulator.Server, args ...string) (output string, code, requests int) {
	w.t.Helper()
	before := len(server.Requests())
	output, code = w.run(append([]string{"plan", "-detailed-exitcode"}, args...)...)
	return output, code, len(server.Requests()) - before
}

// A plan over a fleet takes a few requests, and misses nothing.
func TestFleet(t *testing.T) {
	t.Parallel()
	const n = 200
	server, w, requests := newFleet(t, n)
	// The description is only in a full read, and nothing else is needed.
	if requests != n {
		t.Errorf("the import sent %d requests for %d webhooks, want one for each", requests, n)
	}
	output, code, requests := w.plan(server)
	if code != 0 || requests > 10 {
		t.Errorf("a plan without changes: exit code %d, %d requests, want 0 and 10 at most: %s", code, requests,
			output[max(0, len(output)-1000):])
	}

	tests := []struct {
		name string
		edit func(*simulator.Webhook)
		want string
	}{
		{
			name: "description",
			edit: func(w *simulator.Webhook) { w.Description = new("edited") },
			want: `description = "edited" -> "number 50"`,
		},
		{name: "no description", edit: func(w *simulator.Webhook) { w.Description = nil }, want: `+ description = "number 50"`},
		{name: "activity", edit: func(w *simulator.Webhook) { w.Active = false }, want: `active = false -> true`},
		{name: "switched off without an edit", edit: func(w *simulator.Webhook) {
			w.Active, w.ErrorCount, w.LastError, w.UpdatedOn = false, 11, new("(410) Gone"), "2024-05-02T08:00:00Z"
		}, want: `It has 11 failed deliveries, so Nexudus probably switched it off itself. The last error: (410) Gone`},
		{name: "event", edit: func(w *simulator.Webhook) { w.Action = 7 }, want: `action = 7 -> 6`},
		{
			name: "address",
			edit: func(w *simulator.Webhook) { w.URL = "https://example.com/edited" },
			want: `url = "https://example.com/edited" -> "https://example.com/50"`,
		},
		{
			name: "location",
			edit: func(w *simulator.Webhook) { w.BusinessID = 5002 },
			want: `business_id = 5002 -> 5001 # forces replacement`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			old, _ := server.Webhook(50)
			server.EditWebhook(50, test.edit)
			output, code, requests := w.plan(server)
			if code != 2 || !strings.Contains(output, test.want) || requests > 10 ||
				strings.Count(output, "nexudus_webhook.fleet[\"50\"] ") == 0 {
				t.Errorf("exit code %d, %d requests, output = … %s\nwant 2, 10 at most, and %q", code, requests,
					output[max(0, len(output)-1500):], test.want)
			}
			server.AddWebhook(old)
		})
	}
	t.Run("deletion", func(t *testing.T) {
		old, _ := server.Webhook(50)
		server.RemoveWebhook(50)
		output, code, requests := w.plan(server)
		if want := "Webhook 50 no longer exists"; code != 2 || !strings.Contains(output, want) || requests > 10 {
			t.Errorf("exit code %d, %d requests, output = … %s\nwant 2, 10 at most, and %q", code, requests,
				output[max(0, len(output)-1500):], want)
		}
		server.AddWebhook(old)
	})
}

// A fleet that was created, or updated, needs no more requests than an imported one.
func TestFleet_created(t *testing.T) {
	t.Parallel()
	const n = 30
	server, environment := serve(t)
	config, _ := managedFleet(n)
	w := newWorkspace(t, config, environment...)
	for _, change := range []string{"number", "changed"} {
		w.write(strings.ReplaceAll(config, "number", change))
		if output, code := w.run("apply", "-auto-approve"); code != 0 {
			t.Fatalf("exit code %d, output = %s", code, output)
		}
		// About seven requests. On a busy machine, a few webhooks are read back too soon
		// after they were written, and each costs one more.
		if output, code, requests := w.plan(server); code != 0 || requests > 20 {
			t.Errorf("exit code %d, %d requests, want 0 and 20 at most: %s", code, requests, output)
		}
	}
}

// If there is no list to trust, each webhook is read by itself.
func TestFleet_withoutList(t *testing.T) {
	t.Parallel()
	const n = 30
	server, w, _ := newFleet(t, n)
	server.EditWebhook(20, func(w *simulator.Webhook) { w.Description = new("edited") })
	list := func(handler http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/api/sys/webhooks" {
				return false
			}
			handler(w, r)
			return true
		}
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
	}{
		{name: "no role", handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }},
		{name: "refused", handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }},
		{name: "HTML", handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }},
		{name: "truncated", handler: func(w http.ResponseWriter, r *http.Request) {
			recorder := httptest.NewRecorder()
			server.Handle(recorder, r)
			_, _ = w.Write(recorder.Body.Bytes()[:1000])
		}},
		{name: "without a field", handler: func(w http.ResponseWriter, r *http.Request) {
			recorder := httptest.NewRecorder()
			server.Handle(recorder, r)
			_, _ = w.Write(bytes.ReplaceAll(recorder.Body.Bytes(), []byte(`"URL":`), []byte(`"Url2":`)))
		}},
		{name: "empty", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"Records":[],"TotalItems":0,"HasNextPage":false}`))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server.SetHook(list(test.handler))
			output, code, requests := w.plan(server)
			if want := `description = "edited" -> "number 20"`; code != 2 || !strings.Contains(output, want) ||
				!strings.Contains(output, "1 to change") ||
				requests < n {
				t.Errorf("exit code %d, %d requests, output = … %s\nwant 2, at least %d, and %q", code, requests,
					output[max(0, len(output)-1500):], n, want)
			}
		})
	}
}

// One managed webhook is one read, and no list.
func TestFleet_one(t *testing.T) {
	t.Parallel()
	server, w, _ := newFleet(t, 1)
	if _, code, requests := w.plan(server); code != 0 || requests != 1 {
		t.Errorf("exit code %d, %d requests, want 0 and one", code, requests)
	}
}

// If the state may hold a description that Nexudus does not, the list cannot say
// that it is unchanged.
func TestFleet_unsure(t *testing.T) {
	const n = 30
	t.Run("created differently", func(t *testing.T) {
		t.Parallel()
		server, w, _ := newFleet(t, n)
		server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost {
				return false
			}
			server.Handle(w, r)
			server.EditWebhook(n+101, func(w *simulator.Webhook) { w.Description, w.UpdatedOn = new("theirs"), "2024-05-02T08:00:00Z" })
			return true
		})
		config, _ := managedFleet(n)
		w.write(strings.Replace(config, "range(1, 31)", "concat(range(1, 31), [131])", 1))
		server.AddWebhook(simulator.Webhook{ID: n + 100, BusinessID: 5001, Name: "other", Action: 1, URL: "https://example.com"})
		if output, code := w.run("apply", "-auto-approve"); code != 0 ||
			!strings.Contains(output, "Webhook 131 differs from what was sent") {
			t.Fatalf("exit code %d, output = %s", code, output)
		}
		if output, code := w.run("plan", "-detailed-exitcode"); code != 2 ||
			!strings.Contains(output, `description = "theirs" -> "number 131"`) {
			t.Errorf("exit code %d, output = %s\nwant 2 and a change of the description", code, output)
		}
	})
	t.Run("updated and not read back", func(t *testing.T) {
		t.Parallel()
		server, w, _ := newFleet(t, n)
		updated := false
		server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case r.Method == http.MethodPut:
				updated = true // according to the response; nothing is changed
				_, _ = w.Write([]byte(`{"WasSuccessful":true}`))
			case updated:
				w.WriteHeader(http.StatusForbidden)
			}
			return updated
		})
		config, _ := managedFleet(n)
		w.write(strings.Replace(config, `"number ${each.key}"`, `each.key == "7" ? "ours" : "number ${each.key}"`, 1))
		if output, code := w.run("apply", "-auto-approve"); code != 0 ||
			!strings.Contains(output, "Webhook 7 was updated but could not be read back") {
			t.Fatalf("exit code %d, output = %s", code, output)
		}
		server.SetHook(nil)
		if output, code := w.run("plan", "-detailed-exitcode"); code != 2 ||
			!strings.Contains(output, `description = "number 7" -> "ours"`) {
			t.Errorf("exit code %d, output = %s\nwant 2 and a change of the description", code, output)
		}
	})
}
