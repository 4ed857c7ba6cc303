package nexudus

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
	"time"
)

// classify returns the error that a response represents, or nil if it was successful.
func (c *Client) classify(r *request, resp response) error {
	if resp.status >= 200 && resp.status < 300 {
		return nil
	}
	failure := c.rejected(r, resp)
	failure.Kind = kindOf(r, resp, len(failure.Fields) > 0)
	switch failure.Kind {
	case KindRedirected:
		failure.Reason = c.Sanitize(redirectHost(resp.header))
	case KindUnexpected, KindSignInResponse:
		failure.Reason = describe(resp)
	case KindConnection:
		failure.Reason = proxyWantsPassword
	case KindThrottled, KindUnavailable:
		failure.transient = true
	}
	if r.isWrite() {
		failure.outcome = outcomeOf(failure.Kind, resp.status)
	}
	return failure
}

// rejected returns the error of a response in which the API refuses the request.
func (c *Client) rejected(r *request, resp response) *Error {
	said := c.messages(resp.body)
	failure := c.failure(r, KindRejected, "")
	failure.Status, failure.Messages, failure.Fields = resp.status, said.texts, said.fields
	return failure
}

// unexpected returns the error of a successful response with unexpected content.
func (c *Client) unexpected(r *request, resp response, reason string) *Error {
	failure := c.failure(r, KindUnexpected, reason)
	failure.Status = resp.status
	return failure
}

func kindOf(r *request, resp response, fieldErrors bool) Kind {
	signIn, isJSON := r.verb == VerbSignIn, json.Valid(resp.body)
	switch status := resp.status; {
	case status == http.StatusTooManyRequests, status == http.StatusConflict && isThrottle(r, resp):
		return KindThrottled
	case status == http.StatusProxyAuthRequired:
		return KindConnection
	case status == http.StatusForbidden && resp.isHTML():
		return KindBlocked
	case status >= 300 && status < 400:
		return KindRedirected
	case status == http.StatusInternalServerError && fieldErrors && !signIn:
		// Nexudus has been seen to refuse a record with status 500 too.
		return KindRejected
	case status >= 500, status == http.StatusBadRequest && troubled(resp.body):
		return KindUnavailable
	case signIn && isJSON:
		return KindSignIn
	case signIn:
		return KindSignInResponse
	case status == http.StatusUnauthorized:
		return KindUnauthorized
	case status == http.StatusForbidden:
		return KindForbidden
	case status == http.StatusNotFound && (r.id == 0 || !saysNotFound(resp.body)):
		return KindUnexpected
	case status == http.StatusNotFound:
		return KindNotFound
	case status == http.StatusBadRequest, isJSON:
		return KindRejected
	}
	return KindUnexpected
}

// outcomeOf returns what a failure says about whether a write was processed.
func outcomeOf(kind Kind, status int) outcome {
	switch {
	case slices.Contains(timeouts, status):
		return maybePending
	case kind == KindUnavailable, kind == KindRedirected, kind == KindUnexpected && (status < 400 || status == http.StatusConflict):
		return maybeProcessed
	}
	return notProcessed
}

// timeouts lists the statuses with which a gateway reports that the service timed out. The
// last two are those of content-delivery networks.
var timeouts = []int{http.StatusRequestTimeout, http.StatusGatewayTimeout, 522, 524}

// saysNotFound reports whether a 404 is about the record. The API then sends the
// JSON string "Not found"; it answers an unknown address with a JSON object, and
// portals send HTML, so a wrong base URL does not make records seem gone. A 404 to
// a request for no particular record is always about the address.
func saysNotFound(body []byte) bool {
	var text string
	return json.Unmarshal(body, &text) == nil && strings.EqualFold(strings.TrimRight(text, "."), "Not found")
}

// troubled reports whether the response is an internal error of the service. Public client
// code has seen this with status 400 too, and succeeded after some retries.
func troubled(body []byte) bool { return bytes.Contains(body, []byte(`"Ooops!`)) }

// date returns when a response began, by the service's clock, or zero if it has no Date.
func (r response) date() time.Time {
	date, _ := http.ParseTime(r.header.Get("Date"))
	return date
}

// redirectHost returns the target of a redirect, without its path and query.
func redirectHost(header http.Header) string {
	location, err := url.Parse(header.Get("Location"))
	if err != nil || header.Get("Location") == "" {
		return "no host: it has no valid Location header"
	}
	if location.Host == "" {
		return "another path of the same host"
	}
	return location.Host
}

func (r response) isHTML() bool {
	mediaType, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	if mediaType == "text/html" || mediaType == "application/xhtml+xml" {
		return true
	}
	start := bytes.ToLower(bytes.TrimSpace(r.body[:min(len(r.body), 512)]))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// describe returns the type and size of a response body, never its content.
func describe(resp response) string {
	trimmed := bytes.TrimSpace(resp.body)
	what := "text that is not JSON"
	switch {
	case resp.status == http.StatusSwitchingProtocols:
		return "a switch to another protocol"
	case len(resp.body) == 0:
		return "an empty body"
	case len(trimmed) == 0:
		what = "whitespace"
	case resp.isHTML():
		what = "an HTML page"
	case json.Valid(trimmed):
		what = jsonKinds[trimmed[0]]
	case trimmed[0] == '{' || trimmed[0] == '[':
		what = "invalid JSON"
	}
	size := fmt.Sprintf("%d bytes", len(resp.body))
	if mediaType, _, err := mime.ParseMediaType(resp.header.Get("Content-Type")); err == nil && slices.Contains(mediaTypes, mediaType) {
		size = mediaType + ", " + size
	}
	return fmt.Sprintf("%s (%s)", cmp.Or(what, "a JSON number"), size)
}

// mediaTypes are the media types that are shown. Any other may be a credential that the
// server repeats in lower case, where redact does not find it.
var mediaTypes = []string{
	"application/gzip", "application/javascript", "application/json", "application/octet-stream", "application/pdf",
	"application/problem+json", "application/problem+xml", "application/xhtml+xml", "application/xml", "application/zip",
	"image/gif", "image/jpeg", "image/png", "image/svg+xml", "image/webp",
	"text/css", "text/csv", "text/event-stream", "text/html", "text/javascript", "text/json", "text/plain", "text/xml",
}

// jsonKinds names the types of valid JSON, except numbers, by their first byte.
var jsonKinds = map[byte]string{
	'{': "a JSON object", '[': "a JSON array", '"': "a JSON string", 'n': "the JSON value null", 't': "a JSON boolean", 'f': "a JSON boolean",
}

// mismatch says why a body cannot be decoded: which field has a different type than
// documented, or what was received instead of the record.
func mismatch(resp response, err error) string {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) || wrong.Field == "" {
		return describe(resp)
	}
	came := "a JSON " + wrong.Value
	if number, ok := strings.CutPrefix(wrong.Value, "number"); ok && number != "" {
		came = "a number that is not a 64-bit integer"
	}
	wanted := wrong.Type.Kind().String()
	if name, ok := map[string]string{"int64": "integer", "slice": "array", "struct": "object"}[wanted]; ok {
		wanted = name
	}
	field := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]
	return fmt.Sprintf("the field %s with %s instead of the JSON type %s", field, came, wanted)
}
