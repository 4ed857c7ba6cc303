package nexudus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a transport that answers from a handler without a socket, so that
// tests of waiting can run in virtual time.
type memory struct{ handler http.Handler }

// A handler that panics with [http.ErrAbortHandler] breaks the connection.
func (m memory) RoundTrip(request *http.Request) (response *http.Response, err error) {
	request = request.Clone(request.Context())
	if request.Body == nil {
		request.Body = http.NoBody
	}
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil {
		trace.GetConn("")
		trace.GotConn(httptrace.GotConnInfo{})
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	defer func() {
		r := recover()
		if aborted, ok := r.(error); ok && errors.Is(aborted, http.ErrAbortHandler) {
			response, err = nil, io.ErrUnexpectedEOF
		} else if r != nil {
			panic(r)
		}
	}()
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, request)
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

// newTestClient returns a client of a handler, with a token, the default number of retries and no
// limit of requests per second.
func newTestClient(t *testing.T, handler http.HandlerFunc, changes ...func(*rest.Config)) *Client {
	t.Helper()
	base, err := rest.ParseBaseURL("https://nexudus.test/api")
	if err != nil {
		t.Fatal(err)
	}
	config := rest.Config{
		BaseURL: base, Auth: rest.Token{AccessToken: rest.NewSecret("token")}, MaxRetries: rest.DefaultMaxRetries, Transport: memory{handler},
	}
	for _, change := range changes {
		change(&config)
	}
	return New(config)
}

// serve answers with a status and a body.
func serve(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func serveJSON(status int, body string) http.HandlerFunc {
	return serve(status, "application/json; charset=utf-8", body)
}

// wait asks to wait.
func wait(status int, seconds string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", seconds)
		w.WriteHeader(status)
	}
}

// Responses that say nothing of the record.
var (
	html        = serve(200, "text/html", "<html>")
	html404     = serve(404, "text/html", "<html>")
	notFound    = serveJSON(404, `"Not found"`)
	unavailable = serve(503, "text/plain", "")
	throttled   = serve(409, "", "")
)

func reset(http.ResponseWriter, *http.Request)     { panic(http.ErrAbortHandler) }
func hang(_ http.ResponseWriter, r *http.Request)  { <-r.Context().Done() }
func ooops(w http.ResponseWriter, _ *http.Request) { simulator.Ooops(w) }

// account is a simulated account with the locations 5001 and 5002 and the webhook 100, and a client of it.
type account struct {
	*simulator.Server
	client *Client

	mu     sync.Mutex
	writes []fault // each write meets the first one that is left
	suffix string  // of the paths of reads
	read   http.HandlerFunc
}

// fault answers a write instead of the server.
type fault func(a *account, w http.ResponseWriter, r *http.Request)

// before answers instead of doing the work, after once it is done, and late some time before it. Changes
// happen before the response.
func before(f http.HandlerFunc, changes ...func(a *account)) fault {
	return func(a *account, w http.ResponseWriter, r *http.Request) {
		for _, change := range changes {
			change(a)
		}
		f(w, r)
	}
}

func after(f http.HandlerFunc, changes ...func(a *account)) fault {
	return func(a *account, w http.ResponseWriter, r *http.Request) {
		a.Handle(httptest.NewRecorder(), r)
		before(f, changes...)(a, w, r)
	}
}

func late(wait time.Duration, f http.HandlerFunc) fault {
	return func(a *account, w http.ResponseWriter, r *http.Request) {
		defer time.AfterFunc(wait, func() { a.Handle(httptest.NewRecorder(), r) })
		f(w, r)
	}
}

// slow does the work and answers some time later.
func slow(wait time.Duration) fault {
	return func(a *account, w http.ResponseWriter, r *http.Request) {
		response := httptest.NewRecorder()
		a.Handle(response, r)
		time.Sleep(wait)
		w.Write(response.Body.Bytes())
	}
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{Server: &simulator.Server{LimitFactor: -1}}
	a.AddBusiness(simulator.Business{ID: 5001})
	a.AddBusiness(simulator.Business{ID: 5002})
	a.AddUser(simulator.User{Username: "admin", Password: "p"})
	a.AddUser(simulator.User{Username: "writer", Roles: []string{"WebHook-Create", "WebHook-Edit", "WebHook-Delete", "WebHook-Read"}})
	a.AddWebhook(simulator.Webhook{ID: 100, BusinessID: 5001, Name: "other", URL: "https://example.com", Action: 3})
	a.Hook = func(w http.ResponseWriter, r *http.Request) bool {
		a.mu.Lock()
		var answer fault
		switch {
		case r.Method == http.MethodGet && a.read != nil && strings.HasSuffix(r.URL.Path, a.suffix):
			answer = before(a.read)
		case r.Method != http.MethodGet && r.URL.Path != "/api/token" && len(a.writes) > 0:
			answer, a.writes = a.writes[0], a.writes[1:]
		}
		a.mu.Unlock()
		if answer != nil {
			answer(a, w, r)
		}
		return answer != nil
	}
	a.signIn(t, "admin")
	return a
}

// signIn makes the account's client one of a user.
func (a *account) signIn(t *testing.T, username string, changes ...func(*rest.Config)) {
	token := rest.Token{AccessToken: rest.NewSecret(a.IssueToken(username))}
	a.client = newTestClient(t, a.ServeHTTP, append([]func(*rest.Config){func(c *rest.Config) { c.Auth = token }}, changes...)...)
}

// onRead answers reads whose paths end with a suffix; nil leaves them to the server.
func (a *account) onRead(suffix string, f http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.suffix, a.read = suffix, f
}

func reads(suffix string, f http.HandlerFunc) func(*account) {
	return func(a *account) { a.onRead(suffix, f) }
}

// withoutTotal answers lists as the server does, but does not say how many records there are.
func withoutTotal(a *account) {
	a.onRead("/webhooks", func(w http.ResponseWriter, r *http.Request) {
		response := httptest.NewRecorder()
		a.Handle(response, r)
		io.WriteString(w, strings.Replace(response.Body.String(), `"TotalItems"`, `"Total"`, 1))
	})
}

// sent counts the requests with a method.
func (a *account) sent(method string) (n int) {
	for _, r := range a.Requests() {
		if r.Method == method && r.Path != "/api/token" {
			n++
		}
	}
	return n
}

// named returns the IDs of the webhooks with a name.
func (a *account) named(name string) (ids []int64) {
	for _, webhook := range a.Webhooks() {
		if webhook.Name == name {
			ids = append(ids, webhook.ID)
		}
	}
	return ids
}

// virtual runs a subtest in virtual time, with an account of its own.
func virtual(t *testing.T, name string, test func(t *testing.T, a *account)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, newAccount(t)) })
	})
}

