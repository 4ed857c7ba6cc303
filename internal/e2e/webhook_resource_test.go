package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// orders manages a webhook, which gets the Id 109.
const orders = requiredProviders + `
resource "nexudus_webhook" "test" {
  business_id = 5001
  name        = "orders"
  url         = "https://example.com/hook?key=1"
  action_name = "BookingCreate"
}
`

const ordersID = 109

// change writes the configuration with a text replaced.
func (w *workspace) change(config, old, replacement string) {
	w.t.Helper()
	if !strings.Contains(config, old) {
		w.t.Fatalf("%q is not in the configuration", old)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(strings.Replace(config, old, replacement, 1)), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// want runs a command and checks its exit code and output.
func (w *workspace) want(code int, command string, texts ...string) (output string) {
	w.t.Helper()
	output, got := w.run(strings.Fields(command)...)
	if got != code {
		w.t.Errorf("%s: exit code %d, want %d: %s", command, got, code, output)
	}
	for _, text := range texts {
		if !strings.Contains(output, text) {
			w.t.Errorf("%s: output = %s\nwant %q in it", command, output, text)
		}
	}
	return output
}

const (
	apply  = "apply -auto-approve -input=false"
	noPlan = "plan -input=false -detailed-exitcode" // exits with 0 if there is nothing to do
)

// inState reports the Ids of the webhooks in the state.
func (w *workspace) inState() (ids []int64) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if err != nil {
		return nil
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Status     string
				Attributes struct{ ID int64 }
			}
		}
	}
	if err := json.Unmarshal(text, &state); err != nil {
		w.t.Fatal(err)
	}
	for _, r := range state.Resources {
		for _, one := range r.Instances {
			if one.Status != "" {
				w.t.Errorf("webhook %d is %s", one.Attributes.ID, one.Status)
			}
			ids = append(ids, one.Attributes.ID)
		}
	}
	return ids
}

// answer answers the first n requests with a method instead of the account. If do is
// true, the account does the work first.
func answer(server *simulator.Server, method string, n int, do bool, handler http.HandlerFunc) {
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || n == 0 {
			return false
		}
		n--
		if do {
			server.Handle(httptest.NewRecorder(), r)
		}
		handler(w, r)
		return true
	})
}

func reset(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// A webhook that Nexudus has switched off: the plan shows the change and says
// once why, also after a refresh has been saved.
func TestManage_switchedOff(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, environment...)
	w.want(0, apply, "1 added")
	w.want(0, noPlan, "No changes.")
	server.EditWebhook(ordersID, func(w *simulator.Webhook) {
		w.Active, w.ErrorCount = false, 11
		w.LastError = new("\x1b[31m(410) Gone\n from https://example.com/hook?key=1")
	})
	check := func(w *workspace) {
		t.Helper()
		output := w.want(2, noPlan, "~ active = false -> true", "0 to add, 1 to change, 0 to destroy",
			"Warning: Webhook 109 was switched off in Nexudus", "It has 11 failed deliveries, so Nexudus probably switched it off itself. "+
				"The last error: [31m(410) Gone from https://example.com/…", "This change switches it on again.")
		if n := strings.Count(output, "Warning: Webhook"); n != 1 || strings.Contains(output, "known after apply") {
			t.Errorf("%d warnings, want one, and nothing known after apply: %s", n, output)
		}
	}
	check(w)
	w.want(0, "apply -refresh-only -auto-approve -input=false")
	check(w)

	const event = "action_name = \"BookingCreate\"\n"
	for _, quiet := range []string{"  active = false\n", "  lifecycle {\n    ignore_changes = [active]\n  }\n"} {
		w.change(orders, event, event+quiet)
		if output := w.want(0, noPlan, "No changes."); strings.Contains(output, "Warning: Webhook") {
			t.Errorf("with %s: %s", quiet, output)
		}
	}
	// While active is ignored, the webhook stays off when something else changes.
	// Afterwards, the plan still says why it is off.
	w.change(strings.Replace(orders, `"orders"`, `"renamed"`, 1), event, event+"  lifecycle {\n    ignore_changes = [active]\n  }\n")
	w.want(0, apply, "1 changed")
	w.change(orders, `"orders"`, `"renamed"`)
	check(w)

	w.want(0, apply, "1 changed")
	if got, _ := server.Webhook(ordersID); !got.Active {
		t.Error("the webhook is still off")
	}
	if output := w.want(0, noPlan, "No changes."); strings.Contains(output, "Warning: Webhook") {
		t.Error(output)
	}
}

