package nexudus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// TestSimulation runs random schedules of what Terraform does with webhooks against the simulator, in virtual
// time: processes create, update, delete and refresh, are interrupted or killed, and start again from the
// last saved state. Others edit the webhooks meanwhile. The service answers some requests with a fault before or
// after it has done the work, or does the work only after a lost answer; its lists may lag or hide
// webhooks, it may trim names, and it may revoke tokens.
//
// After each process, no webhook may exist that no state has and that no error and no warning has
// named, nothing foreign may have changed, and what the client reported must be what the account has.
//
// NEXUDUS_SIMULATIONS sets the number of schedules, and NEXUDUS_SIMULATION_SEED
// runs a single one again. The client's jitter does not follow from the seed, so a few schedules
// differ from run to run: repeat one that does not fail again.
func TestSimulation(t *testing.T) {
	schedules, first := 10_000, 0
	if raceEnabled || testing.Short() {
		schedules = 500 // the race detector makes each about ten times slower
	}
	for name, value := range map[string]*int{"NEXUDUS_SIMULATIONS": &schedules, "NEXUDUS_SIMULATION_SEED": &first} {
		if text := os.Getenv(name); text != "" {
			var err error
			if *value, err = strconv.Atoi(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if os.Getenv("NEXUDUS_SIMULATION_SEED") != "" {
		schedules = 1
	}
	started := time.Now()
	var total counts
	var group sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := worker; i < schedules && !t.Failed(); i += runtime.GOMAXPROCS(0) {
				synctest.Test(t, func(t *testing.T) { simulate(t, uint64(first+i), &total) })
			}
		})
	}
	group.Wait()
	t.Logf("%d schedules in %v: %d created, %d with an unknown outcome, %d named by the next plan",
		schedules, time.Since(started).Round(time.Millisecond), total.created, total.unknown, total.named)
	if schedules > 400 && !t.Failed() && min(total.created, total.unknown, total.named) == 0 {
		t.Error("the schedules do not cover everything")
	}
}

// counts is what all schedules together have covered.
type counts struct {
	sync.Mutex
	created, unknown, named int
}

func (c *counts) add(n *int) {
	c.Lock()
	defer c.Unlock()
	*n++
}

// simulation is one schedule.
type simulation struct {
	t      *testing.T
	total  *counts
	seed   uint64
	random *rand.Rand // of the schedule; requests have numbers of their own
	trims  bool       // whether the service trims names
	hides  bool       // whether lists never show the webhooks of the location
	lag    time.Duration
	// revokes is whether tokens are revoked, which the client would take for a missing permission within a
	// minute of a 401 for another reason.
	revokes bool
	names   int // number of distinct names; few, so that some are equal

	server *simulator.Server
	late   sync.WaitGroup // work that the server does after its answer was lost

	mu     sync.Mutex
	seen   map[string]uint64 // equal requests so far
	faulty bool
	killed bool
	log    []string

	client    *Client
	resources []*managed
	foreign   map[int64]simulator.Webhook // as others have left them
	named     map[int64]bool              // by a warning about a possible duplicate
	unknown   map[string]int              // creates that ended with an unknown outcome, by event and address
	left      map[string]int              // creates of killed processes
}

// managed is what Terraform would keep of one webhook.
type managed struct {
	fields WebhookFields
	id     int64 // in the state; 0 if there is none
	unsure bool  // whether the last update or delete ended with an unknown outcome
	edited bool  // whether somebody else changed it since the last update
	marked bool  // whether somebody else added what an update must keep
}

func (s *simulation) n(n int) int { return s.random.IntN(n) }

// numbers returns the random numbers of a request. They depend on the seed, the
// request, and how often it came, but not on the order in which goroutines run.
func (s *simulation) numbers(r *http.Request, body []byte) *rand.Rand {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprint(r.Method, r.URL, string(body))
	s.seen[key]++
	hash := fnv.New64a()
	_, _ = io.WriteString(hash, key)
	return rand.New(rand.NewPCG(s.seed, hash.Sum64()+s.seen[key]))
}

func (s *simulation) fail(format string, args ...any) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t.Errorf("seed %d (trims %v, hides %v, lag %v): %s\n%s",
		s.seed, s.trims, s.hides, s.lag, fmt.Sprintf(format, args...), strings.Join(s.log, "\n"))
}

