package e2e

import (
	"archive/zip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// Secrets that occur nowhere else. The password contains characters that each
// encoding escapes differently.
const (
	canaryToken      = "canaryTokenQ7w8E9"
	canaryPassword   = `canary&Pass+%w"rd<ü`
	canaryTOTP       = "918273"
	canaryTOTPSecret = "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA"
	canaryProxy      = "canaryProxyR4t5Z6"
	canaryQuery      = "canaryQueryU1i2O3"
	canaryKey        = "canaryKeyA9s8D7" // in the URL of a webhook, which the state contains
)

var canaries = []string{canaryToken, canaryPassword, canaryTOTP, canaryTOTPSecret, canaryProxy, canaryQuery}

// encodings returns the forms in which a text may contain a secret. In base64
// the form depends on the position of the secret, modulo three.
func encodings(secret string) map[string]string {
	var asJSON strings.Builder
	encoder := json.NewEncoder(&asJSON)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	escaped, _ := json.Marshal(secret)
	forms := map[string]string{
		"raw":           secret,
		"form":          url.QueryEscape(secret),
		"URL":           url.PathEscape(secret),
		"JSON":          strings.Trim(strings.TrimSpace(asJSON.String()), `"`),
		"JSON for HTML": strings.Trim(string(escaped), `"`),
		"HTML":          html.EscapeString(secret),
	}
	if len(secret) <= 6 { // in base64, a one-time code is too short to tell from a word
		return forms
	}
	for before := range 3 {
		text := append([]byte("..."[:before]), secret...)
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64 for URLs": base64.URLEncoding} {
			forms[fmt.Sprint(name, " after ", before)] = encoding.EncodeToString(text)[(before*4+2)/3 : len(text)*4/3]
		}
	}
	return forms
}

// leaks lists the secrets that the texts contain, in any encoding.
func leaks(places map[string]string, secrets []string) (found []string) {
	// The CLI wraps lines and draws frames around them.
	unframed := make(map[string]string, len(places))
	for place, text := range places {
		unframed[place] = words(text)
	}
	for _, secret := range secrets {
		for encoding, form := range encodings(secret) {
			for place, text := range places {
				if strings.Contains(text, form) || strings.Contains(unframed[place], words(form)) {
					found = append(found, fmt.Sprintf("%s in %s, %s", secret, place, encoding))
				}
			}
		}
	}
	return found
}