// A webhook that was deleted in Nexudus is planned again, and destroying it succeeds.
// A state that Terraform 1.11 wrote has no identity.
func TestManage_gone(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, environment...)
	w.want(0, apply)
	w.removeIdentity()
	server.RemoveWebhook(ordersID)
	w.want(2, noPlan, "Warning: Webhook 109 no longer exists", `The webhook was deleted outside of Terraform`,
		"1 to add, 0 to change, 0 to destroy")
	w.want(0, "destroy -auto-approve -input=false", "0 destroyed")
	if ids := w.inState(); ids != nil {
		t.Errorf("in the state: %v", ids)
	}
	w.want(0, apply, "1 added")
	server.RemoveWebhook(ordersID + 1)
	w.want(0, "destroy -auto-approve -input=false -refresh=false", "1 destroyed")
}

func (w *workspace) removeIdentity() {
	w.t.Helper()
	file := filepath.Join(w.dir, "terraform.tfstate")
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(text, &state); err != nil {
		w.t.Fatal(err)
	}
	for _, resource := range state["resources"].([]any) {
		for _, instance := range resource.(map[string]any)["instances"].([]any) {
			delete(instance.(map[string]any), "identity")
			delete(instance.(map[string]any), "identity_schema_version")
		}
	}
	if text, err = json.Marshal(state); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// A webhook that only seems to be gone causes an error and stays in the state: with a
// wrong address, Terraform must not plan a second fleet.
func TestManage_seemsGone(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, append(environment, "NEXUDUS_MAX_RETRIES=0")...)
	w.want(0, apply)
	everything := func(status int, contentType, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "86400")
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return true
		}
	}
	one := func(all func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/109") && all(w, r)
		}
	}
	const html = "<!doctype html><title>Nothing here</title>"
	tests := []struct {
		name    string
		handler func(http.ResponseWriter, *http.Request) bool
		want    string
	}{
		{name: "404 with HTML to all", handler: everything(404, "text/html", html), want: "Error: Unexpected response from Nexudus"},
		{
			name:    "404 with an object to all",
			handler: everything(404, jsonType, `{"Message":"No HTTP resource was found."}`),
			want:    "Error: Unexpected response from Nexudus",
		},
		{
			name:    "404 with HTML to one that is listed",
			handler: one(everything(404, "text/html", html)),
			want:    "Error: Unexpected response from Nexudus",
		},
		{name: "401", handler: everything(401, jsonType, `"Access Denied"`), want: "Error: Nexudus refused the credentials"},
		{name: "403", handler: everything(403, "text/html", html), want: "Error: Blocked by a firewall"},
		{name: "409", handler: everything(409, "", ""), want: "Error: Throttled by Nexudus"},
		{name: "429", handler: everything(429, "", ""), want: "Error: Throttled by Nexudus"},
		{name: "500", handler: everything(500, "", ""), want: "Error: Nexudus is not available"},
	}
	for _, test := range tests {
		server.SetHook(test.handler)
		output := w.want(1, noPlan, test.want)
		if strings.Contains(output, "to add") || !slices.Equal(w.inState(), []int64{ordersID}) {
			t.Errorf("%s: in the state: %v, output = %s", test.name, w.inState(), output)
		}
	}
	server.SetHook(nil)
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	w.environment = append(w.environment, "NEXUDUS_BASE_URL="+other.URL+"/api")
	w.want(1, apply, "Error: Unexpected response from Nexudus", `Check that "base_url" is the root of the API`)
	w.environment = append(w.environment, environment[0])
	w.want(0, noPlan, "No changes.")
}