func (s *simulation) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, time.Now().UTC().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func simulate(t *testing.T, seed uint64, total *counts) {
	s := &simulation{
		t: t, total: total, seed: seed, random: rand.New(rand.NewPCG(seed, 0)),
		foreign: make(map[int64]simulator.Webhook), seen: make(map[string]uint64), named: make(map[int64]bool),
		unknown: make(map[string]int), left: make(map[string]int),
	}
	s.trims, s.hides, s.revokes, s.names = s.n(4) == 0, s.n(8) == 0, s.n(4) == 0, 1+s.n(3)
	if s.n(2) == 0 {
		s.lag = time.Duration(s.n(5000)) * time.Millisecond
	}
	s.server = &simulator.Server{
		LimitFactor: -1, Value: simulator.WriteValue(s.n(3)), TrimNames: s.trims, ListLag: s.lag, MaxPageSize: 1 + s.n(6), Hook: s.answer,
	}
	s.server.AddUser(simulator.User{Username: "a@example.com", Password: "p"})
	s.server.AddBusiness(simulator.Business{ID: 1})
	for i := range s.n(4) {
		// Some are equal to those that the schedule will create.
		w := simulator.Webhook{
			BusinessID: 1, Name: fmt.Sprint("hook ", i), URL: "https://example.com/0", Action: 6, Active: true, SystemID: new("theirs"),
		}
		id := s.server.AddWebhook(w)
		s.foreign[id], _ = s.server.Webhook(id)
	}
	if s.hides {
		s.server.Hidden = func(int64) bool { return true }
	}
	for range 3 + s.n(4) {
		s.resources = append(s.resources, &managed{fields: s.randomFields()})
	}
	for range 2 + s.n(3) {
		s.setFaulty(false)
		s.plan()
		s.setFaulty(s.n(4) > 0)
		s.process()
		if t.Failed() {
			return
		}
	}
	s.setFaulty(false)
	s.plan()
}

func (s *simulation) setFaulty(faulty bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faulty, s.killed = faulty, false
}

func (s *simulation) isFaulty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faulty
}

func (s *simulation) isKilled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.killed
}

// newProcess starts a process.
func (s *simulation) newProcess() {
	base, err := rest.ParseBaseURL("https://nexudus.test/api")
	if err != nil {
		s.t.Fatal(err)
	}
	s.client = New(rest.Config{
		BaseURL: base, Auth: rest.Password{Username: "a@example.com", Password: rest.NewSecret("p")}, MaxRetries: s.n(4), Transport: s,
	})
}

// plan refreshes the state without a fault, and notes which possible duplicates the creates that it plans would have.
func (s *simulation) plan() {
	s.late.Wait()
	time.Sleep(s.lag)
	s.newProcess()
	for i, r := range s.resources {
		if r.id != 0 {
			s.refresh(s.t.Context(), r)
			s.note("plan: resource %d has ID %d", i, r.id)
		}
	}
	for _, r := range s.resources {
		if r.id != 0 {
			continue
		}
		for _, id := range s.client.PossibleDuplicates(s.t.Context(), r.fields) {
			if s.foreign[id].ID == 0 && !s.named[id] {
				s.named[id] = true
				s.total.add(&s.total.named)
			}
		}
	}
	s.check()
}

// process is one process that makes some steps, in which it may be interrupted or killed.
func (s *simulation) process() {
	s.newProcess()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	revoked := 3
	if s.revokes {
		revoked = s.n(3)
	}
	for step := range 1 + s.n(3) {
		time.Sleep(3 * time.Second) // an update that is carried out late must not undo what others do now
		if s.n(3) == 0 {
			s.foreignEdit()
		}
		if step == revoked {
			s.server.RevokeTokens()
		}
		end, after := s.n(6), time.Duration(s.n(20_000))*time.Millisecond
		timer := time.AfterFunc(after, func() {
			switch end {
			case 0:
				s.note("interrupted")
				cancel()
			case 1:
				s.mu.Lock()
				s.killed = true
				s.mu.Unlock()
				s.note("killed")
				cancel()
			}
		})
		var group sync.WaitGroup
		for i, r := range s.resources {
			what, next := s.n(5), s.randomFields()
			if what == 4 {
				continue
			}
			group.Go(func() {
				s.step(ctx, r, what, next)
				s.note("resource %d: what %d, ID %d", i, what, r.id)
			})
		}
		group.Wait()
		timer.Stop()
		if ctx.Err() != nil || s.t.Failed() {
			return
		}
	}
}