// places runs plan and, if that succeeds, apply. It returns all output and
// files by name: standard output, diagnostics, the TRACE log, state and saved plan.
func (w *workspace) places() map[string]string {
	w.t.Helper()
	places := make(map[string]string)
	for _, args := range [][]string{{"plan", "-input=false", "-out=saved.tfplan"}, {"apply", "-input=false", "saved.tfplan"}} {
		command := w.command(args...)
		var stdout, stderr strings.Builder
		command.Stdout, command.Stderr = &stdout, &stderr
		command.Env = append(command.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(w.dir, "trace.log"))
		err := command.Run()
		places["standard output"] += stdout.String() + unquote.Replace(stdout.String())
		places["diagnostics"] += stderr.String()
		if err != nil {
			break
		}
	}
	for place, file := range map[string]string{"log": "trace.log", "state": "terraform.tfstate"} {
		text, err := os.ReadFile(filepath.Join(w.dir, file))
		if err == nil {
			// Both files quote strings, some of them twice.
			places[place] = string(text) + unquote.Replace(string(text)) + strings.ReplaceAll(string(text), `\\`, `\`)
		}
	}
	plan, err := zip.OpenReader(filepath.Join(w.dir, "saved.tfplan"))
	if err != nil {
		return places
	}
	defer plan.Close()
	for _, file := range plan.File {
		entry, err := file.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		text, err := io.ReadAll(entry)
		if err != nil {
			w.t.Fatal(err)
		}
		places["saved plan"] += string(text)
	}
	return places
}

var unquote = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\u0026`, "&", `\u003c`, "<", `\u003e`, ">")

// The other tests prove nothing unless leaks finds a secret that is there, in
// each place and each encoding.
func TestCanary_planted(t *testing.T) {
	t.Parallel()
	var forms []string
	for _, form := range encodings(canaryPassword) {
		forms = append(forms, form)
	}
	planted := strings.Join(forms, ",")
	server, environment := serve(t)
	server.AddWebhook(simulator.Webhook{ID: 500, BusinessID: 1, Name: planted, Action: 6, URL: "https://example.com"})
	server.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
		r.URL.Path = strings.Replace(r.URL.Path, "/"+planted, "", 1)
		return false
	})
	// The path of a request is the only text from the user that the log contains.
	environment = append(environment, environment[0]+"/"+url.PathEscape(planted))
	check := func(config string, expected ...string) {
		t.Helper()
		places := newWorkspace(t, requiredProviders+config, environment...).places()
		for _, place := range expected {
			found := strings.Join(leaks(map[string]string{place: places[place]}, []string{canaryPassword}), "\n") + "\n"
			for encoding, form := range encodings(canaryPassword) {
				if !strings.Contains(found, ", "+encoding+"\n") {
					t.Errorf("%s planted in %s is not found", form, place)
				}
			}
		}
	}
	const read = `
data "nexudus_webhook" "test" {
  id = 500
%s}

output "name" {
  value = data.nexudus_webhook.test.name
}
`
	check(fmt.Sprintf(read, ""), "standard output", "log", "state", "saved plan")
	// Diagnostics go to standard error only if the run fails.
	check(fmt.Sprintf(read, `
  lifecycle {
    postcondition {
      condition     = self.name == ""
      error_message = self.name
    }
  }
`), "diagnostics")
}

// hostile is a server that repeats each credential that it has received, in
// each encoding, in every part of its responses.
type hostile struct {
	mu    sync.Mutex
	heard []string
	tries map[string]int
}

func (h *hostile) hear(r *http.Request) (echo []string, try int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	add := func(secret string) {
		if secret != "" && !slices.Contains(h.heard, secret) {
			h.heard = append(h.heard, secret)
		}
	}
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	add(credential)
	if _, password, ok := r.BasicAuth(); ok {
		add(password)
	}
	if r.Method == http.MethodPost {
		_ = r.ParseForm()
		add(r.PostForm.Get("password"))
		add(r.PostForm.Get("totp"))
	}
	for _, secret := range h.heard {
		for _, form := range encodings(secret) {
			echo = append(echo, form)
		}
	}
	if h.tries == nil {
		h.tries = make(map[string]int)
	}
	h.tries[r.URL.Path]++
	return echo, h.tries[r.URL.Path]
}

// secrets returns the credentials that the server has received.
func (h *hostile) secrets() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.heard)
}

// envelopeOf returns the JSON body of an error response of the API.
func envelopeOf(echo []string) string {
	message := map[string]any{
		"WasSuccessful":     false,
		"Message":           strings.Join(echo, " "),
		"error_description": strings.Join(echo, "\u200b"),
		"error":             "invalid_grant",
	}
	var errors []map[string]any
	for _, text := range echo {
		hidden := text[:1] + "\u200b\x1b" + text[1:]
		errors = append(errors,
			map[string]any{"AttemptedValue": text, "PropertyName": "P", "Message": text},
			map[string]any{"PropertyName": text, "Message": hidden},
		)
	}
	message["Errors"] = errors
	body, _ := json.Marshal(message)
	return string(body)
}

func page(echo []string) string {
	return "<!doctype html><title>" + strings.Join(echo, "</title><p>") + "</p>"
}