// A create whose response is lost ends with one webhook, in the state. If the outcome
// remains unknown, nothing is in the state, and the error says what to do.
func TestManage_createLost(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, environment...)
	answer(server, http.MethodPost, 1, true, reset)
	w.want(0, apply, "1 added")
	if ids := w.inState(); len(server.Webhooks()) != 9 || !slices.Equal(ids, []int64{ordersID}) {
		t.Errorf("%d webhooks, in the state: %v", len(server.Webhooks()), ids)
	}
	w.want(0, noPlan, "No changes.")

	server, environment = serve(t)
	w = newWorkspace(t, orders, environment...)
	answer(server, http.MethodPost, 1, true, func(http.ResponseWriter, *http.Request) {
		one, _ := server.Webhook(ordersID)
		one.ID, one.UniqueID = 0, ""
		server.AddWebhook(one)
		panic(http.ErrAbortHandler)
	})
	w.want(1, apply, "Error: The webhook may have been created", "Ids of webhooks that this request may have created: 109 and 110.", "import it by its Id")
	if ids := w.inState(); ids != nil {
		t.Errorf("in the state: %v", ids)
	}
	w.want(0, "import -input=false nexudus_webhook.test 110", "Import successful!")
	w.want(0, noPlan, "No changes.")
}

// A webhook that was created and cannot be read is in the state, and the next run
// neither replaces it nor creates another.
func TestManage_createUnread(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, environment...)
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/109") {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	w.want(0, apply, "1 added", "Warning: Webhook 109 was created but could not be read back", "The next plan reads the webhook.")
	server.SetHook(nil)
	w.want(0, noPlan, "No changes.")
	if ids := w.inState(); len(server.Webhooks()) != 9 || !slices.Equal(ids, []int64{ordersID}) {
		t.Errorf("%d webhooks, in the state: %v", len(server.Webhooks()), ids)
	}
}

// What Nexudus says about a field is shown at its line.
func TestManage_fieldError(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, environment...)
	answer(server, http.MethodPost, 1, false, func(w http.ResponseWriter, _ *http.Request) {
		simulator.Fail(w, 200, "", simulator.FieldError{AttemptedValue: "att3mpted", Message: "must be unique", PropertyName: "Name"})
	})
	output := w.want(
		1,
		apply,
		`Error: Nexudus refused "name" with nexudus_webhook.test, on main.tf line 12, in resource "nexudus_webhook" "test": `+
			`12: name = "orders" Nexudus refused the value of "name". Correct the value, and apply again.`,
		"Nexudus said: must be unique",
	)
	if strings.Contains(output, "att3mpted") || w.inState() != nil {
		t.Errorf("in the state: %v, output = %s", w.inState(), output)
	}
}

// The log says why a write waits.
func TestManage_logOfWait(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, append(environment, "TF_LOG_PROVIDER=INFO")...)
	answer(server, http.MethodPost, 1, false, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusConflict)
	})
	w.want(0, apply, "1 added", "Nexudus asks to wait: ", `request="create webhook"`, "status=409", "asked=1s")
}

// Generated configuration is valid and plans no change.
func TestManage_generateConfig(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	server.AddWebhook(
		simulator.Webhook{
			ID:          500,
			BusinessID:  5001,
			Name:        "newer ${event} %{x}",
			Action:      91,
			URL:         "https://example.com/ü?a=${b}",
			Description: new(""),
		},
	)
	server.AddWebhook(
		simulator.Webhook{
			ID:          1<<53 + 1,
			BusinessID:  1<<53 + 1,
			Name:        "large \"Ids\"\n",
			Action:      95,
			URL:         "https://example.com",
			Active:      true,
			Description: new("two\nlines"),
		},
	)
	server.Actions = map[int64]string{95: "DoorOpened"}
	config := requiredProviders
	all := server.Webhooks()
	for _, one := range all {
		config += fmt.Sprintf("\nimport {\n  to = nexudus_webhook.w%d\n  id = %[1]d\n}\n", one.ID)
	}
	w := newWorkspace(t, config, environment...)
	w.want(0, "plan -input=false -generate-config-out=generated.tf")
	w.want(0, "validate", "Success!")
	w.want(0, apply, fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", len(all)))
	w.want(0, noPlan, "No changes.")
	for _, r := range server.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s was sent", r.Method, r.Path)
		}
	}
}

