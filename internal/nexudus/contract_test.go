package nexudus

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// TestContract asks the simulator what the provider assumes about the service, so that no assumption can
// change without this test. If NEXUDUS_CONTRACT is set, it asks a real account instead, and writes a Markdown
// table to the file of that name, in which a different answer is not a failure. "make contract" does that.
//
// Such a run only reads, unless NEXUDUS_TEST_BUSINESS_ID is the ID of a location: then it also creates one
// webhook there, and deletes it. Its event never occurs, its address cannot exist, and it is paused as soon
// as it is known what Active is when a POST leaves it out.
func TestContract(t *testing.T) {
	if path := os.Getenv("NEXUDUS_CONTRACT"); path != "" {
		askAccount(t, path)
		return
	}
	account := simulator.Demo()
	for _, a := range askSimulator(t, account, 5001, 5002) {
		t.Run(a.name, func(t *testing.T) {
			if a.result != "same" {
				t.Errorf("%s %s, want %s", a.text, a.observed, a.belief)
			}
		})
	}
	wantDemo(t, account)
}

// askAccount asks the account in the environment.
func askAccount(t *testing.T, path string) {
	config, err := contractConfig()
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{client: New(config), mark: "contract-" + strings.ToLower(rand.Text()[:10]), logf: func(format string, values ...any) {
		fmt.Fprintf(os.Stderr, format+"\n", values...)
	}}
	t.Cleanup(c.client.Close)
	for name, id := range map[string]*int64{"NEXUDUS_TEST_BUSINESS_ID": &c.business, "NEXUDUS_TEST_SECOND_BUSINESS_ID": &c.second} {
		if *id, err = strconv.ParseInt(cmp.Or(os.Getenv(name), "0"), 10, 64); err != nil || *id < 0 {
			t.Fatalf("%s is not the ID of a location", name)
		}
	}
	// t.Context ends before the cleanup, during which a first interrupt must not end the process.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(t.Context()), os.Interrupt, syscall.SIGTERM)
	t.Cleanup(stop)
	context.AfterFunc(ctx, stop) // so that a second one does
	c.logf("Asking %d questions. This takes between a few seconds and several minutes.", len(questions))
	answers := c.run(t, ctx)
	if ctx.Err() != nil {
		c.logf("Interrupted. What was created will be deleted; interrupt again to stop at once.")
		t.FailNow()
	}
	if answers[0].result == "not asked" {
		c.logf("No table was written, because the first request failed. Check the credentials and the address in NEXUDUS_*.")
		t.FailNow()
	}
	text := table(answers)
	if left := len(questions) - len(answers); left > 0 {
		text += fmt.Sprintf("\n%d more questions need a location to write to: see NEXUDUS_TEST_BUSINESS_ID in CONTRIBUTING.md.\n", left)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// contractConfig returns the usual settings of an account. The limits are the default ones.
func contractConfig() (config rest.Config, err error) {
	get := func(name string) string { return strings.TrimRight(os.Getenv("NEXUDUS_"+name), "\r\n") }
	secret := func(name string) rest.Secret { return rest.NewSecret(get(name)) }
	config = rest.Config{
		MaxRetries: rest.DefaultMaxRetries, MaxRequestsPerSecond: rest.DefaultMaxRequestsPerSecond,
		UserAgent: "terraform-provider-nexudus-contract",
	}
	if config.BaseURL, err = rest.ParseBaseURL(cmp.Or(get("BASE_URL"), rest.DefaultBaseURL)); err != nil {
		return config, fmt.Errorf("NEXUDUS_BASE_URL is not the root of the API: %w", err)
	}
	switch {
	case get("ACCESS_TOKEN") != "":
		config.Auth = rest.Token{AccessToken: secret("ACCESS_TOKEN")}
	case get("USERNAME") == "" || get("PASSWORD") == "":
		return config, errors.New("set NEXUDUS_ACCESS_TOKEN, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD")
	case get("AUTH_METHOD") == "basic":
		config.Auth = rest.Basic{Username: get("USERNAME"), Password: secret("PASSWORD")}
	default:
		config.Auth = rest.Password{
			Username: get("USERNAME"), Password: secret("PASSWORD"), TOTP: rest.NewSecret(strings.ReplaceAll(get("TOTP"), " ", "")),
			TOTPSecret: rest.NewSecret(strings.ReplaceAll(get("TOTP_SECRET"), " ", "")), ClientID: get("CLIENT_ID"),
		}
	}
	return config, nil
}

// askSimulator asks a simulated account, in virtual time.
func askSimulator(t *testing.T, account *simulator.Server, business, second int64) (answers []answered) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		answers = newContract(t, account, business, second).run(t, t.Context())
	})
	return answers
}

