package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// answer is a response with a body of the type that it looks like.
func answer(r *Request, status int, body string, header ...string) Response {
	resp := Response{Request: r, Status: status, Header: http.Header{}, Body: []byte(body)}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Add(header[i], header[i+1])
	}
	return resp
}

const (
	htmlPage = "<!DOCTYPE html><p>secret</p>"
	ooops    = `{"Message":"Ooops! There was a problem while running this action.","WasSuccessful":false}`
)

// The outcome of a create decides whether it is sent again, looked for, or given up.
func TestJudge_create(t *testing.T) {
	tests := []struct {
		name    string
		status  int
		body    string
		kind    Kind
		outcome Outcome
	}{
		{name: "successful", status: 200, body: `{"Value":{"Id":7},"WasSuccessful":true}`},
		{name: "successful without an Id", status: 200, body: `{"Value":null,"WasSuccessful":true}`},
		{name: "only an Id", status: 201, body: `{"Value":{"Id":7}}`},
		{name: "only an Id, as a number", status: 200, body: `{"Value":7}`},
		{name: "refused field", status: 400, body: `{"Errors":[{"Message":"is bad","PropertyName":"URL"}],"WasSuccessful":false}`, kind: KindRejected},
		{name: "refused under 200", status: 200, body: `{"Message":"No.","WasSuccessful":false}`, kind: KindRejected},
		{name: "refused under 500", status: 500, body: `{"Message":"No.","WasSuccessful":false}`, kind: KindRejected},
		{name: "refused field under 500", status: 500, body: `{"Errors":[{"Message":"is bad","PropertyName":"URL"}]}`, kind: KindRejected},
		{name: "refused, with a long attempted value", status: 200, kind: KindRejected,
			body: `{"Errors":[{"AttemptedValue":"` + strings.Repeat("x", 1<<20) + `","Message":"is bad"}],"WasSuccessful":false}`},
		{name: "422", status: 422, body: `{"Message":"No."}`, kind: KindRejected},
		{name: "400, text", status: 400, body: `"No."`, kind: KindRejected},
		{name: "conflict", status: 409, body: `{"Message":"Locked."}`, kind: KindRejected},
		{name: "throttled", status: 409, kind: KindThrottled},
		{name: "throttled with 429", status: 429, body: htmlPage, kind: KindThrottled},
		{name: "token", status: 401, kind: KindUnauthorized},
		{name: "permission or quota", status: 401, body: `"Access Denied"`, kind: KindUnauthorized},
		{name: "forbidden", status: 403, body: `{"Message":"Not yours."}`, kind: KindPermission},
		{name: "firewall", status: 403, body: htmlPage, kind: KindBlocked},
		{name: "proxy", status: 407, kind: KindConnection},
		{name: "wrong address", status: 404, body: `{"Message":"No route"}`, kind: KindUnexpected},
		{name: "not found", status: 404, body: `"Not found"`, kind: KindUnexpected},
		{name: "wrong method", status: 405, body: htmlPage, kind: KindUnexpected},

		{name: "internal error under 200", status: 200, body: ooops, kind: KindUnavailable, outcome: Ended},
		{name: "internal error under 400", status: 400, body: ooops, kind: KindUnavailable, outcome: Ended},
		{name: "internal error under 500", status: 500, body: ooops, kind: KindUnavailable, outcome: Ended},
		{name: "internal error, not labelled", status: 500, body: `{"Message":"Ooops!"}`, kind: KindUnavailable, outcome: Ended},
		{name: "internal error of the framework", status: 500, body: `{"Message":"An error has occurred."}`, kind: KindUnavailable, outcome: Ended},

		{name: "internal error under 200, not labelled", status: 200, body: `{"Message":"Ooops!"}`, kind: KindUnexpected, outcome: Pending},
		{name: "other text under 500", status: 500, body: `{"Message":"No."}`, kind: KindUnavailable, outcome: Pending},
		{name: "502", status: 502, body: htmlPage, kind: KindUnavailable, outcome: Pending},
		{name: "502 with a gateway's JSON", status: 502, body: `{"errors":[{"message":"No."}]}`, kind: KindUnavailable, outcome: Pending},
		{name: "503", status: 503, kind: KindUnavailable, outcome: Pending},
		{name: "524 with JSON", status: 524, body: `{"title":"Timeout"}`, kind: KindUnavailable, outcome: Pending},
		{name: "408", status: 408, kind: KindUnavailable, outcome: Pending},
		{name: "425", status: 425, kind: KindUnavailable, outcome: Pending},
		{name: "409 with HTML", status: 409, body: htmlPage, kind: KindUnexpected, outcome: Pending},
		{name: "400 with HTML", status: 400, body: htmlPage, kind: KindUnexpected, outcome: Pending},
		{name: "redirected", status: 302, kind: KindRedirected, outcome: Pending},
		{name: "nothing", status: 200, kind: KindUnexpected, outcome: Pending},
		{name: "no content", status: 204, kind: KindUnexpected, outcome: Pending},
		{name: "HTML", status: 200, body: htmlPage, kind: KindUnexpected, outcome: Pending},
		{name: "object", status: 200, body: `{}`, kind: KindUnexpected, outcome: Pending},
		{name: "cut off", status: 200, body: `{"WasSuccessful":tr`, kind: KindUnexpected, outcome: Pending},
		{name: "switch of protocols", status: 101, kind: KindUnexpected, outcome: Pending},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := create()
			f := judge(r, answer(r, test.status, test.body), new(texts))
			if f == nil {
				f = &failure{status: test.status}
			}
			if f.kind != test.kind || f.outcome != test.outcome || f.status != test.status {
				t.Errorf("kind = %q, outcome %d, status %d, want %q, %d, %d", f.kind, f.outcome, f.status, test.kind, test.outcome, test.status)
			}
		})
	}
}

