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
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// TestSimulation runs random schedules of creates, updates, deletes, refreshes
// and edits by others against the simulator, in virtual time, with random faults
// before and after the work is done. After each schedule it checks that nothing
// was duplicated or lost, that nothing foreign was changed, and that what the
// client reported is what the account holds.
//
// NEXUDUS_SIMULATIONS sets the number of schedules, and NEXUDUS_SIMULATION_SEED
// runs a single one again. The client's jitter does not follow from the seed, so about
// one schedule in twenty differs from run to run: repeat one that does not fail again.
func TestSimulation(t *testing.T) { runSchedules(t, 1, simulate) }

// TestSimulation_fleet runs random schedules of refreshes of a fleet, as the
// provider's resource does them: from a list, where UpdatedOn says that a webhook
// has not changed. Others edit the webhooks before and in the middle of a refresh.
// What a refresh returns must be what the account held at some time during it.
func TestSimulation_fleet(t *testing.T) {
	var listed, single atomic.Int64
	runSchedules(t, 10, func(t *testing.T, seed uint64) { simulateFleet(t, seed, &listed, &single) })
	t.Logf("%d webhooks were refreshed from a list, %d by themselves", listed.Load(), single.Load())
	if listed.Load()+single.Load() > 1000 && (listed.Load() == 0 || single.Load() == 0) {
		t.Error("the schedules do not cover both")
	}
}

// runSchedules runs schedules, each in virtual time and with a seed of its own. A
// test whose schedules take longer runs fewer of them.
func runSchedules(t *testing.T, fewer int, run func(*testing.T, uint64)) {
	schedules := 10_000
	if raceEnabled || testing.Short() {
		schedules = 500 // the race detector makes each about ten times slower
	}
	first := 0
	if text := os.Getenv("NEXUDUS_SIMULATIONS"); text != "" {
		var err error
		if schedules, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	schedules = max(1, schedules/fewer)
	if text := os.Getenv("NEXUDUS_SIMULATION_SEED"); text != "" {
		var err error
		if first, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		schedules = 1
	}
	started := time.Now()
	var group sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := worker; i < schedules && !t.Failed(); i += runtime.GOMAXPROCS(0) {
				seed := first + i
				synctest.Test(t, func(t *testing.T) { run(t, uint64(seed)) })
			}
		})
	}
	group.Wait()
	t.Logf("%d schedules in %v", schedules, time.Since(started).Round(time.Millisecond))
}

// simulation is one schedule.
type simulation struct {
	t      *testing.T
	seed   uint64
	random *rand.Rand // of the schedule; requests have numbers of their own
	trims  bool       // whether the service trims names
	names  int        // number of distinct names; few, so that some are equal

	mu   sync.Mutex
	seen map[string]uint64 // equal requests so far

	server *simulator.Server
	client *Client
	late   sync.WaitGroup // work that the server does after the client has given up

	resources []*managed
	foreign   map[int64]simulator.Webhook // as others have left them
	faulty    bool
	log       []string
}

// managed is what Terraform would keep of one webhook.
type managed struct {
	fields  WebhookFields
	id      int64 // in the state; 0 if there is none
	unknown int   // creates that ended without anybody knowing their outcome
	unsure  bool  // whether the last update or delete ended so
	edited  bool  // whether somebody else changed it since the last update
	marked  bool  // whether somebody else added what an update must keep
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
	s.t.Errorf("seed %d: %s\n%s", s.seed, fmt.Sprintf(format, args...), strings.Join(s.log, "\n"))
}

func (s *simulation) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