func newContract(t *testing.T, account *simulator.Server, business, second int64) *contract {
	token := account.IssueToken(simulator.DemoUsername)
	client := newTestClient(t, account.ServeHTTP, func(config *rest.Config) {
		config.Auth = rest.Token{AccessToken: rest.NewSecret(token)}
		config.MaxRequestsPerSecond = rest.DefaultMaxRequestsPerSecond
	})
	return &contract{client: client, business: business, second: second, mark: "contract-simulated", logf: t.Logf}
}

// answered is a question with its answer.
type answered struct {
	question
	observed string
	result   string // "same", "different" or "not asked"
}

// table returns answers as a table in Markdown.
func table(answers []answered) string {
	var b strings.Builder
	b.WriteString("| Question | Belief | Observed | Result |\n|---|---|---|---|\n")
	cell := strings.NewReplacer("|", `\|`, "<", "&lt;").Replace
	for _, a := range answers {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(a.text), cell(a.belief), cell(a.observed), a.result)
	}
	return b.String()
}

// contract asks the questions.
type contract struct {
	client   *Client
	ctx      context.Context
	logf     func(format string, values ...any)
	business int64  // where to create a webhook; 0 to read only
	second   int64  // where to move it; 0 not to
	mark     string // in the name and the address of all that this run creates

	ended string // why the current question has no answer; no request is sent then
	down  bool   // whether this is true for all further questions

	lists    map[string]any  // first pages, by their paths
	personal map[string]bool // words that the table may not contain, in lower case

	// The webhook of this run. What a question has learned is kept for later ones.
	sent                           map[string]any
	response                       rest.Response // to the POST
	ids                            []int64       // of webhooks to delete
	lost                           bool          // whether a POST may have created a webhook with an unknown ID
	created, before, after         *Webhook
	createdAt, editedAt, deletedAt time.Time
}

// run asks the questions until the context ends. When the test ends, what was created is deleted.
func (c *contract) run(t *testing.T, ctx context.Context) (answers []answered) {
	c.ctx, c.lists, c.personal = ctx, make(map[string]any), make(map[string]bool)
	c.sent = map[string]any{
		"BusinessId": c.business, "Name": " Contract check " + c.mark + " ", "Action": 1, "SystemId": c.mark,
		"URL":         "https://" + c.mark + ".invalid/hook?key=a%20b&x=1",
		"Description": "Made by make contract.\nIt may be deleted: ü.",
	}
	t.Cleanup(func() {
		if err := c.cleanUp(context.WithoutCancel(ctx)); err != nil {
			t.Errorf("delete the webhook whose name contains %q: %v", c.mark, err)
		}
	})
	for _, q := range questions {
		if !c.down {
			c.ended = ""
		}
		if q.needs != nothing && c.business == 0 {
			continue
		}
		switch {
		case q.needs >= webhook && c.created == nil:
			c.stop("no webhook was created")
		case q.needs == edited && c.after == nil:
			c.stop("the webhook was not edited")
		case q.needs == deleted && c.deletedAt.IsZero():
			c.stop("the webhook was not deleted")
		}
		a := answered{question: q, result: "different"}
		if c.ended == "" {
			a.observed = q.ask(c)
		}
		if ctx.Err() != nil {
			return answers
		}
		switch {
		case c.ended != "":
			a.observed, a.result = c.ended, "not asked"
		case a.observed == q.belief:
			a.result = "same"
		}
		answers = append(answers, a)
	}
	return answers
}