// wantKind checks the kind of an error, which is empty for none, and returns the error.
func wantKind(t *testing.T, err error, kind rest.Kind) *rest.Error {
	t.Helper()
	failure, ok := errors.AsType[*rest.Error](err)
	if kind == "" && err != nil || kind != "" && (!ok || failure.Kind != kind) {
		t.Errorf("error = %v, want kind %q", err, kind)
	}
	return cmp.Or(failure, new(rest.Error))
}

func wantText(t *testing.T, err error, want string) {
	t.Helper()
	if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
		t.Errorf("error = %s\nwant    %s", got, want)
	}
}

// A response that is not the record is an error, never an empty record.
func TestGet_otherResponses(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{name: "null", body: `null`, want: "the JSON value null (4 bytes) without an Id"},
		{name: "object", body: `{}`, want: "a JSON object (2 bytes) without an Id"},
		{name: "another record", body: `{"Id":43}`, want: "webhook 43"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, err := newTestClient(t, serveJSON(200, test.body)).Webhook(t.Context(), 42)
			if w != nil {
				t.Errorf("webhook = %+v, want none", w)
			}
			wantText(t, err, "get webhook 42: 200: unexpected response: "+test.want)
		})
	}
}

// A record is not found only if the list does not have it either.
func TestGet_notFound(t *testing.T) {
	tests := []struct {
		name   string
		one    http.HandlerFunc
		once   bool // whether only the first read of the record is answered so
		exists bool
		list   http.HandlerFunc // nil means the server's
		writer bool             // a user who may not list
		kind   rest.Kind
		reads  int // of the record
	}{
		{name: "not in the list", one: notFound, kind: rest.KindNotFound, reads: 1},
		{name: "HTML, not in the list", one: html404, kind: rest.KindNotFound, reads: 1},
		{name: "empty, not in the list", one: serve(404, "", ""), kind: rest.KindNotFound, reads: 1},
		{name: "once, in the list", one: notFound, once: true, exists: true, reads: 2},
		{name: "HTML once, in the list", one: html404, once: true, exists: true, reads: 2},
		{name: "always, in the list", one: notFound, exists: true, kind: rest.KindUnexpected, reads: 2},
		{name: "HTML always, in the list", one: html404, exists: true, kind: rest.KindUnexpected, reads: 2},
		{name: "filter ignored", one: notFound, list: serveJSON(200, `{"Records":[{"Id":1}],"TotalItems":1}`), kind: rest.KindNotFound, reads: 1},
		{name: "list without a total", one: notFound, list: serveJSON(200, `{"Records":[]}`), kind: rest.KindIncomplete, reads: 1},
		{name: "list with another total", one: notFound, list: serveJSON(200, `{"Records":[],"TotalItems":1}`), kind: rest.KindIncomplete, reads: 1},
		{name: "wrong address of the list", one: html404, list: html404, kind: rest.KindUnexpected, reads: 1},
		{name: "list not available", one: notFound, list: unavailable, kind: rest.KindUnavailable, reads: 1},
		{name: "user may not list", one: notFound, writer: true, kind: rest.KindNotFound, reads: 1},
		{name: "HTML, user may not list", one: html404, writer: true, kind: rest.KindUnexpected, reads: 1},
	}
	for _, test := range tests {
		virtual(t, test.name, func(t *testing.T, a *account) {
			if test.exists {
				a.AddWebhook(old)
			}
			if test.writer {
				a.signIn(t, "writer")
			}
			reads := 0
			a.onRead("", func(w http.ResponseWriter, r *http.Request) {
				switch list := strings.HasSuffix(r.URL.Path, "/webhooks"); {
				case list && test.list != nil:
					test.list(w, r)
				case !list && (reads == 0 || !test.once):
					test.one(w, r)
				default:
					a.Handle(w, r)
				}
				if !strings.HasSuffix(r.URL.Path, "/webhooks") {
					reads++
				}
			})
			w, err := a.client.Webhook(t.Context(), old.ID)
			wantKind(t, err, test.kind)
			if (w != nil) != (err == nil) || reads != test.reads {
				t.Errorf("webhook = %v after %d reads, want %d reads", w, reads, test.reads)
			}
		})
	}
}

