package nexudus

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verb is the operation that a request performs.
type Verb string

// The verbs.
const (
	VerbGet    Verb = "get"
	VerbList   Verb = "list"
	VerbCreate Verb = "create"
	VerbUpdate Verb = "update"
	VerbDelete Verb = "delete"
	VerbSignIn Verb = "sign in"
)

// Kind classifies a failure, so that programs need not parse its text.
type Kind string

// The kinds of failure.
const (
	KindNotFound       Kind = "not found"              // the record does not exist, or the user may not see it
	KindUnauthorized   Kind = "unauthorized"           // 401: the credentials, or the role
	KindRoleMissing    Kind = "role missing"           // 401, although the token is valid
	KindForbidden      Kind = "forbidden"              // 403 from the API
	KindBlocked        Kind = "blocked"                // 403 from the firewall in front of the API
	KindThrottled      Kind = "throttled"              // 409 or 429, for longer or more often than allowed
	KindRejected       Kind = "rejected"               // the API refused the request; see Messages and Fields
	KindUnavailable    Kind = "unavailable"            // 5xx, or 400 with an internal error of the service
	KindConnection     Kind = "connection failed"      // no complete response; see Reason
	KindRedirected     Kind = "redirected"             // 3xx; Reason names the host
	KindUnexpected     Kind = "unexpected response"    // not what the API is documented to send; see Reason
	KindIncomplete     Kind = "incomplete list"        // the pages contradict each other; see Reason
	KindNotApplied     Kind = "not applied"            // an update was accepted, and the record differs; see Fields
	KindUnverified     Kind = "not verified"           // an update was accepted, and could not be read back; see Cause
	KindSignIn         Kind = "sign-in refused"        // by POST /token; see Messages, and Reason if several codes were tried
	KindSignInResponse Kind = "bad sign-in response"   // POST /token returned no access token; see Reason
	KindCodeUsed       Kind = "one-time code used"     // a sign-in is needed, but Password.TOTP may have been used; see Reason
	KindTOTPSecret     Kind = "invalid two-factor key" // Password.TOTPSecret is not base32
)

// FieldError is what the API says about one field of a record that was sent.
type FieldError struct {
	Field   string // in the API's spelling, such as "URL"
	Message string // sanitized and redacted
}

// Error describes a request that failed. It never changes after it has been returned,
// and none of its fields holds a credential, a query or a body.
type Error struct {
	Verb Verb
	Noun string // the kind of record, such as "webhook"; empty for a sign-in
	ID   int64  // of the record; 0 for a list, a create or a sign-in
	Page int    // of a list; 0 otherwise
	Kind Kind

	URL    string // scheme, host and path of the request
	Status int    // of the last response; 0 when there was none
	Role   string // that the request needs; empty when it needs none

	// Reason says what was received instead of a successful response.
	Reason string

	// Messages are the service's own messages, one line each, without those in
	// Fields: sanitized, redacted, and bounded in number and length.
	Messages []string
	Fields   []FieldError

	Wait     time.Duration // that Nexudus asked for, when longer than Config.MaxThrottleWait
	Attempts int           // requests sent
	Elapsed  time.Duration // from the start of the first attempt to the end of the last one

	// Cause is why an update that was accepted could not be read back.
	Cause error

	// Unknown reports that a write may have been carried out despite the error.
	// Candidates are the Ids of records that a create may have created. CannotList reports
	// that a create could not look for its record, because the user lacks the role.
	Unknown    bool
	Candidates []int64
	CannotList bool

	transient bool // whether another attempt may succeed
	outcome   outcome
}

// outcome is what is known about a write without a successful response.
type outcome int

const (
	notProcessed   outcome = iota // certainly not carried out
	maybeProcessed                // carried out or not, but no longer under way
	maybePending                  // may still be carried out, or has created a record with an unknown Id
)

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
	if words := e.words(); len(words) > 0 {
		fmt.Fprintf(&b, ": %s", strings.Join(words, "; "))
	}
	return b.String()
}

// Request names the request, such as "get webhook 42" or "sign in".
func (e *Error) Request() string {
	text := string(e.Verb)
	switch {
	case e.Verb == VerbList:
		text += " " + e.Nouns()
	case e.Noun != "":
		text += " " + e.Noun
	}
	if e.ID != 0 {
		text += fmt.Sprintf(" %d", e.ID)
	}
	if e.Page != 0 {
		text += fmt.Sprintf(", page %d", e.Page)
	}
	return text
}

// Nouns returns the plural of Noun.
func (e *Error) Nouns() string { return e.Noun + "s" }

// words returns all messages of the service.
func (e *Error) words() []string {
	words := e.Messages
	for _, f := range e.Fields {
		words = append(words[:len(words):len(words)], f.Field+": "+f.Message)
	}
	return words
}

// with returns a copy of the error with some fields changed.
func (e *Error) with(change func(*Error)) *Error {
	changed := *e
	change(&changed)
	return &changed
}

// IsNotFound reports whether an error says that the record certainly does not
// exist, or that the user may not see it. A wrong address is not such an error.
func IsNotFound(err error) bool { return is(err, KindNotFound) }

// is reports whether an error is an [*Error] of one of the kinds.
func is(err error, kinds ...Kind) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(kinds, failure.Kind)
}