func (s *simulation) randomFields() WebhookFields {
	name := fmt.Sprint("hook ", s.n(s.names))
	if s.trims && s.n(2) == 0 {
		name += " "
	}
	return WebhookFields{
		BusinessID: new(int64(1)), Name: &name, URL: new(fmt.Sprint("https://example.com/", s.n(2))),
		Action: new(Action(6 + s.n(2))), Active: new(s.n(4) > 0),
	}
}

// step does one thing with a resource, as Terraform would. Of a killed process, no result is saved.
func (s *simulation) step(ctx context.Context, r *managed, what int, next WebhookFields) {
	switch {
	case r.id == 0 && what < 3:
		w, err := s.client.CreateWebhook(ctx, r.fields)
		failure, ok := errors.AsType[*rest.Error](err)
		switch {
		case s.isKilled():
			s.mu.Lock()
			s.left[kindOf(r.fields)]++
			s.mu.Unlock()
		case w != nil:
			s.total.add(&s.total.created)
			r.id, r.edited, r.unsure = w.ID, false, false
		case ok && failure.Kind == rest.KindUnknown:
			s.total.add(&s.total.unknown)
			s.mu.Lock()
			s.unknown[kindOf(r.fields)]++
			s.mu.Unlock()
		case err == nil || !ok && ctx.Err() == nil || !s.faulty && ctx.Err() == nil:
			s.fail("create: %v", err)
		}
	case r.id == 0:
	case what == 0:
		got, err := s.client.UpdateWebhook(ctx, r.id, "", next)
		if s.isKilled() {
			r.unsure = true
			return
		}
		r.fields, r.unsure = next, err != nil
		switch {
		case err == nil && len(next.Differs(got)) > 0:
			s.fail("an update returned %+v, want %+v", got, next)
		case err == nil:
			r.edited = false
		case rest.IsNotFound(err):
			s.gone(r)
		case rest.Is(err, rest.KindNotApplied) && s.trims, s.stillListed(err):
		case !s.faulty && ctx.Err() == nil:
			s.fail("update without a fault: %v", err)
		}
	case what == 1:
		switch err := s.client.DeleteWebhook(ctx, r.id); {
		case s.isKilled():
			r.unsure = true
		case err == nil:
			s.gone(r)
		case !s.faulty && ctx.Err() == nil && !s.stillListed(err):
			s.fail("delete without a fault: %v", err)
		default:
			r.unsure = true
		}
	default:
		s.refresh(ctx, r)
	}
}

func (s *simulation) refresh(ctx context.Context, r *managed) {
	got, err := s.client.Webhook(ctx, r.id)
	switch {
	case s.isKilled():
	case rest.IsNotFound(err):
		s.gone(r)
	case err != nil && !s.faulty && ctx.Err() == nil && !s.stillListed(err):
		s.fail("refresh without a fault: %v", err)
	case err == nil:
		held, _ := s.server.Webhook(r.id)
		if want := fieldsOf(held); len(want.Differs(got)) > 0 {
			s.fail("a refresh returned %+v, want %+v", got, held)
		}
	}
}

// stillListed reports whether an error is about a webhook that somebody else has deleted, and that a list
// that lags still shows.
func (s *simulation) stillListed(err error) bool {
	return s.lag > 0 && rest.Is(err, rest.KindUnexpected)
}

// kindOf returns what the service is assumed to keep of a webhook.
func kindOf(f WebhookFields) string { return fmt.Sprint(*f.Action, " ", *f.URL) }

func fieldsOf(w simulator.Webhook) WebhookFields {
	return WebhookFields{BusinessID: &w.BusinessID, Name: &w.Name, URL: &w.URL, Action: new(Action(w.Action)), Active: &w.Active}
}