// The response to a read, as the error shows it.
func TestJudge_read(t *testing.T) {
	tests := []struct {
		name      string
		status    int
		header    []string
		body      string
		want      string
		transient bool
	}{
		{name: "record", status: 200, body: `{"Id":42}`},
		{name: "successful", status: 200, body: `{"Id":42,"WasSuccessful":true}`},
		{name: "HTML, which the decoding reports", status: 200, body: htmlPage},
		{name: "not found", status: 404, body: `"Not found"`, want: "404: not found"},
		{name: "not found, object", status: 404, body: `{"Message":"not found."}`, want: "404: not found"},
		{name: "wrong address", status: 404, body: `{"Message":"No route"}`, want: "404: unexpected response: a JSON object (22 bytes): No route"},
		{name: "portal", status: 404, body: htmlPage, want: "404: unexpected response: an HTML page (28 bytes)"},
		{
			name: "messages", status: 400,
			body: `{"Message":"Name: is a required field","Value":null,"Errors":[{"AttemptedValue":"secret","Message":"is a required field","PropertyName":"Name"},
				{"Message":"too\u001b[31m long","PropertyName":"URL"},{"Message":"And more."},{"PropertyName":"Action"},7],"WasSuccessful":false}`,
			want: "400: rejected: And more.; Action; Name: is a required field; URL: too [31m long",
		},
		{name: "under 200", status: 200, body: `{"Message":"No.","UpdatedBy":7,"WasSuccessful":false}`, want: "200: rejected: No."},
		{name: "under 401", status: 401, body: `{"Message":"No.","WasSuccessful":false}`, want: "401: unauthorized: No."},
		{name: "bare text", status: 400, body: `"Missing required filter: WebHook_Business"`, want: "400: rejected: Missing required filter: WebHook_Business"},
		{name: "credential", status: 400, body: `{"Message":"Bearer token-1 is no good"}`, want: "400: rejected: Bearer … is no good"},
		{name: "address", status: 400, body: `{"Message":"see xsecretx"}`, want: "400: rejected: see …"},
		{name: "conflict", status: 409, body: `{"Message":"Locked.","WasSuccessful":false}`, want: "409: rejected: Locked."},
		{name: "firewall", status: 403, header: []string{"Content-Type", "text/html"}, body: "denied", want: "403: blocked"},
		{name: "forbidden", status: 403, body: `{"Message":"Not yours."}`, want: "403: permission missing: Not yours."},
		{name: "teapot", status: 418, body: "teapot", want: "418: unexpected response: text that is not JSON (6 bytes)"},
		{name: "redirected", status: 302, header: []string{"Location", "https://user:secret@evil.test:8443/steal?key=secret"}, want: "302: redirected: evil.test"},
		{name: "redirected to itself", status: 301, header: []string{"Location", "/a?b"}, want: "301: redirected: another path of the same host"},
		{name: "redirected nowhere", status: 302, want: "302: redirected: no host: it has no valid Location header"},
		{name: "command", status: 307, header: []string{"Location", "http://[::1%25a%20::stop-commands::x]/"}, want: "307: redirected: …"},

		{name: "409 with HTML", status: 409, body: htmlPage, want: "409: throttled", transient: true},
		{name: "429", status: 429, want: "429: throttled", transient: true},
		{name: "408", status: 408, want: "408: unavailable", transient: true},
		{name: "425", status: 425, want: "425: unavailable", transient: true},
		{name: "500", status: 500, body: `{"Message":"Oh."}`, want: "500: unavailable: Oh.", transient: true},
		{name: "502", status: 502, body: htmlPage, want: "502: unavailable", transient: true},
		{
			name: "internal error", status: 200, body: ooops, transient: true,
			want: "200: unavailable: the API reported an internal error: Ooops! There was a problem while running this action.",
		},
	}
	var shown texts
	shown.hide(NewSecret("token-1"))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := get(42)
			r.Addresses = []string{"https://h.example/xsecretx"}
			f := judge(r, answer(r, test.status, test.body, test.header...), &shown)
			got := ""
			if f != nil {
				got = strings.TrimPrefix(r.error(f).Error(), "get webhook 42: ")
			}
			if got != test.want || f != nil && f.transient != test.transient {
				t.Errorf("error = %q, transient %v,\nwant    %q, %v", got, f != nil && f.transient, test.want, test.transient)
			}
		})
	}
}