// cleanUp deletes all webhooks that this run has created.
func (c *contract) cleanUp(ctx context.Context) (err error) {
	if c.business == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	c.ctx, c.ended = ctx, ""
	// Also webhooks of requests that the service rejected: a list shows whether there are any.
	found := c.find()
	switch {
	case c.lost && c.ended != "":
		err = errors.New(c.ended)
	case c.lost && len(found) == 0:
		c.logf("The response to a POST was lost. No list shows a webhook whose name contains %q.", c.mark)
	}
	for _, id := range append(c.ids, found...) {
		err = errors.Join(err, c.client.DeleteWebhook(ctx, id))
	}
	return err
}

// find returns the IDs of webhooks of this run that it does not know. If there should be one, it waits for it.
func (c *contract) find() (ids []int64) {
	c.when(time.Now(), func() bool {
		for _, w := range list(c, c.client.webhooks, url.Values{"dir": {"-1"}}).Records {
			if w.URL != nil && strings.Contains(*w.URL, c.mark) && !slices.Contains(c.ids, w.ID) {
				ids = append(ids, w.ID)
			}
		}
		return !c.lost || len(ids) > 0
	})
	return ids
}

// stop ends a question without an answer.
func (c *contract) stop(reason string) { c.ended = cmp.Or(c.ended, reason) }

// when returns how long after an event a condition becomes true.
func (c *contract) when(since time.Time, done func() bool) string {
	for c.ended == "" {
		elapsed := time.Since(since)
		switch ok := done(); {
		case ok && elapsed <= 2*time.Second:
			return within2s
		case ok:
			return fmt.Sprintf("after about %.0f s", elapsed.Seconds())
		case elapsed > 30*time.Second:
			return "not within 30 s"
		}
		_ = rest.Sleep(c.ctx, max(500*time.Millisecond, elapsed/5)) // after an interrupt, the next request fails
	}
	return ""
}

// whenRead returns when a GET of the webhook is answered with a status.
func (c *contract) whenRead(since time.Time, status int) string {
	reads := 0
	text := c.when(since, func() bool {
		reads++
		return c.send(c.client.webhooks.request(rest.VerbGet, http.MethodGet, "Read", c.ids[0])).Status == status
	})
	if reads == 1 {
		return atOnce
	}
	return text
}

// send returns the response to a request, whatever it is. Without one, the question ends.
func (c *contract) send(r *rest.Request) rest.Response {
	if c.ended != "" {
		return rest.Response{}
	}
	do := c.client.rest.Write
	if r.Method == http.MethodGet {
		do = c.client.rest.Get
	}
	resp, err := do(c.ctx, r)
	c.check(err)
	return resp
}

// check ends the question after an error that is not an answer of the API.
func (c *contract) check(err error) {
	failure, ok := errors.AsType[*rest.Error](err)
	switch {
	case err == nil:
	case !ok:
		c.stop("interrupted")
	case failure.Kind == rest.KindPermission:
		c.stop("the permission " + failure.Permission + " is missing")
	case failure.Verb == rest.VerbSignIn || rest.Is(err, rest.KindUnauthorized, rest.KindBlocked, rest.KindThrottled, rest.KindConnection, rest.KindRedirected):
		c.logf("%v", err)
		c.stop(string(failure.Kind))
		c.down = failure.Verb != rest.VerbCreate // which is sent only once, so that later requests may succeed
	}
}

func (c *contract) get(path string, query url.Values) rest.Response {
	return c.send(&rest.Request{Verb: rest.VerbGet, Method: http.MethodGet, Path: path, Query: query})
}

