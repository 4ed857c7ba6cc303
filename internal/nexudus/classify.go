package nexudus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// classify returns what is wrong with an answer, by its evidence, or nil.
func (c *Client) classify(call *call, got answer) error {
	if got.status >= 200 && got.status < 300 {
		return nil
	}
	kind, transient := kindOf(got, call.form != nil)
	failure := call.failure(kind)
	failure.Status, failure.transient = got.status, transient
	switch kind {
	case KindThrottled, KindUnavailable:
		now, err := http.ParseTime(got.header.Get("Date"))
		if err != nil {
			now = time.Now()
		}
		failure.Wait = retryAfter(got.header, now)
	case KindRedirected:
		failure.Reason = c.redact(redirectHost(got.header))
	case KindAnswer, KindSignInAnswer:
		failure.Reason = got.describe()
	case KindConnection:
		failure.Reason = proxyWantsPassword
	}
	failure.Messages = c.messages(got)
	return failure
}

// rejected is the error of an answer that says no, under whatever status.
func (c *Client) rejected(call *call, got answer) *Error {
	failure := call.failure(KindRejected)
	failure.Status, failure.Messages = got.status, c.messages(got)
	return failure
}

// unexpected is the error of a good answer that is not what was asked for.
func unexpected(call *call, got answer, reason string) *Error {
	failure := call.failure(KindAnswer)
	failure.Status, failure.Reason = got.status, reason
	return failure
}

func kindOf(got answer, signIn bool) (kind Kind, transient bool) {
	html := got.isHTML()
	switch got.status {
	case http.StatusConflict:
		// The throttle answers 409 with an empty body. One with JSON is the
		// API's word about the request.
		// See https://developers.nexudus.com/reference/api-limitations.
		if !json.Valid(got.body) {
			return KindThrottled, false
		}
		return KindRejected, false
	case http.StatusTooManyRequests:
		return KindThrottled, false
	case http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return KindUnavailable, true
	case http.StatusForbidden:
		if html {
			return KindBlocked, false
		}
		if !signIn {
			return KindForbidden, false
		}
	case http.StatusProxyAuthRequired:
		return KindConnection, false
	}
	switch {
	case got.status >= 300 && got.status < 400:
		return KindRedirected, false
	case signIn && json.Valid(got.body):
		return KindSignIn, false
	case signIn:
		return KindSignInAnswer, false
	case got.status == http.StatusUnauthorized:
		return KindUnauthorized, false
	case got.status == http.StatusNotFound:
		return KindNotFound, false
	case got.status == http.StatusBadRequest || json.Valid(got.body):
		return KindRejected, false
	}
	return KindAnswer, false
}

// retryAfter returns how long an answer asks to wait: the longest of its
// Retry-After headers, each seconds or a date by the server's clock. Zero means that it does not say,
// or nothing usable.
func retryAfter(header http.Header, now time.Time) time.Duration {
	var longest time.Duration
	for _, value := range header.Values("Retry-After") {
		var wait time.Duration
		if seconds, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil {
			if seconds < 0 || seconds > math.MaxInt64/int64(time.Second) {
				continue
			}
			wait = time.Duration(seconds) * time.Second
		} else if date, err := http.ParseTime(value); err == nil {
			wait = date.Sub(now)
		}
		longest = max(longest, wait)
	}
	return longest
}

// redirectHost names where a redirect points, without path or query.
func redirectHost(header http.Header) string {
	location, err := url.Parse(header.Get("Location"))
	if err != nil || header.Get("Location") == "" {
		return "nowhere that it names"
	}
	if location.Host == "" {
		return "another path of the same host"
	}
	return clean(location.Host)
}

func (a answer) isHTML() bool {
	mediaType, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if mediaType == "text/html" || mediaType == "application/xhtml+xml" {
		return true
	}
	start := bytes.ToLower(bytes.TrimSpace(a.body[:min(len(a.body), 512)]))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// describe says what an answer is, never what it holds.
func (a answer) describe() string {
	trimmed := bytes.TrimSpace(a.body)
	what := "a text that is not JSON"
	switch {
	case a.status == http.StatusSwitchingProtocols:
		return "a switch to another protocol"
	case len(a.body) == 0:
		return "an empty body"
	case len(trimmed) == 0:
		what = "blanks"
	case a.isHTML():
		what = "an HTML page"
	case json.Valid(trimmed):
		what = jsonKind(trimmed)
	case trimmed[0] == '{' || trimmed[0] == '[':
		what = "broken JSON"
	}
	size := fmt.Sprintf("%d bytes", len(a.body))
	if mediaType, _, err := mime.ParseMediaType(a.header.Get("Content-Type")); err == nil && slices.Contains(mediaTypes, mediaType) {
		return fmt.Sprintf("%s (%s, %s)", what, mediaType, size)
	}
	return fmt.Sprintf("%s (%s)", what, size)
}

// mediaTypes are the ones that are shown. Any other may be a credential that the
// server repeats, in small letters, where redact does not find it.
var mediaTypes = []string{
	"application/gzip", "application/javascript", "application/json", "application/octet-stream", "application/pdf", "application/problem+json",
	"application/problem+xml", "application/xhtml+xml", "application/xml", "application/zip", "image/gif", "image/jpeg", "image/png", "image/svg+xml",
	"image/webp", "text/css", "text/csv", "text/event-stream", "text/html", "text/javascript", "text/json", "text/plain", "text/xml",
}

// jsonKind names the kind of a valid JSON text.
func jsonKind(text []byte) string {
	switch text[0] {
	case '{':
		return "a JSON object"
	case '[':
		return "a JSON array"
	case '"':
		return "a JSON string"
	case 'n':
		return "the JSON value null"
	case 't', 'f':
		return "a JSON boolean"
	}
	return "a JSON number"
}

// explain says why an answer cannot be decoded: which field is of another type
// than documented, or what came in place of the record.
func (a answer) explain(err error) string {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) || mismatch.Field == "" {
		return a.describe()
	}
	came := "a JSON " + mismatch.Value
	if number, ok := strings.CutPrefix(mismatch.Value, "number"); ok && number != "" {
		came = "a number that is not a 64-bit integer"
	}
	wanted := mismatch.Type.Kind().String()
	if name, ok := map[string]string{"int64": "integer", "slice": "array", "struct": "object"}[wanted]; ok {
		wanted = name
	}
	field := mismatch.Field[strings.LastIndexByte(mismatch.Field, '.')+1:]
	return fmt.Sprintf("the field %s with %s instead of the JSON type %s", field, came, wanted)
}