// Only the description of invalid_grant is shown: that of must_reset_password is a token that resets the password.
func TestJudge_signIn(t *testing.T) {
	tests := []struct {
		name, body, want string
		status           int
	}{
		{name: "token", status: 200, body: `{"access_token":"x"}`},
		{
			name: "refused", status: 400, body: `{"error":"invalid_grant","error_description":"The password is incorrect."}`,
			want: "400: sign-in rejected: The password is incorrect.",
		},
		{name: "other code", status: 401, body: `{"error":"unsupported_grant_type"}`, want: "401: sign-in rejected: unsupported_grant_type"},
		{
			name: "unknown code", status: 400, body: `{"error":"password_expired","error_description":"secret"}`,
			want: "400: sign-in rejected: password_expired",
		},
		{name: "wrong address", status: 404, body: `{"Message":"secret"}`, want: "404: unexpected response: a JSON object (20 bytes)"},
		{name: "408", status: 408, body: `{}`, want: "408: unavailable"},
		{name: "internal error under 400", status: 400, body: ooops, want: "400: unavailable: the API reported an internal error"},
		{name: "no code", status: 400, body: `{"Message":"secret"}`, want: "400: sign-in rejected"},
		{name: "empty 401", status: 401, want: "401: sign-in rejected"},
		{name: "second factor", status: 400, body: `{"error":"two_factor_auth_check","error_description":"secret"}`, want: "400: one-time code missing"},
		{name: "password reset", status: 400, body: `{"error":"must_reset_password","error_description":"secret"}`, want: "400: password must be reset"},
		{name: "internal error", status: 500, body: `{"error":"must_reset_password","error_description":"secret"}`, want: "500: unavailable"},
		{name: "portal", status: 404, body: htmlPage, want: "404: unexpected response: an HTML page (28 bytes)"},
		{name: "firewall", status: 403, body: htmlPage, want: "403: blocked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &Request{Verb: VerbSignIn, Method: http.MethodPost}
			f := judge(r, answer(r, test.status, test.body), new(texts))
			got := ""
			if f != nil {
				got = strings.TrimPrefix(r.error(f).Error(), "sign in: ")
			}
			if got != test.want {
				t.Errorf("error = %q, want %q", got, test.want)
			}
		})
	}
}

