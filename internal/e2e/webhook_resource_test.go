package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// orders manages a webhook, which gets the ID 109.
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
	w.write(strings.Replace(config, old, replacement, 1))
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

// inState reports the IDs of the webhooks in the state.
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
				Attributes struct {
					ID int64 `json:"id,string"`
				}
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

// answer answers the first request with a method instead of the account.
func answer(server *simulator.Server, method string, handler http.HandlerFunc) {
	answered := false
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || answered {
			return false
		}
		answered = true
		handler(w, r)
		return true
	})
}

// A webhook that Nexudus has switched off stays off while changes of "active" are ignored,
// also after an update. Nothing warns of it.
func TestManage_switchedOff(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	const event = "action_name = \"BookingCreate\"\n"
	config := strings.Replace(orders, event, event+"  lifecycle {\n    ignore_changes = [active]\n  }\n", 1)
	w := newWorkspace(t, config, environment...)
	w.want(0, apply, "1 added")
	server.EditWebhook(ordersID, func(w *simulator.Webhook) { w.Active, w.ErrorCount = false, 11 })
	wantNothing := func() {
		t.Helper()
		if output := w.want(0, noPlan, "No changes."); strings.Contains(output, "Warning: Webhook") {
			t.Error(output)
		}
	}
	wantNothing()
	w.change(config, `"orders"`, `"renamed"`)
	w.want(0, apply, "1 changed")
	if got, _ := server.Webhook(ordersID); got.Active || got.Name != "renamed" {
		t.Errorf("webhook = %+v, want the new name, and still off", got)
	}
	wantNothing()
}

// A create that is throttled, and whose next response is lost, ends with one webhook, in
// the state. The log says why it waits.
func TestManage_createLost(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, append(environment, "TF_LOG_PROVIDER=INFO")...)
	answer(server, http.MethodPost, func(w http.ResponseWriter, _ *http.Request) {
		answer(server, http.MethodPost, func(_ http.ResponseWriter, r *http.Request) {
			server.Handle(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		})
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusConflict)
	})
	w.want(0, apply, "1 added", "Nexudus asks to wait: ", `request="create webhook"`, "status=409", "asked=1s")
	if ids := w.inState(); len(server.Webhooks()) != 9 || !slices.Equal(ids, []int64{ordersID}) {
		t.Errorf("%d webhooks, in the state: %v", len(server.Webhooks()), ids)
	}
	w.want(0, noPlan, "No changes.")
}

// What Nexudus says about a field is shown at its line.
func TestManage_fieldError(t *testing.T) {
	t.Parallel()
	server, environment := serve(t)
	w := newWorkspace(t, orders, environment...)
	answer(server, http.MethodPost, func(w http.ResponseWriter, _ *http.Request) {
		simulator.Fail(w, 200, "", simulator.FieldError{AttemptedValue: "att3mpted", Message: "must be unique", PropertyName: "Name"})
	})
	output := w.want(
		1,
		apply,
		`Error: Nexudus rejected "name" with nexudus_webhook.test, on main.tf line 12, in resource "nexudus_webhook" "test": `+
			`12: name = "orders" Nexudus rejected the value of "name".`,
		"Message from Nexudus: must be unique",
	)
	if strings.Contains(output, "att3mpted") || w.inState() != nil {
		t.Errorf("in the state: %v, output = %s", w.inState(), output)
	}
}

// The address of a webhook may contain a secret, in its path or its query. It reaches
// neither the provider's log nor the output of a write, even if Nexudus repeats it.
func TestManage_urlSecret(t *testing.T) {
	t.Parallel()
	const host, rest = "https://example.com", "/hooks/" + canaryKey + "?key=" + canaryQuery
	var texts []string
	var fields []map[string]any
	for _, address := range []string{"example.com" + rest, rest, rest[1:], host + rest} {
		for name, form := range encodings(address) {
			// No message would contain an address in base64.
			if !strings.HasPrefix(name, "base64") {
				texts = append(texts, form, "'"+form+"'", "("+form+").", form+" is not an address")
			}
		}
	}
	for _, text := range texts {
		fields = append(
			fields,
			map[string]any{"AttemptedValue": text, "PropertyName": "URL", "Message": text},
			map[string]any{"PropertyName": text, "Message": text},
		)
	}
	body, _ := json.Marshal(map[string]any{"WasSuccessful": false, "Message": strings.Join(texts, "\n"), "Errors": fields})

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
		answer(server, step.method, func(w http.ResponseWriter, _ *http.Request) { respond(w, 400, jsonType, string(body), texts) })
		output := w.want(1, step.command, "Request to Nexudus")
		for _, leak := range leaks(map[string]string{"the output and the log": output}, []string{canaryKey, canaryQuery}) {
			t.Errorf("%s: %s", step.method, leak)
		}
		if step.method == http.MethodPost {
			w.want(0, apply) // so that there is something to update
		}
	}
}