// Without an ID, the address is that of the whole collection.
func TestRecords_withoutID(t *testing.T) {
	for _, id := range []int64{0, -1} {
		a := newAccount(t)
		_, get := a.client.Webhook(t.Context(), id)
		_, update := a.client.UpdateWebhook(t.Context(), id, "", orders)
		for verb, err := range map[string]error{"get": get, "update": update, "delete": a.client.DeleteWebhook(t.Context(), id)} {
			if err == nil || !strings.HasPrefix(err.Error(), "the ID of a webhook must be at least 1; got ") {
				t.Errorf("%s %d: error = %v", verb, id, err)
			}
		}
		if n := len(a.Requests()); n != 0 {
			t.Errorf("%d requests for the ID %d, want none", n, id)
		}
	}
}

// old is a webhook with everything that an update must leave alone.
var old = simulator.Webhook{
	ID: 300, BusinessID: 5001, Name: "before", Description: new("old"), URL: "https://example.com/old", Action: 3, Active: true, ErrorCount: 11,
	LastError: new("(410) Gone"), LastTrigger: new("2025-01-15T10:30:00.25"), SystemID: new("ours"),
	Extra: map[string]json.RawMessage{
		"Added": json.RawMessage(`{"at":12345678901234567890.10,"html":"<a&b>"}`),
		"Big":   json.RawMessage(`9007199254740993`),
		"Flag":  json.RawMessage(`true`),
	},
}