func simulate(t *testing.T, seed uint64) {
	s := &simulation{
		t:       t,
		seed:    seed,
		random:  rand.New(rand.NewPCG(seed, 0)),
		foreign: make(map[int64]simulator.Webhook),
		seen:    make(map[string]uint64),
	}
	s.trims, s.names = s.n(4) == 0, 1+s.n(3)
	s.server = &simulator.Server{LimitFactor: -1, Value: simulator.WriteValue(s.n(3)), Hook: s.answer}
	s.server.AddUser(simulator.User{Username: "a@example.com"})
	for i := range s.n(4) {
		// Some are equal to those that the schedule will create.
		w := simulator.Webhook{
			BusinessID: 1,
			Name:       fmt.Sprint("hook ", i),
			URL:        "https://example.com/0",
			Action:     6,
			Active:     true,
			SystemID:   new("theirs"),
		}
		id := s.server.AddWebhook(w)
		s.foreign[id], _ = s.server.Webhook(id)
	}
	s.client = newTestClient(t, s.server.ServeHTTP, func(c *Config) {
		c.Auth, c.MaxRetries, c.MaxRequestsPerSecond = Token{NewSecret(s.server.IssueToken("a@example.com"))}, s.n(4), 0
	})
	defer s.late.Wait()
	for range 2 + s.n(4) {
		s.resources = append(s.resources, &managed{fields: s.randomFields()})
	}
	for step := range 3 + s.n(4) {
		s.faulty = s.n(4) > 0
		if s.n(3) == 0 {
			s.foreignEdit()
		}
		var group sync.WaitGroup
		for i, r := range s.resources {
			what, next := s.n(5), s.randomFields()
			if what == 4 {
				continue
			}
			group.Go(func() {
				s.step(r, what, next)
				s.note("step %d resource %d: what %d, id %d, unknown %d", step, i, what, r.id, r.unknown)
			})
		}
		group.Wait()
		s.check()
		if t.Failed() {
			return
		}
	}
	s.late.Wait()
	s.check()
	s.faulty = false
	for i, r := range s.resources {
		if r.id != 0 {
			s.refresh(r)
			s.note("last refresh of resource %d: id %d", i, r.id)
		}
	}
	s.check()
}

func (s *simulation) randomFields() WebhookFields {
	name := fmt.Sprint("hook ", s.n(s.names))
	if s.trims && s.n(2) == 0 {
		name += " "
	}
	return WebhookFields{BusinessID: 1, Name: name, URL: fmt.Sprint("https://example.com/", s.n(2)), Action: Action(6 + s.n(2)), Active: s.n(4) > 0}
}

// step does one thing with a resource, as Terraform would.
func (s *simulation) step(r *managed, what int, next WebhookFields) {
	ctx := s.t.Context()
	switch {
	case r.id == 0 && what < 3:
		id, err := s.client.CreateWebhook(ctx, r.fields)
		r.id = id
		switch failure, ok := errors.AsType[*Error](err); {
		case err == nil && id == 0:
			s.fail("a create without an Id")
		case err == nil:
			r.edited, r.unsure = false, false
		case !ok:
			s.fail("create: %v", err)
		case failure.Unknown:
			r.unknown++
		case !s.faulty:
			s.fail("create without a fault: %v", err)
		}
	case r.id == 0:
	case what == 0:
		r.fields = next
		got, err := s.client.UpdateWebhook(ctx, r.id, r.fields)
		r.unsure = err != nil
		switch {
		case err == nil && len(r.fields.Differs(got)) > 0:
			s.fail("an update returned %+v, want %+v", got, r.fields)
		case err == nil:
			r.edited = false
		case IsNotFound(err):
			s.gone(r)
		case is(err, KindNotApplied) && s.trims:
		case !s.faulty:
			s.fail("update without a fault: %v", err)
		}
	case what == 1:
		err := s.client.DeleteWebhook(ctx, r.id)
		if err == nil {
			s.gone(r)
		} else if !s.faulty {
			s.fail("delete without a fault: %v", err)
		}
	default:
		s.refresh(r)
	}
}

