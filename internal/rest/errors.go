package rest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind classifies a failure, so that programs need not parse its text.
type Kind string

// The kinds of failure.
const (
	KindNotFound      Kind = "not found"               // the record does not exist, or the user may not see it
	KindUnauthorized  Kind = "unauthorized"            // 401: the credentials, the user's API access, or the permission
	KindPermission    Kind = "permission missing"      // 401 although the credentials are valid, or 403
	KindBlocked       Kind = "blocked"                 // 403 from the firewall in front of the API
	KindThrottled     Kind = "throttled"               // 409 or 429, for longer or more often than allowed
	KindRejected      Kind = "rejected"                // the API rejected the request; see Messages and Fields
	KindUnavailable   Kind = "unavailable"             // 5xx, 408, 425, or an internal error of the API; see Reason
	KindConnection    Kind = "connection failed"       // no complete response; see Reason
	KindRedirected    Kind = "redirected"              // 3xx; Reason names the host
	KindUnexpected    Kind = "unexpected response"     // not what the API is documented to send; see Reason
	KindIncomplete    Kind = "incomplete list"         // the pages contradict each other; see Reason
	KindOtherRecord   Kind = "another record"          // the record has another UniqueId than expected
	KindNotApplied    Kind = "not applied"             // a write was accepted, and the record differs; see Fields
	KindUnverified    Kind = "not verified"            // a write was accepted, and could not be read back; see Cause
	KindUnknown       Kind = "unknown outcome"         // a write may have been carried out; see Cause
	KindSignIn        Kind = "sign-in rejected"        // by POST /token; see Messages
	KindTwoFactor     Kind = "one-time code missing"   // the account has two-factor authentication
	KindPasswordReset Kind = "password must be reset"  // in the panel, before the user can sign in
	KindCodeUsed      Kind = "one-time code used"      // a sign-in is needed, but Password.TOTP may have been used; see Reason
	KindTOTPSecret    Kind = "unusable two-factor key" // no code can be generated from Password.TOTPSecret
)

// FieldError is what the API says about one field of a record that was sent.
type FieldError struct {
	Field   string // in the API's spelling, such as "URL"
	Message string // sanitized
}

// Error describes a request that failed, after all its attempts. It never changes,
// and none of its fields contains a credential, a query or a body.
type Error struct {
	Verb       Verb
	Record     string // the kind of record, such as "webhook"; empty for a sign-in
	ID         int64  // of the record; 0 for a list, a create or a sign-in
	Page       int    // of a list; 0 otherwise
	Permission string // that the request needs; empty when it needs none

	Kind    Kind
	URL     string  // scheme, host and path of the request
	Status  int     // of the last response; 0 when there was none
	Outcome Outcome // of a write; NotProcessed for any other request

	// Reason says what was received instead of a successful response.
	Reason string

	// Messages are the service's own messages, one line each, without those in
	// Fields: sanitized, and bounded in number and length.
	Messages []string
	Fields   []FieldError

	Wait     time.Duration // that Nexudus asked for, when longer than Config.MaxThrottleWait
	Attempts int           // requests sent
	Elapsed  time.Duration // from the start of the first attempt to the end of the last one

	// Cause is why the outcome of a write is unknown, or why its record could not be read back.
	Cause error

	// Candidates are the IDs of records that a create with an unknown outcome may have
	// created. CannotList reports that it could not look for them, because the user lacks
	// the permission.
	Candidates []int64
	CannotList bool
}

// Error implements error: the request, the status, what it means.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Request())
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d", e.Status)
	}
	fmt.Fprintf(&b, ": %s", e.Kind)
	if e.Reason != "" {
		fmt.Fprintf(&b, ": %s", e.Reason)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	messages := slices.Clone(e.Messages)
	for _, f := range e.Fields {
		messages = append(messages, f.Field+": "+f.Message)
	}
	if len(messages) > 0 {
		fmt.Fprintf(&b, ": %s", strings.Join(messages, "; "))
	}
	return b.String()
}

// Request names the request, such as "get webhook 42" or "sign in".
func (e *Error) Request() string {
	text := string(e.Verb)
	switch {
	case e.Verb == VerbList:
		text += " " + e.Plural()
	case e.Record != "":
		text += " " + e.Record
	}
	if e.ID != 0 {
		text += fmt.Sprintf(" %d", e.ID)
	}
	if e.Page != 0 {
		text += fmt.Sprintf(", page %d", e.Page)
	}
	return text
}

// Plural returns the plural of Record.
func (e *Error) Plural() string { return e.Record + "s" }

// IsNotFound reports whether an error says that the record certainly does not
// exist, or that the user may not see it. A wrong address is not such an error.
func IsNotFound(err error) bool { return Is(err, KindNotFound) }

// Is reports whether an error is an [*Error] of one of the kinds.
func Is(err error, kinds ...Kind) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(kinds, failure.Kind)
}

// Error returns an error of the request after its attempts so far.
func (r *Request) Error(kind Kind, reason string) *Error {
	return r.error(&failure{kind: kind, status: r.status, reason: reason})
}

// failure is what went wrong in one attempt.
type failure struct {
	kind      Kind
	status    int
	reason    string
	messages  []string
	fields    []FieldError
	wait      time.Duration // that the response asks for
	outcome   Outcome
	transient bool // whether another attempt may succeed
}

// error returns the error of a request that ends with a failure.
func (r *Request) error(f *failure) *Error {
	e := &Error{
		Verb: r.Verb, Record: r.Record, ID: r.ID, Page: r.Page, Permission: r.Permission,
		Kind: f.kind, Status: f.status, Reason: f.reason, Messages: f.messages, Fields: f.fields,
		Wait: f.wait, Attempts: r.attempts,
	}
	if r.isWrite() {
		e.Outcome = max(r.outcome, f.outcome)
	}
	if r.url != nil {
		e.URL, e.Elapsed = r.url.Redacted(), time.Since(r.started)
	}
	return e
}
