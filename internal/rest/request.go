package rest

import (
	"context"
	"net/http"
	"net/url"
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

// Outcome is what is known about the work of a request that failed.
type Outcome int

// The outcomes, from the best known to the least.
const (
	NotProcessed Outcome = iota // certainly not carried out
	Ended                       // carried out or not, but no longer under way: the API says that its work has failed
	Pending                     // carried out or not, or the service may still be working on it
)

// Request is one request to the API, together with all its attempts.
type Request struct {
	Verb       Verb
	Record     string // the kind of record, such as "webhook"
	ID         int64  // of the record; 0 for a list or a create
	Page       int    // of a list
	Permission string // that the user needs, such as "WebHook-Read"

	Method string
	Path   string // below the root of the API
	Query  url.Values
	Header http.Header // beyond the usual ones
	Body   []byte      // JSON, unless Header says otherwise

	// Prepare is called before each attempt. It may set Body.
	Prepare func(context.Context) error

	// Fresh keeps the request from joining an equal one that was sent earlier, whose response may be older.
	Fresh bool

	// NoRetry lets the first failure end the request, also if it was throttled.
	NoRetry bool

	// Addresses are addresses of webhooks, whose secret parts no message may repeat.
	Addresses []string

	url       *url.URL // without the query
	started   time.Time
	attempts  int
	status    int       // of the last response
	retries   int       // after transient failures
	throttled throttled // in a row
	outcome   Outcome   // the worst of all attempts
}

// isWrite reports whether the request changes a record.
func (r *Request) isWrite() bool { return r.Method != http.MethodGet && r.Verb != VerbSignIn }

// throttled counts responses in a row that asked to wait.
type throttled struct {
	count int
	since time.Time
}

// maxThrottled is the number of throttled responses in a row after which a request fails.
// If other programs use the account, ten short waits can be bad luck, so they must also
// span MaxThrottleWait.
const maxThrottled = 10

// pause returns how long to wait after a response without a wait time: from one second to 16.
func (t *throttled) pause() time.Duration { return time.Second << min(t.count, 4) }

func (t *throttled) add() {
	if t.count == 0 {
		t.since = time.Now()
	}
	t.count++
}

func (t *throttled) tooMany(limit time.Duration) bool {
	return t.count >= maxThrottled && time.Since(t.since) >= limit
}