// gone drops a resource from the state, and checks that its webhook does not exist.
func (s *simulation) gone(r *managed) {
	if held, there := s.server.Webhook(r.id); there {
		s.fail("webhook %d is reported as gone, but exists: %+v", r.id, held)
	}
	r.id, r.marked = 0, false
}

// foreignEdit is what somebody else does: they edit one of their webhooks, or edit or
// delete one of ours.
func (s *simulation) foreignEdit() {
	ids := slices.Sorted(maps.Keys(s.foreign))
	if len(ids) > 0 && s.n(2) == 0 {
		id := ids[s.n(len(ids))]
		s.server.EditWebhook(id, func(w *simulator.Webhook) { w.SystemID = new(fmt.Sprint("edit ", s.n(100))) })
		s.foreign[id], _ = s.server.Webhook(id)
		return
	}
	r := s.resources[s.n(len(s.resources))]
	switch {
	case r.id == 0:
	case s.n(4) == 0:
		s.server.RemoveWebhook(r.id)
	case s.n(2) == 0:
		s.server.EditWebhook(r.id, func(w *simulator.Webhook) { w.Active = !w.Active })
		r.edited = true
	default:
		r.marked = s.server.EditWebhook(r.id, func(w *simulator.Webhook) {
			w.SystemID = new("kept")
			w.Extra = map[string]json.RawMessage{"Added": json.RawMessage(`12345678901234567890.10`)}
		})
	}
}

// check compares what the client reported with what the account has.
func (s *simulation) check() {
	s.t.Helper()
	expected := make(map[int64]bool)
	for _, r := range s.resources {
		if r.id == 0 {
			continue
		}
		if expected[r.id] {
			s.fail("webhook %d is in the state twice", r.id)
		}
		expected[r.id] = true
		if _, theirs := s.foreign[r.id]; theirs {
			s.fail("webhook %d is somebody else's", r.id)
		}
		held, there := s.server.Webhook(r.id)
		if !there {
			continue // deleted by somebody else, which a refresh finds out
		}
		want := r.fields
		if s.trims {
			want.Name = new(strings.TrimSpace(*want.Name))
		}
		if got := fieldsOf(held); !r.unsure && !r.edited && !reflect.DeepEqual(got, want) {
			s.fail("webhook %d = %+v, want %+v", r.id, held, want)
		}
		if r.marked && (held.SystemID == nil || *held.SystemID != "kept" || string(held.Extra["Added"]) != "12345678901234567890.10") {
			s.fail("webhook %d has lost what is not managed: %+v", r.id, held)
		}
	}
	extra := make(map[string][]int64)
	for _, held := range s.server.Webhooks() {
		want, theirs := s.foreign[held.ID]
		switch {
		case theirs && !reflect.DeepEqual(held, want):
			s.fail("webhook %d of somebody else = %+v, want %+v", held.ID, held, want)
		case !theirs && !expected[held.ID]:
			kind := kindOf(fieldsOf(held))
			extra[kind] = append(extra[kind], held.ID)
		}
	}
	for id := range s.foreign {
		if _, there := s.server.Webhook(id); !there {
			s.fail("webhook %d of somebody else is gone", id)
		}
	}
	for kind, ids := range extra {
		if allowed := s.unknown[kind] + s.left[kind]; len(ids) > allowed {
			s.fail("the webhooks %d are in no state, and only %d such creates had an unknown outcome or were killed", ids, allowed)
		}
		ids = slices.DeleteFunc(ids, func(id int64) bool { return s.named[id] })
		allowed := s.unknown[kind]
		if s.hides { // nothing can name what a killed process has left
			allowed += s.left[kind]
		}
		if len(ids) > allowed {
			s.fail("nothing names the webhooks %d, and only %d such creates had an unknown outcome", ids, allowed)
		}
	}
}

