package e2e

import (
	"archive/zip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
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
		places["standard output"] += stdout.String()
		places["diagnostics"] += stderr.String()
		if err != nil {
			break
		}
	}
	for place, file := range map[string]string{"log": "trace.log", "state": "terraform.tfstate"} {
		text, err := os.ReadFile(filepath.Join(w.dir, file))
		if err == nil {
			// Both files quote strings, some of them twice.
			places[place] = string(text) + unquote.Replace(string(text))
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
	for name, form := range encodings(canaryPassword) {
		server, environment := serve(t)
		server.AddWebhook(simulator.Webhook{ID: 500, BusinessID: 1, Name: form, Action: 6, URL: "https://example.com"})
		server.SetHook(func(_ http.ResponseWriter, r *http.Request) bool {
			r.URL.Path = strings.Replace(r.URL.Path, "/"+form, "", 1)
			return false
		})
		// The path of a request is the only text from the user that the log contains.
		environment = append(environment, environment[0]+"/"+url.PathEscape(form))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			places := newWorkspace(t, requiredProviders+`
data "nexudus_webhook" "test" {
  id = 500
}

output "name" {
  value = data.nexudus_webhook.test.name
}

check "name" {
  assert {
    condition     = data.nexudus_webhook.test.name == ""
    error_message = data.nexudus_webhook.test.name
  }
}
`, environment...).places()
			for _, place := range []string{"standard output", "log", "state", "saved plan"} {
				if len(leaks(map[string]string{place: places[place]}, []string{canaryPassword})) == 0 {
					t.Errorf("%s planted in %s is not found", form, place)
				}
			}
			// Diagnostics go to standard error only if the run fails.
			places = newWorkspace(t, requiredProviders+`
data "nexudus_webhook" "test" {
  id = 500

  lifecycle {
    postcondition {
      condition     = self.name == ""
      error_message = self.name
    }
  }
}
`, environment...).places()
			if len(leaks(map[string]string{"diagnostics": places["diagnostics"]}, []string{canaryPassword})) == 0 {
				t.Errorf("%s planted in diagnostics is not found", form)
			}
		})
	}
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
	said := map[string]any{
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
	said["Errors"] = errors
	body, _ := json.Marshal(said)
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

// readFaults are the ways in which a read can fail, with the summary of the
// diagnostic.
var readFaults = []struct {
	name, want string
	handler    func(w http.ResponseWriter, try int, echo []string)
}{
	{
		name: "missing role",
		want: "Nexudus refused the credentials|Missing Nexudus role",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 401, jsonType, envelopeOf(echo), echo)
		},
	},
	{
		name: "throttled once",
		want: "Webhook not found",
		handler: func(w http.ResponseWriter, try int, echo []string) {
			if try == 1 {
				w.Header().Set("Retry-After", "1")
				respond(w, 409, "text/plain", strings.Join(echo, " "), echo)
				return
			}
			respond(w, 404, jsonType, `"Not found"`, echo)
		},
	},
	{
		name: "Retry-After that is no number",
		want: "Webhook not found",
		handler: func(w http.ResponseWriter, try int, echo []string) {
			if try == 1 {
				w.Header().Set("Retry-After", strings.Join(echo, " "))
				respond(w, 429, "text/html", page(echo), echo)
				return
			}
			respond(w, 404, jsonType, `"Not found"`, echo)
		},
	},
	{
		name: "conflict",
		want: "Rejected by Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 409, jsonType, envelopeOf(echo), echo)
		},
	},
	{
		name: "connection reset",
		want: "No connection to Nexudus",
		handler: func(_ http.ResponseWriter, _ int, _ []string) {
			panic(http.ErrAbortHandler)
		},
	},
	{
		name: "body truncated",
		want: "No connection to Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			w.Header().Set("Content-Length", "100000")
			respond(w, 200, jsonType, envelopeOf(echo), echo)
			panic(http.ErrAbortHandler)
		},
	},
	{
		name: "unavailable",
		want: "Nexudus is not available",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 503, jsonType, envelopeOf(echo), echo)
		},
	},
	{
		name: "blocked by a firewall",
		want: "Blocked by a firewall",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 403, "text/html", page(echo), echo)
		},
	},
	{
		name: "redirect",
		want: "Nexudus redirected the request",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			host := "example.com"
			for _, text := range echo {
				if alphanumeric.MatchString(text) {
					host = text + "." + host
				}
			}
			w.Header().Set("Location", "https://"+host+"/"+url.PathEscape(strings.Join(echo, " ")))
			respond(w, 302, "text/html", page(echo), echo)
		},
	},
	{
		name: "HTML",
		want: "Unexpected response from Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 200, "text/html", page(echo), echo)
		},
	},
	{
		name: "a list instead of an object",
		want: "Unexpected response from Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			text, _ := json.Marshal(echo)
			respond(w, 200, jsonType, string(text), echo)
		},
	},
	{
		name: "broken JSON",
		want: "Unexpected response from Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			text, _ := json.Marshal(map[string]any{"Id": echo})
			respond(w, 200, jsonType, string(text[:len(text)-1]), echo)
		},
	},
	{
		name: "body too large",
		want: "Unexpected response from Nexudus|No connection to Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 200, jsonType, strings.Repeat(strings.Join(echo, " "), 9<<20/len(strings.Join(echo, " "))+1), echo)
		},
	},
	{
		name: "field of a wrong type",
		want: "Unexpected response from Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			text, _ := json.Marshal(map[string]any{"Id": strings.Join(echo, " "), "Name": map[string]any{echo[0]: echo}})
			respond(w, 200, jsonType, string(text), echo)
		},
	},
	{
		name: "record with another Id",
		want: "Unexpected response from Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			text, _ := json.Marshal(map[string]any{"Id": 7, "Name": strings.Join(echo, " ")})
			respond(w, 200, jsonType, string(text), echo)
		},
	},
	{
		name: "not found",
		want: "Webhook not found",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 404, jsonType, `"Not found"`, echo)
		},
	},
	{
		name: "404 that is not about the record",
		want: "Unexpected response from Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 404, jsonType, envelopeOf(echo), echo)
		},
	},
	{
		name: "rejected",
		want: "Rejected by Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 400, jsonType, envelopeOf(echo), echo)
		},
	},
	{
		name: "rejected under 200",
		want: "Rejected by Nexudus",
		handler: func(w http.ResponseWriter, _ int, echo []string) {
			respond(w, 200, jsonType, envelopeOf(echo), echo)
		},
	},
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
	for name, credentials := range canaryCredentials {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readFaults := readFaults
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
	for name, credentials := range canaryCredentials {
		t.Run(name, func(t *testing.T) {
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
			environment := append([]string{"NEXUDUS_BASE_URL=" + served.URL + "/api", "NEXUDUS_MAX_REQUESTS_PER_SECOND=0"}, credentials...)
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
				t.Error("the log holds the webhook's address")
			}
			for place, want := range map[string]string{
				"standard output": "Unknown webhook action",
				"log":             "Request to Nexudus",
				"state":           `"last_trigger": "soon"`,
				"saved plan":      "last_trigger",
			} {
				if !strings.Contains(places[place], want) {
					t.Errorf("%s lacks %q", place, want)
				}
			}
		})
	}
}