// An update sends the fields that are set, over the whole record as the service has it.
func TestUpdate_fields(t *testing.T) {
	tests := []struct {
		name   string
		fields WebhookFields
		change func(*simulator.Webhook) // what the update changes
	}{
		{name: "none", change: func(*simulator.Webhook) {}},
		{name: "name", fields: WebhookFields{Name: new("new")}, change: func(w *simulator.Webhook) { w.Name = "new" }},
		{name: "off", fields: WebhookFields{Active: new(false)}, change: func(w *simulator.Webhook) { w.Active = false }},
		{name: "no description", fields: WebhookFields{Description: new("")}, change: func(w *simulator.Webhook) { w.Description = new("") }},
		{name: "all", fields: orders, change: func(w *simulator.Webhook) {
			w.Name, w.Description, w.URL, w.Action = "orders", new("for the shop"), *orders.URL, 6
		}},
	}
	for _, test := range tests {
		virtual(t, test.name, func(t *testing.T, a *account) {
			a.AddWebhook(old)
			if _, err := a.client.Webhook(t.Context(), 300); err != nil {
				t.Fatal(err)
			}
			// Between the plan and the update, somebody else edits the webhook.
			edit := func(w *simulator.Webhook) {
				w.SystemID, w.Description, w.Extra["Flag"] = new("theirs"), new("theirs"), json.RawMessage("false")
			}
			a.EditWebhook(300, edit)
			want, _ := a.Webhook(300)
			got, err := a.client.UpdateWebhook(t.Context(), 300, want.UniqueID, test.fields)
			if err != nil || len(test.fields.Differs(got)) != 0 {
				t.Fatalf("webhook = %+v, %v, want the fields", got, err)
			}
			after, _ := a.Webhook(300)
			test.change(&want)
			want.UpdatedOn, want.UpdatedBy, want.ToStringText = after.UpdatedOn, after.UpdatedBy, after.ToStringText
			if !reflect.DeepEqual(after, want) {
				t.Errorf("after = %+v\nwant    %+v", after, want)
			}
			if gets, puts := a.sent("GET"), a.sent("PUT"); gets != 3 || puts != 1 {
				t.Errorf("%d GETs and %d PUTs, want a read before and after one PUT", gets, puts)
			}
		})
	}
}

// A webhook with another UniqueId is another one. Null says nothing.
func TestUpdate_otherRecord(t *testing.T) {
	for _, test := range []struct {
		name, expected, found string
		kind                  rest.Kind
	}{
		{name: "same", expected: "a", found: `"a"`},
		{name: "another", expected: "b", found: `"a"`, kind: rest.KindOtherRecord},
		{name: "not known", expected: "", found: `"a"`},
		{name: "null", expected: "b", found: `null`},
	} {
		t.Run(test.name, func(t *testing.T) {
			puts := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut {
					puts++
					serveJSON(200, `{"WasSuccessful":true}`)(w, r)
					return
				}
				serveJSON(200, `{"Id":300,"UniqueId":`+test.found+`,"Active":false}`)(w, r)
			})
			_, err := c.UpdateWebhook(t.Context(), 300, test.expected, WebhookFields{Active: new(false)})
			wantKind(t, err, test.kind)
			if (puts == 0) != (err != nil) {
				t.Errorf("%d PUTs, error %v", puts, err)
			}
		})
	}
}