func (s *simulation) refresh(r *managed) {
	got, err := s.client.Webhook(s.t.Context(), r.id)
	switch {
	case IsNotFound(err):
		s.gone(r)
	case err != nil && !s.faulty:
		s.fail("refresh without a fault: %v", err)
	case err == nil:
		held, _ := s.server.Webhook(r.id)
		if want := (WebhookFields{held.BusinessID, held.Name, "", held.URL, Action(held.Action), held.Active, false}); len(want.Differs(got)) > 0 {
			s.fail("a refresh returned %+v, want %+v", got, held)
		}
	}
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

// check compares what the client reported with what the account holds.
func (s *simulation) check() {
	s.t.Helper()
	expected := make(map[int64]bool)
	unknown := 0
	for _, r := range s.resources {
		unknown += r.unknown
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
		fields := WebhookFields{held.BusinessID, held.Name, "", held.URL, Action(held.Action), held.Active, false}
		want := r.fields
		if s.trims {
			want.Name = strings.TrimSpace(want.Name)
		}
		if !r.unsure && !r.edited && fields != want {
			s.fail("webhook %d = %+v, want %+v", r.id, fields, want)
		}
		if r.marked && (held.SystemID == nil || *held.SystemID != "kept" || string(held.Extra["Added"]) != "12345678901234567890.10") {
			s.fail("webhook %d has lost what is not managed: %+v", r.id, held)
		}
	}
	extra := 0
	for _, held := range s.server.Webhooks() {
		want, theirs := s.foreign[held.ID]
		switch {
		case theirs && !reflect.DeepEqual(held, want):
			s.fail("webhook %d of somebody else = %+v, want %+v", held.ID, held, want)
		case !theirs && !expected[held.ID]:
			extra++
		}
	}
	for id := range s.foreign {
		if _, there := s.server.Webhook(id); !there {
			s.fail("webhook %d of somebody else is gone", id)
		}
	}
	if extra > unknown {
		s.fail("%d webhooks that no state has, and %d creates with an unknown outcome", extra, unknown)
	}
}

// answer has a fault for some of the requests.
func (s *simulation) answer(w http.ResponseWriter, r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	write := r.Method != http.MethodGet
	numbers := s.numbers(r, body)
	// The order in which requests arrive follows from the seed, not from the scheduler.
	delayBefore, delayAfter := time.Duration(numbers.IntN(400_000))*time.Microsecond, time.Duration(numbers.IntN(400_000))*time.Microsecond
	do := func(ctx context.Context) *httptest.ResponseRecorder {
		time.Sleep(delayBefore)
		defer time.Sleep(delayAfter)
		late := r.Clone(ctx)
		late.Body = io.NopCloser(bytes.NewReader(body))
		if s.trims {
			late.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), ` ",`, `",`)))
		}
		recorder := httptest.NewRecorder()
		s.server.Handle(recorder, late)
		return recorder
	}
	if !s.faulty || numbers.IntN(3) > 0 {
		response := do(r.Context())
		maps.Copy(w.Header(), response.Header())
		w.WriteHeader(response.Code)
		_, _ = w.Write(response.Body.Bytes())
		return true
	}
	lose := []http.HandlerFunc{
		reset, trouble, serve(502, "text/html", "<html>"), serve(503, "", ""), serve(504, "", ""), serve(200, "text/html", "<html>"),
		serve(302, "", ""), serve(409, "text/html", "<html>"), hang, serveJSON(200, `{}`), serveJSON(200, `{"Id":`),
	}
	refuse := []http.HandlerFunc{
		serve(409, "", ""), serve(429, "", ""), serve(401, "", ""), serve(403, "text/html", "<html>"), serve(404, "text/html", "<html>"),
		serve(404, "", ""), serveJSON(404, `{"Message":"No route"}`), serveJSON(400, `{"Message":"No.","WasSuccessful":false}`),
		serveJSON(200, `{"Message":"No.","WasSuccessful":false}`), serveJSON(409, `{"Message":"Locked."}`),
	}
	switch kind := numbers.IntN(5); {
	case kind == 0 || !write && kind < 3:
		s.note("%s refused", r.Method)
		refuse[numbers.IntN(len(refuse))](w, r)
	case kind == 1:
		s.note("%s not done, lost", r.Method)
		lose[numbers.IntN(len(lose))](w, r)
	case kind == 2 && r.Method == http.MethodPost:
		// Done after the client has given up. An update or a delete that late
		// could undo somebody else's change: no client can prevent that.
		s.note("%s done late", r.Method)
		s.late.Go(func() {
			time.Sleep(DefaultRequestTimeout + time.Duration(numbers.IntN(60))*time.Second)
			do(context.WithoutCancel(r.Context()))
		})
		hang(w, r)
	case kind == 3 && r.Method == http.MethodPost:
		s.note("%s said to be done", r.Method)
		serveJSON(200, `{"WasSuccessful":true,"Value":null}`)(w, r)
	default:
		s.note("%s done, lost", r.Method)
		do(r.Context())
		lose[numbers.IntN(len(lose))](w, r)
	}
	return true
}