func checkCanaries(t *testing.T, places map[string]string, more []string) {
	t.Helper()
	for _, leak := range leaks(places, append(more, canaries...)) {
		t.Errorf("found %s", leak)
	}
}

// No output or file contains a credential after a setting was refused or a sign-in has
// failed.
func TestCanary_signIn(t *testing.T) {
	t.Parallel()
	const block = "provider \"nexudus\" {\n  %s\n}\n"
	text := func(value string) string {
		quoted, _ := json.Marshal(value)
		return strings.NewReplacer(`\u0026`, "&", `\u003c`, "<").Replace(string(quoted))
	}
	user := "username = \"u@example.com\"\n  password = " + text(canaryPassword)
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // no message about the failed handshake
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	tests := []struct {
		name, want  string
		credentials string   // a key of canaryCredentials
		environment []string // added to the credentials
		settings    string   // in the provider block
		handler     func(w http.ResponseWriter, r *http.Request, try int, echo []string)
	}{
		{
			name:        "refused sign-in",
			want:        "Nexudus refused the sign-in",
			credentials: "totp secret",
			handler: func(w http.ResponseWriter, _ *http.Request, _ int, echo []string) {
				respond(w, 400, jsonType, envelopeOf(echo), echo)
			},
		},
		{
			name:        "sign-in answered with HTML",
			want:        "Unexpected response to the sign-in",
			credentials: "totp",
			handler: func(w http.ResponseWriter, _ *http.Request, _ int, echo []string) {
				respond(w, 200, "text/html", page(echo), echo)
			},
		},
		{
			name:        "no usable token",
			want:        "Unexpected response to the sign-in",
			credentials: "totp",
			handler: func(w http.ResponseWriter, _ *http.Request, _ int, echo []string) {
				respond(w, 200, jsonType, `{"access_token":"`+canaryToken+`\n"}`, echo)
			},
		},
		{
			name:        "one-time code already used",
			want:        "One-time code already used",
			credentials: "totp",
			handler: func(w http.ResponseWriter, r *http.Request, _ int, echo []string) {
				switch {
				case r.Method == http.MethodPost:
					respond(w, 200, jsonType, `{"access_token":"`+canaryToken+`"}`, echo)
				case strings.HasSuffix(r.URL.Path, "/1"):
					respond(w, 200, jsonType, `{"Id":1}`, nil)
				default:
					respond(w, 401, jsonType, envelopeOf(echo), echo)
				}
			},
		},
		{
			name:        "unavailable",
			want:        "Nexudus is not available",
			credentials: "totp secret",
			handler: func(w http.ResponseWriter, _ *http.Request, _ int, echo []string) {
				respond(w, 503, jsonType, envelopeOf(echo), echo)
			},
		},
		{
			name:        "throttled for too long",
			want:        "Throttled by Nexudus",
			credentials: "totp",
			handler: func(w http.ResponseWriter, _ *http.Request, _ int, echo []string) {
				w.Header().Set("Retry-After", "3600")
				respond(w, 409, "text/plain", strings.Join(echo, " "), echo)
			},
		},
		{
			name:        "no response",
			want:        "No connection to Nexudus",
			credentials: "token",
			environment: []string{"NEXUDUS_REQUEST_TIMEOUT=200ms", "NEXUDUS_MAX_RETRIES=0"},
			handler: func(_ http.ResponseWriter, r *http.Request, _ int, _ []string) {
				<-r.Context().Done()
			},
		},
		{
			name:        "unreachable proxy",
			want:        "the proxy cannot be reached",
			credentials: "token",
			environment: []string{
				"NEXUDUS_BASE_URL=https://nexudus.test/api",
				"HTTPS_PROXY=http://u:" + canaryProxy + "@127.0.0.1:1",
				"NEXUDUS_MAX_RETRIES=0",
			},
		},
		{
			name:        "untrusted certificate",
			want:        "No connection to Nexudus",
			credentials: "token",
			environment: []string{"NEXUDUS_BASE_URL=" + untrusted.URL + "/api"},
		},
		{
			name:        "query in the base URL",
			want:        `Invalid provider setting "base_url"`,
			credentials: "token",
			environment: []string{"NEXUDUS_BASE_URL=https://nexudus.test/api?key=" + canaryQuery},
		},
		{
			name:        "password in the base URL",
			want:        `Invalid provider setting "base_url"`,
			credentials: "token",
			settings:    `base_url = "https://u:` + canaryQuery + `@nexudus.test/api"`,
		},
		{
			name:     "malformed one-time code",
			want:     `Invalid provider setting "totp"`,
			settings: user + "\n  totp = \"" + canaryTOTP + "0\"",
		},
		{
			name:     "malformed two-factor secret",
			want:     `Invalid provider setting "totp_secret"`,
			settings: user + "\n  totp_secret = \"0" + canaryTOTPSecret + "\"",
		},
		{
			name:     "line break in the token",
			want:     `Invalid provider setting "access_token"`,
			settings: "access_token = \"" + canaryToken + `\n` + canaryToken + "\"",
		},
		{
			name:     "half-given credentials",
			want:     "Missing Nexudus user name",
			settings: "password = " + text(canaryPassword),
		},
		{
			name:     "contradicting credentials",
			want:     "Conflicting Nexudus credentials",
			settings: user + "\n  access_token = \"" + canaryToken + "\"",
		},
		{
			name:     "unknown setting",
			want:     "Provider setting not known yet",
			settings: user + "\n  client_id = terraform_data.later.id",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := &hostile{}
			served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				echo, try := h.hear(r)
				if test.handler == nil {
					t.Errorf("%s %s was sent", r.Method, r.URL.Path)
					return
				}
				test.handler(w, r, try, echo)
			}))
			t.Cleanup(served.Close)
			environment := append([]string{
				"NEXUDUS_BASE_URL=" + served.URL + "/api",
				"NEXUDUS_MAX_REQUESTS_PER_SECOND=0",
				"NEXUDUS_MAX_RETRIES=1",
			}, canaryCredentials[test.credentials]...)
			config := requiredProviders + fmt.Sprintf(block, test.settings) + `
resource "terraform_data" "later" {}

data "nexudus_webhook" "one" {
  id = 1
}

data "nexudus_webhook" "two" {
  id         = 2
  depends_on = [data.nexudus_webhook.one]
}
`
			places := newWorkspace(t, config, append(environment, test.environment...)...).places()
			if test.settings != "" {
				delete(places, "saved plan") // the CLI itself stores the configuration there
			}
			checkCanaries(t, places, h.secrets())
			if !strings.Contains(words(places["diagnostics"]), test.want) {
				t.Errorf("diagnostics = %s\nwant %q", words(places["diagnostics"]), test.want)
			}
		})
	}
}
