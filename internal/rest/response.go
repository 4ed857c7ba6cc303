package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Response is an HTTP response whose body has been read.
type Response struct {
	Request *Request // that was sent for it; equal reads share a response
	Status  int
	Header  http.Header
	Body    []byte
}

// Decode decodes the body. Its error is an [*Error] that says which field has another type
// than documented, or what was received instead.
func (r Response) Decode(value any) error {
	if err := json.Unmarshal(r.Body, value); err != nil {
		return r.Error(KindUnexpected, r.mismatch(err))
	}
	return nil
}

// Error returns an error of the request that the response answers.
func (r Response) Error(kind Kind, reason string) *Error {
	return r.Request.error(&failure{kind: kind, status: r.Status, reason: reason})
}

// ValueID returns the ID in the Value of a successful write, or 0. Value is documented as an
// object with the Id, and has been seen as the whole record, the number itself, or null.
func (r Response) ValueID() int64 {
	var e envelope
	_ = json.Unmarshal(r.Body, &e)
	var record struct {
		ID int64 `json:"Id"`
	}
	if json.Unmarshal(e.Value, &record) != nil {
		_ = json.Unmarshal(e.Value, &record.ID)
	}
	return record.ID
}

// envelope is the response to a write, and to any request that the API rejects,
// even under status 200. POST /token has its own two fields. AttemptedValue is
// left out on purpose: it may be a secret.
// See https://developers.nexudus.com/reference/response-format.
type envelope struct {
	WasSuccessful *bool
	Message       string
	Value         json.RawMessage
	Errors        []problem
	Code          string `json:"error"`
	Description   string `json:"error_description"`
}

type problem struct{ PropertyName, Message string }

// envelope returns what the body says about the request. Public client code has also seen a bare
// JSON text instead.
func (r Response) envelope() (e envelope) {
	if json.Unmarshal(r.Body, &e.Message) != nil {
		// A field of the wrong type is skipped: the others are still worth showing.
		_ = json.Unmarshal(r.Body, &e)
	}
	return e
}

const maxMessages = 10

func (e envelope) rejects() bool { return e.WasSuccessful != nil && !*e.WasSuccessful }

// internalError reports whether the API says that its own work has failed. Public client code has
// seen the first text under the statuses 200, 400 and 500, and has succeeded after some retries.
func (e envelope) internalError() bool {
	return strings.HasPrefix(e.Message, "Ooops!") || strings.TrimRight(e.Message, ".") == "An error has occurred"
}

// namesField reports whether an error is about a field, as only the API knows: a gateway's JSON may have errors, too.
func (e envelope) namesField() bool {
	return slices.ContainsFunc(e.Errors, func(problem problem) bool { return problem.PropertyName != "" })
}

// judge returns what a response means for its request: nil if it was successful.
func judge(r *Request, resp Response, t *texts) *failure {
	if resp.succeeded() && !r.isWrite() && !bytes.Contains(resp.Body, []byte(`"WasSuccessful"`)) {
		return nil // without decoding a large list twice
	}
	e := resp.envelope()
	f := &failure{kind: kindOf(r, resp, e), status: resp.Status}
	switch f.kind {
	case "":
		return nil
	case KindRedirected:
		f.reason = t.sanitize(redirectHost(resp.Header))
	case KindUnexpected:
		f.reason = resp.Describe()
	case KindThrottled, KindUnavailable:
		f.transient = true
	}
	if f.kind == KindUnavailable && e.internalError() {
		f.reason = "the API reported an internal error"
	}
	switch {
	case r.Verb != VerbSignIn:
		f.addMessages(r, e, t)
	case f.kind == KindSignIn:
		// Other descriptions are never shown: one is a token that resets the password.
		if e.Code != "invalid_grant" {
			e.Description = e.Code
		}
		f.addMessages(r, envelope{Message: e.Description}, t)
	}
	f.outcome = outcomeOf(f.kind, resp, e)
	return f
}

func (r Response) succeeded() bool { return r.Status >= 200 && r.Status < 300 }

func kindOf(r *Request, resp Response, e envelope) Kind {
	isJSON := json.Valid(resp.Body)
	switch status := resp.Status; {
	case status == http.StatusTooManyRequests, status == http.StatusConflict && isThrottle(r, resp):
		return KindThrottled
	case status == http.StatusProxyAuthRequired:
		return KindConnection
	case status == http.StatusForbidden && resp.isHTML():
		return KindBlocked
	case status >= 300 && status < 400:
		return KindRedirected
	case r.Verb == VerbSignIn && resp.succeeded():
		return ""
	case r.Verb == VerbSignIn && (e.Code != "" && status < 500 || isJSON && status == http.StatusBadRequest && !e.internalError() ||
		status == http.StatusUnauthorized):
		return cmp.Or(signInKinds[e.Code], KindSignIn)
	case status == http.StatusUnauthorized:
		return KindUnauthorized
	case status == http.StatusForbidden:
		return KindPermission
	case e.internalError() && (e.rejects() || !resp.succeeded()):
		return KindUnavailable
	case e.rejects(), e.namesField() && !resp.succeeded():
		return KindRejected
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return KindUnavailable
	case resp.succeeded() && (!r.isWrite() || e.WasSuccessful != nil || resp.ValueID() != 0):
		return ""
	case status == http.StatusNotFound && r.ID != 0 && strings.EqualFold(strings.TrimRight(e.Message, "."), "Not found"):
		return KindNotFound // rather than an unknown address: for that, the API sends an object, and portals HTML
	case isJSON && status >= 400 && status != http.StatusNotFound:
		return KindRejected
	}
	return KindUnexpected
}