// post sends the webhook with changes. Whatever it creates will be deleted.
func (c *contract) post(changes map[string]any) rest.Response {
	r := c.client.webhooks.request(rest.VerbCreate, http.MethodPost, "Create", 0)
	fields := maps.Clone(c.sent)
	maps.Copy(fields, changes)
	r.Body, _ = encode(fields)
	resp, err := c.client.rest.Write(c.ctx, r)
	if id := resp.ValueID(); err == nil && id > 0 {
		c.ids = append(c.ids, id)
	} else {
		c.lost = c.lost || err == nil || outcome(err) != rest.NotProcessed
	}
	c.check(err)
	return resp
}

// update edits the webhook as the provider does. The result is "yes", or the kind of the failure.
func (c *contract) update(fields WebhookFields) (after *Webhook, result string) {
	after, err := c.client.UpdateWebhook(c.ctx, c.created.ID, "", fields)
	c.check(err)
	if failure, ok := errors.AsType[*rest.Error](err); ok {
		return nil, string(failure.Kind)
	}
	return after, "yes"
}

// read returns a webhook. If the question has ended, it has no fields.
func (c *contract) read(id int64) *Webhook {
	w := new(Webhook)
	resp := c.send(c.client.webhooks.request(rest.VerbGet, http.MethodGet, "Read", id))
	if c.ended == "" && mismatch(resp, w) != "" {
		c.stop("the response to a GET of the webhook is " + answer(resp))
	}
	return w
}

// listed is the first page of a list, by ID.
type listed[T any] struct {
	page[T]
	CurrentPageSize int64

	resp rest.Response
	raw  []json.RawMessage
}

func list[T any](c *contract, s *records[T], query url.Values) *listed[T] {
	r := s.request(rest.VerbList, http.MethodGet, "List", 0)
	r.Query = url.Values{"page": {"1"}, "size": {"1000"}, "orderBy": {"Id"}}
	maps.Copy(r.Query, query)
	l := &listed[T]{resp: c.send(r)}
	var raw struct{ Records []json.RawMessage }
	switch {
	case c.ended != "":
	case mismatch(l.resp, l) != "":
		c.stop("in a list, there is " + mismatch(l.resp, l))
	case l.Records == nil:
		c.stop("the response to a list is " + answer(l.resp))
	default:
		_ = json.Unmarshal(l.resp.Body, &raw)
		l.raw = raw.Records
	}
	return l
}

// firstPage returns a list without a filter, which is asked for once.
func firstPage[T any](c *contract, s *records[T]) *listed[T] {
	if l, ok := c.lists[s.path].(*listed[T]); ok {
		return l
	}
	l := list(c, s, nil)
	if c.ended == "" {
		c.lists[s.path] = l
		c.hide(l.raw...)
	}
	return l
}

// inList returns what a list shows of the webhook, or nil.
func (c *contract) inList() *Webhook {
	all := list(c, c.client.webhooks, url.Values{"Id": {strconv.FormatInt(c.created.ID, 10)}}).Records
	if i := slices.IndexFunc(all, func(w *Webhook) bool { return w.ID == c.created.ID }); i >= 0 {
		return all[i]
	}
	return nil
}