// After a write, whatever the response was, the record shows whether it was done.
func TestWrites_answers(t *testing.T) {
	refused := serveJSON(400, `{"Errors":[{"PropertyName":"URL","Message":"is bad","AttemptedValue":"s"}],"WasSuccessful":false}`)
	refused500 := serveJSON(500, `{"WasSuccessful":false,"Message":"In use."}`)
	success := serveJSON(200, `{"WasSuccessful":true}`)
	empty404 := serve(404, "", "")
	unreadable := reads("/300", html)
	const unknown = rest.KindUnknown
	remove := func(a *account) { a.RemoveWebhook(300) }
	stumble := func(a *account) {
		a.onRead("/300", func(w http.ResponseWriter, r *http.Request) { a.onRead("", nil); html(w, r) })
	}
	tests := []struct {
		name           string
		writes         []fault
		once           bool // no retries
		sent           int
		done           bool
		update, delete rest.Kind
	}{
		{name: "done", sent: 1, done: true},
		{name: "done, reset", writes: []fault{after(reset)}, sent: 2, done: true},
		{name: "done, Ooops", writes: []fault{after(ooops)}, sent: 2, done: true},
		{name: "done, HTML", writes: []fault{after(html)}, sent: 1, done: true},
		{name: "done, never answered", writes: slices.Repeat([]fault{after(hang)}, 9), sent: 5, done: true},
		{name: "done, unavailable once", writes: []fault{after(unavailable)}, once: true, sent: 1, done: true},
		{name: "done, rejected", writes: []fault{after(refused)}, sent: 1, done: true, update: rest.KindRejected},
		{name: "done, then rejected", writes: []fault{after(reset), before(refused)}, sent: 2, done: true},
		{name: "not done, reset", writes: []fault{before(reset)}, sent: 2, done: true},
		{name: "throttled", writes: []fault{before(throttled)}, sent: 2, done: true},
		{name: "done 200 ms later", writes: []fault{late(200*time.Millisecond, success)}, sent: 1, done: true},
		{name: "done 1 s later", writes: []fault{late(time.Second, success)}, sent: 1, done: true},
		{name: "reset, done 1 s later", writes: []fault{late(time.Second, reset)}, once: true, sent: 1, done: true},
		{name: "successful, not done", writes: []fault{before(success)}, sent: 1, update: rest.KindNotApplied, delete: rest.KindNotApplied},
		{name: "reset, not done", writes: []fault{before(reset)}, once: true, sent: 1, update: unknown, delete: unknown},
		{name: "HTML, not done", writes: []fault{before(html)}, sent: 1, update: unknown, delete: unknown},
		{name: "unavailable", writes: slices.Repeat([]fault{before(unavailable)}, 9), sent: 5, update: unknown, delete: unknown},
		{name: "Ooops", writes: slices.Repeat([]fault{before(ooops)}, 9), sent: 5, update: rest.KindUnavailable, delete: rest.KindUnavailable},
		{name: "rejected", writes: []fault{before(refused)}, sent: 1, update: rest.KindRejected, delete: rest.KindRejected},
		{name: "rejected with 500", writes: []fault{before(refused500)}, sent: 1, update: rest.KindRejected, delete: rest.KindRejected},
		{name: "lost, then rejected", writes: []fault{before(reset), before(refused)}, sent: 2, update: unknown, delete: unknown},
		{name: "no permission", writes: []fault{before(serve(401, "", ""))}, sent: 1, update: rest.KindPermission, delete: rest.KindPermission},
		{name: "wrong address", writes: []fault{before(html404)}, sent: 1, update: rest.KindUnexpected, delete: rest.KindUnexpected},
		{name: "stray 404", writes: []fault{before(notFound)}, sent: 1, update: rest.KindUnexpected, delete: rest.KindNotApplied},
		{name: "done, empty 404", writes: []fault{after(empty404)}, sent: 1, done: true, update: rest.KindUnexpected},
		{name: "done, unreadable once", writes: []fault{after(success, stumble)}, sent: 1, done: true},
		{name: "done, unreadable", writes: []fault{after(success, unreadable)}, sent: 1, done: true, update: rest.KindUnverified, delete: unknown},
		{name: "404, unreadable", writes: []fault{after(notFound, unreadable)}, sent: 1, done: true, update: rest.KindUnexpected, delete: unknown},
		{name: "500, unreadable", writes: []fault{after(ooops, unreadable)}, once: true, sent: 1, done: true, update: unknown, delete: unknown},
		{name: "reset, unreadable", writes: []fault{after(reset, unreadable)}, once: true, sent: 1, done: true, update: unknown, delete: unknown},
		{name: "rejected, unreadable", writes: []fault{before(refused, unreadable)}, sent: 1, update: rest.KindRejected, delete: rest.KindRejected},
		{name: "deleted meanwhile", writes: []fault{after(success, remove)}, sent: 1, update: rest.KindNotFound},
	}
	for _, test := range tests {
		start := func(t *testing.T, a *account) {
			a.signIn(t, "admin", func(c *rest.Config) {
				if test.once {
					c.MaxRetries = 0
				}
			})
			a.AddWebhook(old)
			if _, err := a.client.Webhook(t.Context(), 300); err != nil { // so that a 401 is about the permission
				t.Fatal(err)
			}
			a.writes = test.writes
		}
		virtual(t, "update, "+test.name, func(t *testing.T, a *account) {
			start(t, a)
			got, err := a.client.UpdateWebhook(t.Context(), 300, "", WebhookFields{Name: new("new")})
			wantKind(t, err, test.update)
			if err == nil && *got.Name != "new" || test.update == rest.KindNotApplied && *got.Name != "before" {
				t.Errorf("webhook = %+v, want it as it is afterwards", got)
			}
			if now, _ := a.Webhook(300); (now.Name == "new") != test.done || a.sent("PUT") != test.sent {
				t.Errorf("Name = %q after %d PUTs, want it done: %v, after %d", now.Name, a.sent("PUT"), test.done, test.sent)
			}
		})
		virtual(t, "delete, "+test.name, func(t *testing.T, a *account) {
			start(t, a)
			started := time.Now()
			wantKind(t, a.client.DeleteWebhook(t.Context(), 300), test.delete)
			if took := time.Since(started); test.delete == rest.KindRejected && took != 0 {
				t.Errorf("it took %v, want no second look after a rejection", took)
			}
			if _, exists := a.Webhook(300); exists == (test.done || test.name == "deleted meanwhile") || a.sent("DELETE") != test.sent {
				t.Errorf("exists = %v after %d DELETEs, want it done: %v, after %d", exists, a.sent("DELETE"), test.done, test.sent)
			}
		})
	}
}