// The API reports the field BusinessId as the property Business.
func TestJudge_fields(t *testing.T) {
	r := create() // with the fields BusinessId and Name
	f := judge(r, answer(r, 400, `{"Message":"Name: is bad Business: is bad Other: is bad","Errors":[{"Message":"is bad","PropertyName":"Name"},
		{"Message":"is bad","PropertyName":"Business"},{"Message":"is bad","PropertyName":"Business"},{"Message":"is bad","PropertyName":"Other"}]}`), new(texts))
	want := []FieldError{{"Name", "is bad"}, {"BusinessId", "is bad"}, {"Other", "is bad"}}
	if !slices.Equal(f.fields, want) || len(f.messages) != 0 {
		t.Errorf("fields = %q beside %q, want %q", f.fields, f.messages, want)
	}
	for property, want := range map[string]string{"": "", "Business": "BusinessId", "BusinessId": "BusinessId", "Name": "Name", "Coworker": "Coworker"} {
		r := &Request{Body: []byte(`{"Id":1,"Name":"x","NameId":2,"BusinessId":3}`)}
		if got := r.fieldName(property); got != want {
			t.Errorf("fieldName(%q) = %q, want %q", property, got, want)
		}
	}
}

// A server that lists hundreds of errors must not fill the terminal with them.
func TestJudge_manyMessages(t *testing.T) {
	type problem struct{ PropertyName, Message string }
	var problems []problem
	for i := range 500 {
		problems = append(problems, problem{"", fmt.Sprint("error ", i+1)}, problem{fmt.Sprint("F", i+1), "is bad"})
	}
	body, _ := json.Marshal(map[string]any{"Errors": problems})
	f := judge(get(1), answer(get(1), 400, string(body)), new(texts))
	if len(f.fields) != 10 || len(f.messages) != 11 || f.messages[9] != "error 10" || f.messages[10] != "and 490 more" {
		t.Errorf("messages = %q, fields %q, want ten of each and how many more", f.messages, f.fields)
	}
}

func TestResponse_decode(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{name: "nothing", body: "", want: "an empty body"},
		{name: "blanks", body: " \n", want: "whitespace (2 bytes)"},
		{name: "array", body: "[]", want: "a JSON array (2 bytes)"},
		{name: "string", body: `"x"`, want: "a JSON string (3 bytes)"},
		{name: "number", body: "-1", want: "a JSON number (2 bytes)"},
		{name: "boolean", body: "false", want: "a JSON boolean (5 bytes)"},
		{name: "two documents", body: `{"Id":42}{"Id":42}`, want: "invalid JSON (18 bytes)"},
		{name: "cut off", body: `{"Id":42,"Na`, want: "invalid JSON (12 bytes)"},
		{name: "HTML", body: "\n<HTML>secret", want: "an HTML page (13 bytes)"},
		{name: "text", body: "hello", want: "text that is not JSON (5 bytes)"},
		{name: "object for a text", body: `{"Name":{"secret":1}}`, want: "the field Name with a JSON object instead of the JSON type string"},
		{name: "text for a number", body: `{"Id":"42"}`, want: "the field Id with a JSON string instead of the JSON type integer"},
		{name: "fraction", body: `{"Id":1.5}`, want: "the field Id with a number that is not a 64-bit integer instead of the JSON type integer"},
		{
			name: "above int64", body: `{"Id":9223372036854775808}`,
			want: "the field Id with a number that is not a 64-bit integer instead of the JSON type integer",
		},
		{name: "flag", body: `{"Active":"true"}`, want: "the field Active with a JSON string instead of the JSON type bool"},
		{name: "nested", body: `{"Records":[{"Id":"7"}]}`, want: "the field Id with a JSON string instead of the JSON type integer"},
		{name: "list", body: `{"Records":{}}`, want: "the field Records with a JSON object instead of the JSON type array"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var value struct {
				ID      int64 `json:"Id"`
				Name    string
				Active  bool
				Records []struct {
					ID int64 `json:"Id"`
				}
			}
			err := failureOf(t, answer(get(42), 200, test.body).Decode(&value))
			if want := "get webhook 42: 200: unexpected response: " + test.want; err.Error() != want {
				t.Errorf("error = %q, want %q", err, want)
			}
		})
	}
	var id struct{ Id int64 }
	if err := answer(get(42), 200, `{"Id":9007199254740993}`).Decode(&id); err != nil || id.Id != 9007199254740993 {
		t.Errorf("Decode = %d, %v, want the exact ID", id.Id, err)
	}
	for status, want := range map[int]string{101: "a switch to another protocol", 200: "the JSON value null (4 bytes)"} {
		if got := answer(get(42), status, "null").Describe(); got != want {
			t.Errorf("Describe = %q, want %q", got, want)
		}
	}
}