// respond repeats the texts in headers as well as sending the body.
func respond(w http.ResponseWriter, status int, contentType, body string, echo []string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("WWW-Authenticate", "Bearer "+canaryToken)
	for i, text := range echo {
		w.Header().Set(fmt.Sprint("X-Echo-", i), text)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

const jsonType = "application/json"

var alphanumeric = regexp.MustCompile(`^[0-9A-Za-z]+$`)

// fault answers a request of which try is the number, and repeats the texts.
type fault func(w http.ResponseWriter, try int, echo []string)

// always answers with a body made of the texts.
func always(status int, contentType string, body func(echo []string) string) fault {
	return func(w http.ResponseWriter, _ int, echo []string) { respond(w, status, contentType, body(echo), echo) }
}

func spaced(echo []string) string { return strings.Join(echo, " ") }

// readFaults are the ways in which a read can fail, with the summary of the
// diagnostic. The tests of the client have many more.
var readFaults = []struct {
	name, want string
	handler    fault
}{
	{name: "missing role", want: "Unauthorized|Missing Nexudus permission", handler: always(401, jsonType, envelopeOf)},
	{
		name: "Retry-After that is no number", want: "Unexpected response from Nexudus",
		handler: func(w http.ResponseWriter, try int, echo []string) {
			if try > 1 {
				respond(w, 404, jsonType, `"Not found"`, echo)
				return
			}
			w.Header().Set("Retry-After", spaced(echo))
			respond(w, 429, "text/html", page(echo), echo)
		},
	},
	{
		name: "body truncated", want: "No connection to Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			w.Header().Set("Content-Length", "100000")
			respond(w, 200, jsonType, envelopeOf(echo), echo)
			panic(http.ErrAbortHandler)
		},
	},
	{name: "blocked by a firewall", want: "Blocked by a firewall", handler: always(403, "text/html", page)},
	{
		name: "redirect", want: "Nexudus redirected the request",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			host := "example.com"
			for _, text := range echo {
				if alphanumeric.MatchString(text) {
					host = text + "." + host
				}
			}
			w.Header().Set("Location", "https://"+host+"/"+url.PathEscape(spaced(echo)))
			respond(w, 302, "text/html", page(echo), echo)
		},
	},
	{
		name: "broken JSON", want: "Unexpected response from Nexudus",
		handler: always(200, jsonType, func(echo []string) string { return `{"Id":"` + spaced(echo) }),
	},
	{
		name: "field of a wrong type", want: "Unexpected response from Nexudus",
		handler: always(200, jsonType, func(echo []string) string {
			text, _ := json.Marshal(map[string]any{"Id": spaced(echo), "Name": map[string]any{echo[0]: echo}})
			return string(text)
		}),
	},
	{name: "rejected under 200", want: "Rejected by Nexudus", handler: always(200, jsonType, envelopeOf)},
}

// canaryCredentials are environment variables for each kind of credentials.
var canaryCredentials = map[string][]string{
	"token":       {"NEXUDUS_ACCESS_TOKEN=" + canaryToken},
	"basic":       {"NEXUDUS_AUTH_METHOD=basic", "NEXUDUS_USERNAME=key", "NEXUDUS_PASSWORD=" + canaryPassword},
	"totp":        {"NEXUDUS_USERNAME=u@example.com", "NEXUDUS_PASSWORD=" + canaryPassword, "NEXUDUS_TOTP=" + canaryTOTP},
	"totp secret": {"NEXUDUS_USERNAME=u@example.com", "NEXUDUS_PASSWORD=" + canaryPassword, "NEXUDUS_TOTP_SECRET=" + canaryTOTPSecret},
}

// No output or file contains a credential after a read has failed.
func TestCanary_reads(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"basic", "totp"} { // together, all that is sent
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			credentials, readFaults := canaryCredentials[name], readFaults
			if name == "totp" {
				readFaults = readFaults[1:] // a 401 needs a second sign-in, and the code is good for one only
			}
			config := requiredProviders + "\ndata \"nexudus_webhooks\" \"all\" {}\n"
			for i := range readFaults {
				config += fmt.Sprintf("\ndata \"nexudus_webhook\" \"fault_%d\" {\n  id = %d\n}\n", i, 1000+i)
			}
			h := &hostile{}
			served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				echo, try := h.hear(r)
				if r.URL.Path == "/api/token" {
					respond(w, 200, jsonType, `{"access_token":"`+canaryToken+`","expires_in":"`+canaryToken+`"}`, echo)
					return
				}
				for i, fault := range readFaults {
					if r.URL.Path == fmt.Sprint("/api/sys/webhooks/", 1000+i) {
						fault.handler(w, try, echo)
						return
					}
				}
				// A list whose records and total contradict each other.
				text, _ := json.Marshal(map[string]any{"Records": []any{map[string]any{"Id": strings.Join(echo, " ")}}, "TotalItems": 5})
				respond(w, 200, jsonType, string(text), echo)
			}))
			t.Cleanup(served.Close)

			environment := append([]string{
				"NEXUDUS_BASE_URL=" + served.URL + "/api",
				"NEXUDUS_MAX_REQUESTS_PER_SECOND=0",
				"NEXUDUS_MAX_RETRIES=1",
			}, credentials...)
			places := newWorkspace(t, config, environment...).places()
			checkCanaries(t, places, h.secrets())
			if len(h.secrets()) == 0 {
				t.Error("the server received no credential")
			}
			seen := words(places["diagnostics"])
			for i, fault := range readFaults {
				if !regexp.MustCompile(fmt.Sprintf(`Error: (%s) with data\.nexudus_webhook\.fault_%d,`, fault.want, i)).MatchString(seen) {
					t.Errorf("%s: diagnostics lack %q: %s", fault.name, fault.want, seen)
				}
			}
			if !strings.Contains(seen, "with data.nexudus_webhooks.all,") {
				t.Error("diagnostics lack the one about the list")
			}
			for i, fault := range readFaults {
				if !regexp.MustCompile(fmt.Sprintf(`Request to Nexudus.*/api/sys/webhooks/%d\b`, 1000+i)).MatchString(places["log"]) {
					t.Errorf("%s: the log does not mention the request", fault.name)
				}
			}
		})
	}
}

