package nexudus

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what went wrong, in a way that programs can tell apart.
type Kind string

// The kinds of failure.
const (
	KindNotFound     Kind = "not found"              // 404
	KindUnauthorized Kind = "unauthorized"           // 401: the credentials, or the role
	KindRoleMissing  Kind = "role missing"           // 401 to a token that has just been signed in for
	KindForbidden    Kind = "forbidden"              // 403 by the API
	KindBlocked      Kind = "blocked"                // 403 by the firewall in front of the API
	KindThrottled    Kind = "throttled"              // 409 or 429, longer or more often than allowed
	KindRejected     Kind = "rejected"               // the API understood and said no; see Messages
	KindUnavailable  Kind = "unavailable"            // 500, 502, 503 or 504, after all retries
	KindConnection   Kind = "connection failed"      // no answer at all; see Reason
	KindRedirected   Kind = "redirected"             // 3xx; Reason names where to
	KindAnswer       Kind = "unexpected answer"      // not what the API is documented to send; see Reason
	KindIncomplete   Kind = "incomplete list"        // its pages contradict each other; see Reason
	KindSignIn       Kind = "sign-in refused"        // by POST /token; see Messages
	KindSignInAnswer Kind = "bad sign-in answer"     // POST /token gave no access token; see Reason
	KindCodeUsed     Kind = "one-time code used"     // another sign-in with the same Password.TOTP; see Reason
	KindTOTPSecret   Kind = "invalid two-factor key" // Password.TOTPSecret is not base32
)

// Error is a call that failed. None of its fields holds a credential, an
// address with its query, or a body.
type Error struct {
	Call   string // what was called, such as "get webhook 42" or "sign in"
	Kind   Kind
	Status int    // of the last answer; 0 when there was none
	Role   string // that the call needs; empty at sign-in

	// Reason tells in plain words what came instead of a good answer.
	Reason string

	// Messages are the service's own words, one line each: cleaned of control
	// characters and of credentials, bounded in number and length.
	Messages []string

	Wait     time.Duration // that Nexudus asked for, when it is longer than Config.MaxThrottleWait
	Attempts int           // requests sent
	Elapsed  time.Duration // from the first attempt's start to the last one's end

	transient bool // whether another attempt may do better
}

// Error implements error: the call, the status, what it means.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Call)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d", e.Status)
	}
	fmt.Fprintf(&b, ": %s", e.Kind)
	if e.Reason != "" {
		fmt.Fprintf(&b, ": %s", e.Reason)
	}
	if len(e.Messages) > 0 {
		fmt.Fprintf(&b, ": %s", strings.Join(e.Messages, "; "))
	}
	return b.String()
}

// IsNotFound reports whether an error says that the object does not exist, or
// that the user may not see it.
func IsNotFound(err error) bool { return is(err, KindNotFound) }

func is(err error, kind Kind) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Kind == kind
}