// signInKinds are the kinds of the codes with which POST /token rejects a sign-in, except for
// invalid_grant. Public client code has seen both.
var signInKinds = map[string]Kind{"two_factor_auth_check": KindTwoFactor, "must_reset_password": KindPasswordReset}

// outcomeOf returns what a failure says about the request's work. Only the API's own JSON, and what
// answers before the API sees the request, prove that no work is under way.
func outcomeOf(kind Kind, resp Response, e envelope) Outcome {
	switch {
	case kind == KindUnavailable && e.internalError():
		return Ended
	case kind == KindUnavailable, kind == KindRedirected:
		return Pending
	case kind == KindUnexpected && resp.Status != http.StatusNotFound && resp.Status != http.StatusMethodNotAllowed:
		return Pending
	}
	return NotProcessed
}

// isThrottle reports whether a 409 comes from the throttle, which sends an empty
// body, rather than from the API, which says in JSON what conflicts. A read with
// some other body can be repeated too. A write cannot, because it is unknown
// what that response means.
// See https://developers.nexudus.com/reference/api-limitations.
func isThrottle(r *Request, resp Response) bool {
	return len(resp.Body) == 0 || !r.isWrite() && !json.Valid(resp.Body)
}

// addMessages adds the API's own messages.
func (f *failure) addMessages(r *Request, e envelope, t *texts) {
	sanitize := func(text string) string { return t.sanitize(text, r.Addresses...) }
	add := func(text string) {
		if text != "" && !slices.Contains(f.messages, text) {
			f.messages = append(f.messages, text)
		}
	}
	var about []string // "Name: is required", which Message often repeats in the API's names
	for _, problem := range e.Errors {
		field, text := sanitize(r.fieldName(problem.PropertyName)), sanitize(problem.Message)
		switch {
		case field == "" || text == "":
			add(field + text)
		case len(f.fields) < maxMessages && !slices.Contains(f.fields, FieldError{field, text}):
			f.fields = append(f.fields, FieldError{field, text})
			about = append(about, sanitize(problem.PropertyName)+": "+text)
		}
	}
	if text := sanitize(e.Message); f.kind != KindNotFound && !slices.Contains(about, text) && text != strings.Join(about, " ") {
		add(text)
	}
	if more := len(f.messages) - maxMessages; more > 0 {
		f.messages = append(f.messages[:maxMessages], fmt.Sprintf("and %d more", more))
	}
}

// fieldName returns the name of the field that was sent for a property. The API names a reference without its
// "Id": it reports the field BusinessId as the property Business.
func (r *Request) fieldName(property string) string {
	sent := func(name string) bool { return bytes.Contains(r.Body, []byte(`"`+name+`":`)) }
	if property != "" && !sent(property) && sent(property+"Id") {
		return property + "Id"
	}
	return property
}

// redirectHost returns the target of a redirect, without its path and query.
func redirectHost(header http.Header) string {
	location, err := url.Parse(header.Get("Location"))
	if err != nil || header.Get("Location") == "" {
		return "no host: it has no valid Location header"
	}
	return cmp.Or(location.Hostname(), "another path of the same host")
}

func (r Response) isHTML() bool {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	start := bytes.ToLower(bytes.TrimSpace(r.Body[:min(len(r.Body), 512)]))
	return mediaType == "text/html" || bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// Describe returns the type and size of the body, never its content.
func (r Response) Describe() string {
	trimmed := bytes.TrimSpace(r.Body)
	what := "text that is not JSON"
	switch {
	case r.Status == http.StatusSwitchingProtocols:
		return "a switch to another protocol"
	case len(r.Body) == 0:
		return "an empty body"
	case len(trimmed) == 0:
		what = "whitespace"
	case r.isHTML():
		what = "an HTML page"
	case json.Valid(trimmed):
		what = cmp.Or(jsonTypes[trimmed[0]], "a JSON number")
	case trimmed[0] == '{' || trimmed[0] == '[':
		what = "invalid JSON"
	}
	return fmt.Sprintf("%s (%d bytes)", what, len(r.Body))
}

// jsonTypes names the types of valid JSON, except numbers, by their first byte.
var jsonTypes = map[byte]string{
	'{': "a JSON object", '[': "a JSON array", '"': "a JSON string", 'n': "the JSON value null", 't': "a JSON boolean", 'f': "a JSON boolean",
}

// mismatch says why the body cannot be decoded: which field has a different type than
// documented, or what was received instead of the record.
func (r Response) mismatch(err error) string {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) || wrong.Field == "" {
		return r.Describe()
	}
	got := "a JSON " + wrong.Value
	if number, ok := strings.CutPrefix(wrong.Value, "number"); ok && number != "" {
		got = "a number that is not a 64-bit integer"
	}
	want := wrong.Type.Kind().String()
	want = cmp.Or(map[string]string{"int64": "integer", "slice": "array", "struct": "object"}[want], want)
	field := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]
	return fmt.Sprintf("the field %s with %s instead of the JSON type %s", field, got, want)
}