// hide keeps the words of personal texts out of the table.
func (c *contract) hide(records ...json.RawMessage) {
	for _, raw := range records {
		var record struct{ Name, FullName, Email, UpdatedBy, TownCity, ToStringText string }
		_ = json.Unmarshal(raw, &record)
		for word := range strings.FieldsFuncSeq(strings.ToLower(fmt.Sprint(record)), notLetter) {
			c.personal[word] = len(word) > 2
		}
	}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// shown prepares a text of the service for the table. Before names are known, it shows nothing, because the text
// may contain one.
func (c *contract) shown(text string) string {
	unlisted := c.lists["webhooks"] == nil || c.lists["businesses"] == nil
	words := strings.Fields(c.client.Sanitize(text))
	for i, word := range words {
		parts := strings.FieldsFunc(strings.ToLower(word), notLetter)
		isPersonal := slices.ContainsFunc(parts, func(part string) bool { return c.personal[part] })
		if unlisted || isPersonal || strings.ContainsAny(word, "0123456789") {
			words[i] = "…"
		}
	}
	return strings.Join(slices.Compact(words), " ")
}

// Each knob of the simulator, and each other way in which the service may differ, is reported by exactly
// these questions.
func TestContract_different(t *testing.T) {
	tests := []struct {
		name   string
		change func(*simulator.Server)
		want   string // the names of questions
	}{
		{name: "ListLag", change: func(s *simulator.Server) { s.ListLag = 5 * time.Second }, want: "createInList editInList deleteInList"},
		{name: "Hidden", change: func(s *simulator.Server) { s.Hidden = func(id int64) bool { return id > 108 } }, want: "createInList editInList"},
		{name: "TrimNames", change: func(s *simulator.Server) { s.TrimNames = true }, want: "createName"},
		{name: "ZeroReferences", change: func(s *simulator.Server) { s.ZeroReferences = true }, want: "topReference"},
		{name: "OlderDir", change: func(s *simulator.Server) { s.OlderDir = true }, want: "listDir"},
		{name: "MaxPageSize", change: func(s *simulator.Server) { s.MaxPageSize = 100 }, want: "listPageSize"},
		{name: "Value, record", change: func(s *simulator.Server) { s.Value = simulator.ValueRecord }, want: "createValue"},
		{name: "Value, null", change: func(s *simulator.Server) { s.Value = simulator.ValueNull }, want: "createValue"},
		{name: "Actions", change: func(s *simulator.Server) { s.Actions = map[int64]string{91: "Later", 6: "Renamed"} }, want: "actions"},
		{name: "Late, POST", change: late5s(http.MethodPost, reset), want: "createInList"},
		{name: "Late, PUT", change: late5s(http.MethodPut, done), want: "edit editLeftOut move"},
		{name: "Late, DELETE", change: late5s(http.MethodDelete, done), want: "deleteRead deleteInList deleteAgain"},
		{
			name: "lists", change: replaces("GET", `"APIAccess"`, `"X"`, `"LastError"`, `"X"`, `"Tags"`, `"X"`, `"TotalItems"`, `"X"`,
				"WebHook_URL", "X", "Business_Name", "X", `"Description":null`, `"Description":"x"`),
			want: "user listTotals listDescriptions webhookFields locationFields webhookFilters locationFilters editLeftOut",
		},
		{name: "reads", change: replaces("GET", `{"Message":"No`, `{"No`, `"UpdatedOn"`, `"UpdatedOn":null,"X"`), want: "unknownPath editUpdatedOn"},
		{
			name: "POST", change: replaces("POST", `"Action":1,`, `"Action":1,"Active":true,`, `"SystemId"`, `"X"`, `\n`, ` `, `%20`, `+`,
				`"Status":200`, `"Status":201`, `is a required field`, `is required`, `"BusinessId":4000000000000`, `"BusinessId":5001`),
			want: "create createActive createSystemId createTexts withoutName unknownLocation",
		},
		{name: "DELETE", change: replaces("DELETE", `"Status":200`, `"Status":201`), want: "delete"},
		{name: "another record", change: anotherRecord, want: "createRead unknownWebhook editUniqueId"},
	}
	covered := ""
	for _, test := range tests {
		covered += " " + test.want
		t.Run(test.name, func(t *testing.T) {
			account := simulator.Demo()
			test.change(account)
			var different []string
			for _, a := range askSimulator(t, account, 5001, 5002) {
				if a.result == "different" {
					different = append(different, a.name)
					t.Logf("%s: %s", a.name, a.observed)
				}
			}
			if got := strings.Join(different, " "); got != test.want {
				t.Errorf("different: %s, want %s", got, test.want)
			}
			wantDemo(t, account)
		})
	}
	for _, q := range questions {
		if !slices.Contains(strings.Fields(covered), q.name) {
			t.Errorf("no change makes the answer to %s different", q.name)
		}
	}
}

// wantDemo checks that only the webhooks of the demo are left.
func wantDemo(t *testing.T, account *simulator.Server) {
	t.Helper()
	if n := len(account.Webhooks()); n != 8 {
		t.Errorf("%d webhooks afterwards, want 8", n)
	}
}

var done = serveJSON(200, `{"Status":200,"Value":{"Id":1},"WasSuccessful":true}`)

// late5s does the work of a method 5 seconds after its answer.
func late5s(method string, answer http.HandlerFunc) func(*simulator.Server) {
	return func(s *simulator.Server) {
		s.Late = func(r *http.Request) (time.Duration, bool) { return 5 * time.Second, r.Method == method }
		s.Hook = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == method {
				answer(w, r)
			}
			return r.Method == method
		}
	}
}