// RoundTrip implements [http.RoundTripper] without a socket, so that time is virtual.
func (s *simulation) RoundTrip(request *http.Request) (response *http.Response, err error) {
	if s.isKilled() {
		return nil, errors.New("killed")
	}
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil {
		trace.GetConn("")
		trace.GotConn(httptrace.GotConnInfo{})
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	defer func() {
		if r := recover(); r != nil {
			response, err = nil, io.ErrUnexpectedEOF
		}
	}()
	recorder := httptest.NewRecorder()
	s.server.ServeHTTP(recorder, request.Clone(request.Context()))
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

// answer has a fault for some of the requests.
func (s *simulation) answer(w http.ResponseWriter, r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	write := r.Method != http.MethodGet
	numbers := s.numbers(r, body)
	// The order in which requests arrive follows from the seed, not from the scheduler.
	delayBefore, delayAfter := time.Duration(numbers.IntN(400_000))*time.Microsecond, time.Duration(numbers.IntN(400_000))*time.Microsecond
	if s.isFaulty() && !write && numbers.IntN(9) == 0 {
		delayAfter = time.Duration(numbers.IntN(15_000)) * time.Millisecond
	}
	do := func(ctx context.Context) *httptest.ResponseRecorder {
		time.Sleep(delayBefore)
		defer time.Sleep(delayAfter)
		late := r.Clone(ctx)
		late.Body = io.NopCloser(bytes.NewReader(body))
		recorder := httptest.NewRecorder()
		s.server.Handle(recorder, late)
		return recorder
	}
	answer := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const html, js = "text/html", "application/json"
	lost := []http.HandlerFunc{
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, answer(502, html, "<html>"), answer(503, "", ""),
		answer(504, "", ""), answer(408, "", ""), answer(200, html, "<html>"), answer(302, "", ""), answer(409, html, "<html>"),
		func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, answer(200, js, `{}`), answer(200, js, `{"Id":`),
		answer(200, "", ""), answer(502, js, `{"errors":[{"message":"upstream timeout"}]}`),
	}
	ooops := func(w http.ResponseWriter, _ *http.Request) { simulator.Ooops(w) }
	refused := []http.HandlerFunc{
		answer(409, "", ""), answer(429, "", ""), answer(403, html, "<html>"),
		answer(400, js, `{"Message":"No.","WasSuccessful":false}`), answer(200, js, `{"Message":"No.","WasSuccessful":false}`),
		answer(409, js, `{"Message":"Locked."}`),
	}
	if write && !s.revokes { // a user who may not list cannot have the list decide
		refused = append(refused, answer(401, "", ""))
	}
	if !write && !s.hides && s.lag == 0 { // the list decides what a 404 means
		refused = append(refused, answer(404, html, "<html>"), answer(404, "", ""), answer(404, js, `"Not found"`))
	}
	kind := numbers.IntN(9)
	switch {
	case !s.isFaulty() || numbers.IntN(3) > 0 || r.URL.Path == "/api/token":
		response := do(r.Context())
		maps.Copy(w.Header(), response.Header())
		w.WriteHeader(response.Code)
		_, _ = w.Write(response.Body.Bytes())
	case kind == 0 || !write && kind < 4:
		s.note("%s refused %s", r.Method, r.URL)
		refused[numbers.IntN(len(refused))](w, r)
	case kind == 1:
		s.note("%s not done, lost", r.Method)
		lost[numbers.IntN(len(lost))](w, r)
	case kind == 2:
		s.note("%s not done, and the API says so", r.Method)
		ooops(w, r)
	case kind == 3:
		s.note("%s done, but the API says that it has failed", r.Method)
		do(r.Context())
		ooops(w, r)
	case (kind == 4 || kind == 5) && write:
		// Done only after the answer was lost. A later update or delete could undo somebody else's
		// change: no client can prevent that.
		after := time.Duration(numbers.IntN(2000)) * time.Millisecond
		if r.Method == http.MethodPost {
			after = time.Duration(numbers.IntN(40_000)) * time.Millisecond
		}
		s.note("%s done after %v", r.Method, after)
		s.late.Go(func() {
			time.Sleep(after)
			do(context.WithoutCancel(r.Context()))
		})
		lost[numbers.IntN(len(lost))](w, r)
	case kind == 6 && r.Method == http.MethodPost:
		s.note("%s confirmed without an ID", r.Method)
		answer(200, js, `{"WasSuccessful":true,"Value":null}`)(w, r)
	default:
		s.note("%s done, lost %s", r.Method, r.URL)
		do(r.Context())
		lost[numbers.IntN(len(lost))](w, r)
	}
	return true
}