// No output or file contains a credential after a successful run.
func TestCanary_applied(t *testing.T) {
	t.Parallel()
	h := &hostile{}
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		echo, _ := h.hear(r)
		if r.URL.Path == "/api/token" {
			respond(w, 200, jsonType, `{"access_token":"`+canaryToken+`","expires_in":-1,"refresh_token":"`+canaryToken+`"}`, echo)
			return
		}
		respond(w, 200, jsonType, `{"Id":1,"Name":null,"Action":91,"LastTrigger":"soon","URL":"https://example.com/?key=`+canaryKey+`"}`, echo)
	}))
	t.Cleanup(served.Close)
	environment := append([]string{"NEXUDUS_BASE_URL=" + served.URL + "/api", "NEXUDUS_MAX_REQUESTS_PER_SECOND=0"}, canaryCredentials["totp secret"]...)
	places := newWorkspace(t, requiredProviders+`
data "nexudus_webhook" "one" {
  id = 1
}

output "action" {
  value = data.nexudus_webhook.one.action
}
`, environment...).places()
	checkCanaries(t, places, h.secrets())
	if strings.Contains(places["log"], canaryKey) {
		t.Error("the log contains the webhook's address")
	}
	for place, want := range map[string]string{
		"standard output": "Unknown webhook event",
		"log":             "Request to Nexudus",
		"state":           `"last_trigger": "soon"`,
		"saved plan":      "last_trigger",
	} {
		if !strings.Contains(places[place], want) {
			t.Errorf("%s lacks %q", place, want)
		}
	}
}

func checkCanaries(t *testing.T, places map[string]string, more []string) {
	t.Helper()
	for _, leak := range leaks(places, append(more, canaries...)) {
		t.Errorf("found %s", leak)
	}
}

// No output or file contains a credential if nothing can be sent.
func TestCanary_notSent(t *testing.T) {
	t.Parallel()
	proxy := []string{"NEXUDUS_BASE_URL=https://nexudus.test/api", "HTTPS_PROXY=http://u:" + canaryProxy + "@127.0.0.1:1", "NEXUDUS_MAX_RETRIES=0"}
	tests := []struct {
		name, block, want string
		environment       []string
	}{
		{name: "unreachable proxy", want: "proxyconnect tcp", environment: append(proxy, canaryCredentials["token"]...)},
		{name: "unknown setting", want: "Provider setting not known yet", block: fmt.Sprintf(`
provider "nexudus" {
  username  = "u@example.com"
  password  = %q
  client_id = terraform_data.later.id
}

resource "terraform_data" "later" {}
`, canaryPassword)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			config := requiredProviders + test.block + "\ndata \"nexudus_webhook\" \"one\" {\n  id = 1\n}\n"
			places := newWorkspace(t, config, append(environment[:1:1], test.environment...)...).places()
			if test.block != "" {
				delete(places, "saved plan") // the CLI itself stores the configuration there
			}
			checkCanaries(t, places, nil)
			if seen := words(places["diagnostics"]); !strings.Contains(seen, test.want) || len(server.Requests()) != 0 {
				t.Errorf("%d requests, diagnostics = %s\nwant none and %q", len(server.Requests()), seen, test.want)
			}
		})
	}
}