// replaces changes texts in the requests with a method, and in the responses to them.
func replaces(method string, oldnew ...string) func(*simulator.Server) {
	replace := strings.NewReplacer(oldnew...).Replace
	return func(s *simulator.Server) {
		s.Hook = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != method {
				return false
			}
			body, _ := io.ReadAll(r.Body)
			r.URL.RawQuery, r.Body = replace(r.URL.RawQuery), io.NopCloser(strings.NewReader(replace(string(body))))
			response := httptest.NewRecorder()
			s.Handle(response, r)
			serveJSON(response.Code, replace(response.Body.String()))(w, r)
			return true
		}
	}
}

// anotherRecord answers the first read of a new webhook with a 404, and gives it another UniqueId with an edit.
func anotherRecord(s *simulator.Server) {
	reads := 0
	s.Hook = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.Method == http.MethodPut:
			s.EditWebhook(109, func(w *simulator.Webhook) { w.UniqueID = "another" })
		case strings.HasSuffix(r.URL.Path, "/109"):
			if reads++; reads == 1 {
				notFound(w, r)
				return true
			}
		case strings.HasSuffix(r.URL.Path, "/4000000000000"):
			html404(w, r)
			return true
		}
		return false
	}
}

// A user without permissions is told which ones are missing.
func TestContract_permissions(t *testing.T) {
	account := simulator.Demo()
	account.AddUser(simulator.User{Username: simulator.DemoUsername, Roles: []string{"WebHook-List"}})
	printed := table(askSimulator(t, account, 5001, 5002))
	for _, permission := range []string{"WebHook-Create", "WebHook-Read", "Business-List"} {
		if !strings.Contains(printed, "| the permission "+permission+" is missing | not asked |") {
			t.Errorf("%s is not missing:\n%s", permission, printed)
		}
	}
}

// Whenever the check is interrupted, or the service goes away, it ends soon and deletes what it has created, as soon as
// that is possible. The second request is the POST.
func TestContract_interrupted(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 35} {
		for _, goesAway := range []bool{true, false} {
			account := simulator.Demo()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				requests, ended, started := 0, false, time.Now()
				account.Hook = func(w http.ResponseWriter, r *http.Request) bool {
					switch requests++; {
					case goesAway && requests > n && !ended:
						reset(w, r)
					case !goesAway && requests == n:
						cancel()
					}
					return false
				}
				answers := newContract(t, account, 5001, 5002).run(t, ctx)
				ended = true
				if took := time.Since(started); took > time.Minute || !goesAway && len(answers) == len(questions) {
					t.Errorf("%d answers after %v, although something happened at request %d", len(answers), took, n)
				}
			})
			wantDemo(t, account)
		}
	}
}