// The address of a webhook may hold a secret, in its path or its query. It reaches
// neither the provider's log nor the output of a write, whatever Nexudus makes of
// it.
func TestManage_urlSecret(t *testing.T) {
	const host, rest = "https://example.com", "/hooks/" + canaryKey + "?key=" + canaryQuery
	echo := func(w http.ResponseWriter, status int, contentType, field string) {
		var texts []string
		for _, address := range []string{"example.com" + rest, rest, rest[1:], host + rest} {
			for name, form := range encodings(address) {
				// No message would contain an address in base64.
				if !strings.HasPrefix(name, "base64") {
					texts = append(texts, form, "'"+form+"'", "("+form+").", form+" is not an address")
				}
			}
		}
		if contentType != jsonType {
			respond(w, status, contentType, page(texts), texts)
			return
		}
		said := []map[string]any{{"AttemptedValue": host + rest, "PropertyName": field, "Message": strings.Join(texts[:4], " ")}}
		for _, text := range texts {
			said = append(
				said,
				map[string]any{"AttemptedValue": text, "PropertyName": field, "Message": text},
				map[string]any{"PropertyName": text, "Message": text},
			)
		}
		if status == 500 {
			said = nil // with errors, it would be a refusal
		}
		body, _ := json.Marshal(map[string]any{"WasSuccessful": false, "Message": strings.Join(texts, "\n"), "Errors": said})
		respond(w, status, contentType, string(body), texts)
	}
	faults := []struct {
		name string
		do   bool
		f    func(w http.ResponseWriter)
		fine bool
	}{
		{name: "none", f: nil, fine: true},
		{name: "field error", f: func(w http.ResponseWriter) { echo(w, 400, jsonType, "URL") }},
		{name: "field error under 200", f: func(w http.ResponseWriter) { echo(w, 200, jsonType, "Name") }},
		{name: "no attribute", f: func(w http.ResponseWriter) { echo(w, 400, jsonType, "SystemId") }},
		{name: "403", f: func(w http.ResponseWriter) { echo(w, 403, jsonType, "") }},
		{name: "403 with HTML", f: func(w http.ResponseWriter) { echo(w, 403, "text/html", "") }},
		{name: "401", f: func(w http.ResponseWriter) { echo(w, 401, jsonType, "") }},
		{name: "409", f: func(w http.ResponseWriter) { echo(w, 409, jsonType, "") }},
		{name: "redirect", f: func(w http.ResponseWriter) {
			w.Header().Set("Location", host+rest)
			echo(w, 302, "text/html", "")
		}},
		{name: "done, 500", do: true, f: func(w http.ResponseWriter) { echo(w, 500, jsonType, "") }, fine: true},
		{name: "done, HTML", do: true, f: func(w http.ResponseWriter) { echo(w, 200, "text/html", "") }, fine: true},
		{name: "done, reset", do: true, f: func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, fine: true},
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			environment = append(environment, "TF_LOG_PROVIDER=TRACE", "TF_VAR_url="+host+rest, "NEXUDUS_MAX_RETRIES=0")
			w := newWorkspace(t, strings.Replace(orders, `"https://example.com/hook?key=1"`, "var.url", 1)+`
variable "url" {
  sensitive = true
}
`, environment...)
			for _, step := range []struct{ method, command string }{
				{method: http.MethodPost, command: apply},
				{method: http.MethodPut, command: apply + " -var=url=" + host + rest + "&2"},
				{method: http.MethodDelete, command: "destroy -auto-approve -input=false"},
			} {
				if fault.f != nil {
					answer(server, step.method, 1, fault.do, func(w http.ResponseWriter, _ *http.Request) { fault.f(w) })
				}
				output, code := w.run(strings.Fields(step.command)...)
				if (code == 0) != fault.fine {
					t.Errorf("%s: exit code %d: %s", step.method, code, output)
				}
				if n := strings.Count(output, "Request to Nexudus"); n == 0 {
					t.Error("the log holds no request")
				}
				for _, leak := range leaks(map[string]string{"the output and the log": output}, []string{canaryKey, canaryQuery}) {
					t.Errorf("%s: %s", step.method, leak)
				}
				server.SetHook(nil)
				if step.method == http.MethodPost && !fault.fine {
					w.want(0, apply) // so that there is something to update
				}
			}
			if fault.name == "none" {
				w.want(0, apply)
				server.EditWebhook(
					ordersID+1,
					func(w *simulator.Webhook) { w.Active, w.ErrorCount, w.LastError = false, 11, new("410 from "+w.URL) },
				)
				output := w.want(2, noPlan, "410 from https://example.com/…")
				for _, leak := range leaks(map[string]string{"the plan": output}, []string{canaryKey, canaryQuery}) {
					t.Error(leak)
				}
			}
		})
	}
}