func TestResponse_valueID(t *testing.T) {
	for body, want := range map[string]int64{
		`{"Value":{"Id":7}}`:                7,
		`{"Value":{"Id":7,"Name":{"a":1}}}`: 7,
		`{"Value":9007199254740993}`:        9007199254740993,
		`{"Value":null}`:                    0,
		`{"Value":"7"}`:                     0,
		`{"Value":{"Id":"7"}}`:              0,
		`{"Value":[7]}`:                     0,
		`{}`:                                0,
		`"x"`:                               0,
		``:                                  0,
	} {
		if got := answer(create(), 200, body).ValueID(); got != want {
			t.Errorf("ValueID of %s = %d, want %d", body, got, want)
		}
	}
}

// FuzzJudge: an error has a kind, few messages without a credential, and a reason of known words; it
// does not depend on an AttemptedValue.
func FuzzJudge(f *testing.F) {
	for _, body := range []string{
		`{"Message":"Name: is required","Errors":[{"AttemptedValue":"a","Message":"is required","PropertyName":"Name"}],"WasSuccessful":false}`,
		`{"Message":"hunter2","Errors":[{"Message":"hun\u200bter2","PropertyName":"hunter2"},{"Message":"\u202eabc"},7],"WasSuccessful":false}`,
		`{"error":"invalid_grant","error_description":"The password is incorrect."}`, `{"error":"must_reset_password","error_description":"secret"}`,
		ooops, `{"Message":"An error has occurred."}`, `{"Value":{"Id":7},"WasSuccessful":true}`, `{"Message":7,"Errors":{"Message":"a"},"error":null}`,
		htmlPage, `"Not found"`, `"Ooops!"`, ``, `null`, `[]`, `{"Id":42}{"Id":42}`,
	} {
		for _, status := range []int{200, 400, 401, 404, 409, 503} {
			f.Add(status, body, "7")
		}
	}
	attempted := regexp.MustCompile(`(?i)"AttemptedValue"(\s*:)`)
	reason := regexp.MustCompile(`^(|the API reported an internal error|a switch to another protocol|an empty body|no host: it has no valid Location header|` +
		`(whitespace|an HTML page|text that is not JSON|invalid JSON|a JSON (object|array|string|boolean|number)|the JSON value null) \(\d+ bytes\))$`)
	f.Fuzz(func(t *testing.T, status int, body, wait string) {
		var shown texts
		shown.hide(NewSecret("hunter2"))
		for _, r := range []*Request{get(42), create(), {Verb: VerbSignIn, Method: http.MethodPost}} {
			got := judge(r, answer(r, status, body, "Retry-After", wait), &shown)
			if got == nil {
				if status < 200 || status > 299 {
					t.Errorf("%s: no failure under %d", r.Verb, status)
				}
				continue
			}
			if got.kind == "" || got.status != status || got.wait < 0 || !reason.MatchString(got.reason) {
				t.Errorf("%s: failure = %+v, want a kind, the status and a known reason", r.Verb, got)
			}
			if got.transient != (got.kind == KindThrottled || got.kind == KindUnavailable) {
				t.Errorf("%s: transient = %v for %q", r.Verb, got.transient, got.kind)
			}
			if text := r.error(got).Error(); len(got.messages) > maxMessages+1 || len(got.fields) > maxMessages || strings.Contains(text, "hunter2") {
				t.Errorf("%s: error = %q, want few messages without a credential", r.Verb, text)
			}
			body := attempted.ReplaceAllString(body, `"AttemptedOther"$1`)
			if other := judge(r, answer(r, status, body, "Retry-After", wait), &shown); !reflect.DeepEqual(got, other) {
				t.Errorf("%s: failure = %+v, and %+v without AttemptedValue", r.Verb, got, other)
			}
		}
	})
}