// The table contains nothing personal, even if rejections repeat it.
func TestContract_canary(t *testing.T) {
	account := simulator.Demo()
	account.AddUser(simulator.User{Username: simulator.DemoUsername, ID: 70717273, FullName: "Canary Person"})
	account.AddBusiness(simulator.Business{ID: 50517273, Name: "Canary Wharf", EmailContact: new("canary@example.com"), Tags: new("canary")})
	account.AddWebhook(simulator.Webhook{
		ID: 10117273, BusinessID: 50517273, Name: "Canary", Action: 6, URL: "https://canary.example.com/canary?key=canary",
		LastError: new("canary"), Description: new("canary"), CreatedOn: "canary", UpdatedBy: "canary@example.com", SystemID: new("canary"),
	})
	account.Actions = map[int64]string{91: "Canary", 92: "Canary-Wharf", 1: "canary@example.com", 2: "https://canary.example.com", 3: "Canary|<b>"}
	account.Hook = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "4000000000000"):
			serveJSON(404, `"Canary Person"`)(w, r)
		case r.Method == http.MethodPost && len(account.Webhooks()) > 9:
			simulator.Fail(w, 400, "Canary Person", simulator.FieldError{
				PropertyName: "Canary", Message: "not for Canary Person (canary@example.com) at Canary Wharf, 50517273, 5051, " + r.Header.Get("Authorization"),
			})
		default:
			return false
		}
		return true
	}
	printed := table(askSimulator(t, account, 50517273, 5002))
	for _, secret := range []string{"canary", "person", "wharf", "50517273", "5051", "717273", "demo@", "access-", "contract-simulated", "| | "} {
		if strings.Contains(strings.ToLower(printed), secret) {
			t.Errorf("the table contains %q:\n%s", secret, printed)
		}
	}
	if !strings.Contains(printed, ", …: not for … at … Bearer … |") {
		t.Errorf("the words of a rejection are missing:\n%s", printed)
	}
}

// A run that only reads, with the settings of the environment and over a real connection.
func TestContract_account(t *testing.T) {
	account := simulator.Demo()
	server := httptest.NewServer(account)
	defer server.Close()
	for name, value := range map[string]string{
		"BASE_URL": server.URL + "/api", "ACCESS_TOKEN": "", "USERNAME": simulator.DemoUsername, "PASSWORD": simulator.DemoPassword,
		"TEST_BUSINESS_ID": "", "TEST_SECOND_BUSINESS_ID": "", "AUTH_METHOD": "", "TOTP": "", "TOTP_SECRET": "", "CLIENT_ID": "",
	} {
		t.Setenv("NEXUDUS_"+name, value)
	}
	path := filepath.Join(t.TempDir(), "contract.md")
	askAccount(t, path)
	content, _ := os.ReadFile(path)
	printed := string(content)
	asked := 0
	for _, q := range questions {
		if q.needs == nothing {
			asked++
		}
	}
	end := fmt.Sprintf(" |\n\n%d more questions need a location to write to: see NEXUDUS_TEST_BUSINESS_ID in CONTRIBUTING.md.\n", len(questions)-asked)
	if rows := strings.Count(printed, " | same |\n"); rows != asked || !strings.HasSuffix(printed, end) {
		t.Errorf("%d rows, want %d, and at the end %q:\n%s", rows, asked, end, printed)
	}
	for _, r := range account.Requests() {
		if r.Method != http.MethodGet && r.Path != "/api/token" {
			t.Errorf("sent %s %s", r.Method, r.Path)
		}
	}
}

// Without valid credentials there is no table, and the exit code is not 0.
func TestContract_unauthorized(t *testing.T) {
	server := httptest.NewServer(simulator.Demo())
	defer server.Close()
	path := filepath.Join(t.TempDir(), "contract.md")
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestContract$")
	command.Env = append(os.Environ(), "NEXUDUS_CONTRACT="+path, "NEXUDUS_BASE_URL="+server.URL+"/api", "NEXUDUS_ACCESS_TOKEN=wrong")
	output, err := command.CombinedOutput()
	const want = "No table was written, because the first request failed. Check the credentials and the address in NEXUDUS_*.\n"
	if command.ProcessState.ExitCode() != 1 || !strings.Contains(string(output), want) {
		t.Errorf("%v: %s, want the exit code 1 and %q", err, output, want)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a table: %v", err)
	}
}