// An update that the service has not carried out names the fields.
func TestUpdate_notApplied(t *testing.T) {
	virtual(t, "name", func(t *testing.T, a *account) {
		a.AddWebhook(old)
		a.TrimNames = true
		got, err := a.client.UpdateWebhook(t.Context(), 300, "", WebhookFields{Name: new(" new "), Active: new(false)})
		failure := wantKind(t, err, rest.KindNotApplied)
		if *got.Name != "new" || failure.Verb != rest.VerbUpdate || len(failure.Fields) != 1 || failure.Fields[0].Field != "Name" {
			t.Errorf("webhook = %+v, error = %+v, want the webhook and the field", got, failure)
		}
		wantText(t, err, "update webhook 300: 200: not applied: the record differs in Name: Name: was not changed")
	})
}

// A PUT that is not sent has no unknown outcome, whatever prevents it.
func TestUpdate_notSent(t *testing.T) {
	for name, test := range map[string]struct {
		read http.HandlerFunc
		kind rest.Kind
	}{
		"gone":        {notFound, rest.KindNotFound},
		"unavailable": {unavailable, rest.KindUnavailable},
		"reset":       {reset, rest.KindConnection},
	} {
		virtual(t, name, func(t *testing.T, a *account) {
			a.onRead("/300", test.read)
			_, err := a.client.UpdateWebhook(t.Context(), 300, "", orders)
			if failure := wantKind(t, err, test.kind); a.sent("PUT") != 0 || failure.Attempts > 1+rest.DefaultMaxRetries {
				t.Errorf("%d PUTs and %d GETs, want no PUT and the retries of one GET", a.sent("PUT"), a.sent("GET"))
			}
		})
	}
}

// A webhook that is gone is deleted, by whomever, although lists still show it.
func TestDelete_gone(t *testing.T) {
	a := newAccount(t)
	a.AddWebhook(old)
	a.ListLag = time.Hour
	for range 2 {
		wantKind(t, a.client.DeleteWebhook(t.Context(), 300), "")
	}
}

// A write that waits for a sign-in which fails was not sent, so its outcome is known.
func TestWrites_signIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for verb, write := range map[string]func(c *Client) error{
			"create": func(c *Client) error { _, err := c.CreateWebhook(t.Context(), orders); return err },
			"update": func(c *Client) error { _, err := c.UpdateWebhook(t.Context(), 300, "", orders); return err },
			"delete": func(c *Client) error { return c.DeleteWebhook(t.Context(), 300) },
		} {
			c := newTestClient(t, unavailable, func(c *rest.Config) {
				c.Auth = rest.Password{Username: "u", Password: rest.NewSecret("p")}
			})
			if failure := wantKind(t, write(c), rest.KindUnavailable); failure.Verb != rest.VerbSignIn {
				t.Errorf("%s: error = %v, want that of the sign-in", verb, failure)
			}
		}
	})
}

// An interrupted write that was sent is awaited; what cannot be read back is not called done.
func TestWrites_interrupted(t *testing.T) {
	update := func(ctx context.Context, c *Client) error {
		_, err := c.UpdateWebhook(ctx, 300, "", WebhookFields{Name: new("new")})
		return err
	}
	remove := func(ctx context.Context, c *Client) error { return c.DeleteWebhook(ctx, 300) }
	for _, test := range []struct {
		name  string
		write func(ctx context.Context, c *Client) error
		fault fault
		took  time.Duration
		kind  rest.Kind // empty for the end of the context
	}{
		{name: "update", write: update, fault: slow(5 * time.Second), took: 5 * time.Second, kind: rest.KindUnverified},
		{name: "update, throttled", write: update, fault: before(throttled), took: time.Second / 2},
		{name: "delete", write: remove, fault: slow(5 * time.Second), took: 5 * time.Second, kind: rest.KindUnknown},
		{name: "delete, throttled", write: remove, fault: before(throttled), took: time.Second / 2},
	} {
		virtual(t, test.name, func(t *testing.T, a *account) {
			a.AddWebhook(old)
			a.writes = []fault{test.fault}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second/2, cancel)
			started := time.Now()
			err := test.write(ctx, a.client)
			if took := time.Since(started); took != test.took || test.kind == "" && !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v after %v, want it after %v", err, took, test.took)
			}
			if test.kind != "" {
				wantKind(t, err, test.kind)
			}
		})
	}
}

// An update that has to wait reads the webhook again, so that it does not undo what happened meanwhile, whether its own
// PUT was told to wait or another one.
func TestUpdate_afterWait(t *testing.T) {
	for name, status := range map[string]int{"throttled": 409, "unavailable": 503} {
		virtual(t, name, func(t *testing.T, a *account) {
			ids := []int64{300, 301}
			for _, id := range ids {
				a.AddWebhook(simulator.Webhook{ID: id, BusinessID: 5001, Name: "old", URL: "https://example.com", Action: 3, Active: true})
			}
			a.writes = []fault{before(wait(status, "60"))}
			a.signIn(t, "admin", func(c *rest.Config) { c.MaxRequestsPerSecond = 10 })
			var group sync.WaitGroup
			for _, id := range ids {
				group.Go(func() {
					if _, err := a.client.UpdateWebhook(t.Context(), id, "", WebhookFields{Name: new("new")}); err != nil {
						t.Error(err)
					}
				})
			}
			time.Sleep(30 * time.Second)
			for _, id := range ids {
				a.EditWebhook(id, func(w *simulator.Webhook) { w.Active = false })
			}
			group.Wait()
			for _, id := range ids {
				if w, _ := a.Webhook(id); w.Active || w.Name != "new" {
					t.Errorf("webhook = %+v, want the new name, and switched off as before", w)
				}
			}
		})
	}
}

// A write is not sent with a token that the read before it has found to be invalid.
func TestUpdate_revokedToken(t *testing.T) {
	virtual(t, "revoked", func(t *testing.T, a *account) {
		a.AddWebhook(old)
		a.client = newTestClient(t, a.ServeHTTP, func(c *rest.Config) {
			c.Auth = rest.Password{Username: "admin", Password: rest.NewSecret("p")}
		})
		if _, err := a.client.Webhook(t.Context(), 300); err != nil {
			t.Fatal(err)
		}
		a.RevokeTokens()
		if _, err := a.client.UpdateWebhook(t.Context(), 300, "", WebhookFields{Name: new("new")}); err != nil || a.sent("PUT") != 1 {
			t.Errorf("error = %v after %d PUTs, want none after one", err, a.sent("PUT"))
		}
	})
}

// However long requests wait for each other, each update is sent.
func TestUpdate_slowPace(t *testing.T) {
	for name, test := range map[string]struct {
		updates int
		rate    float64
	}{"one request in ten seconds": {1, 0.1}, "ten at one a second": {10, 1}, "two hundred at once": {200, 10}} {
		virtual(t, name, func(t *testing.T, a *account) {
			for i := range test.updates {
				a.AddWebhook(simulator.Webhook{ID: int64(300 + i), BusinessID: 5001, Name: "old", URL: "https://example.com", Action: 3})
			}
			a.signIn(t, "admin", func(c *rest.Config) { c.MaxRequestsPerSecond = test.rate })
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			var group sync.WaitGroup
			for i := range test.updates {
				group.Go(func() {
					if _, err := a.client.UpdateWebhook(ctx, int64(300+i), "", WebhookFields{Name: new("new")}); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			if a.sent("PUT") != test.updates {
				t.Errorf("%d PUTs, want %d", a.sent("PUT"), test.updates)
			}
		})
	}
}
