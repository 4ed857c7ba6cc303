package nexudus

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// fleetSimulation is one schedule of refreshes.
type fleetSimulation struct {
	t      *testing.T
	seed   uint64
	server *simulator.Server
	zone   time.Duration // by which the service's date-times differ from UTC
	faulty bool
	slow   bool

	mu       sync.Mutex // of all that follows, and of all that happens in the account
	random   *rand.Rand
	versions map[int64][]fleetVersion
	log      []string
}

// fleetVersion is what the account held of a webhook at some time.
type fleetVersion struct {
	fields WebhookFields
	gone   bool
}

// kept is what the state keeps of a webhook.
type kept struct {
	id          int64
	fields      WebhookFields
	description *string
	updatedOn   string // at which the state had all of it, or empty
}

func simulateFleet(t *testing.T, seed uint64, listed, single *atomic.Int64) {
	s := &fleetSimulation{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1)), versions: make(map[int64][]fleetVersion)}
	s.zone = []time.Duration{0, time.Hour, 5*time.Hour + 45*time.Minute, -3 * time.Hour}[s.n(4)]
	s.server = &simulator.Server{LimitFactor: -1, MaxPageSize: 3 + s.n(10), Hook: s.answer}
	s.server.AddUser(simulator.User{Username: "a@example.com"})
	token := s.server.IssueToken("a@example.com")
	var fleet []kept
	for i := range 4 + s.n(8) {
		id := s.server.AddWebhook(simulator.Webhook{
			BusinessID: 1, Name: fmt.Sprint("hook ", i), Description: new("first"), URL: "https://example.com/", Action: 6, Active: true,
			UpdatedOn: time.Now().Add(s.zone).UTC().Format(time.RFC3339),
		})
		fleet = append(fleet, kept{id: id})
		s.keepVersion(id)
	}
	for process := range 2 + s.n(4) {
		s.faulty, s.slow = s.n(4) == 0, s.n(2) == 0
		time.Sleep(time.Duration(s.n(30)) * 100 * time.Millisecond)
		s.edit(fleet)
		s.edit(fleet)
		client := newTestClient(t, s.server.ServeHTTP, func(c *Config) {
			c.Auth, c.MaxRetries, c.MaxRequestsPerSecond = Token{NewSecret(token)}, s.n(3), 0
		})
		began := s.now()
		for round := range 1 + s.n(3) {
			if round > 0 && s.n(2) == 0 {
				s.update(client, fleet)
			}
			if client.writes.Load() > 0 {
				began = s.now() // a write drops the list
			}
			s.note("process %d, round %d, faulty %v, slow %v", process, round, s.faulty, s.slow)
			state := s.refresh(client, fleet, began, listed, single)
			if s.n(3) > 0 { // a plan does not save what it has refreshed
				fleet = state
			}
			if t.Failed() {
				return
			}
		}
	}
}

// refresh refreshes a fleet while others edit it, and returns its new state.
func (s *fleetSimulation) refresh(c *Client, fleet []kept, began map[int64]int, listed, single *atomic.Int64) (state []kept) {
	results := make([]kept, len(fleet))
	var group sync.WaitGroup
	for i, r := range fleet {
		group.Go(func() {
			webhook, fromList, err := readAsResource(s.t, c, &r)
			results[i] = r
			switch {
			case err != nil && !IsNotFound(err):
				if !s.faulty {
					s.fail("refresh without a fault: %v", err)
				}
			case err != nil:
				s.check(r, began, fleetVersion{gone: true})
				results[i].id = 0
			default:
				s.check(r, began, fleetVersion{fields: fieldsOf(webhook)})
				results[i].description = webhook.Description
				results[i].fields = fieldsOf(webhook)
				if fromList {
					listed.Add(1)
				} else {
					single.Add(1)
				}
			}
		})
	}
	for range s.n(4) {
		group.Go(func() {
			time.Sleep(time.Duration(s.n(3000)) * time.Millisecond)
			id := s.edit(fleet)
			time.Sleep(time.Duration(s.n(900)) * time.Millisecond)
			s.editWebhook(id) // perhaps within the same second
		})
	}
	group.Wait()
	for _, r := range results {
		if r.id != 0 {
			state = append(state, r)
		}
	}
	return state
}

// readAsResource reads a webhook as the resource in package provider does.
func readAsResource(t *testing.T, c *Client, r *kept) (webhook *Webhook, fromList bool, err error) {
	if r.updatedOn != "" {
		summary := c.WebhookSummary(t.Context(), r.id)
		if summary != nil && summary.UpdatedOn != nil && *summary.UpdatedOn == r.updatedOn {
			summary.Description = r.description
			return summary, true, nil
		}
	}
	webhook, err = c.Webhook(t.Context(), r.id)
	if err == nil {
		r.keepUpdatedOn(webhook)
	}
	return webhook, false, err
}

func (r *kept) keepUpdatedOn(w *Webhook) {
	r.updatedOn = ""
	if w.Settled() {
		r.updatedOn = *w.UpdatedOn
	}
}

// update changes some webhooks of the fleet, as an apply does.
func (s *fleetSimulation) update(c *Client, fleet []kept) {
	var group sync.WaitGroup
	for i := range fleet {
		r := &fleet[i]
		if s.n(3) > 0 || r.fields.Name == "" {
			continue
		}
		fields := r.fields
		fields.Description = fmt.Sprint("ours ", s.n(1000))
		group.Go(func() {
			webhook, err := c.UpdateWebhook(s.t.Context(), r.id, fields)
			switch {
			case err != nil:
				r.updatedOn = ""
				if !s.faulty && !IsNotFound(err) && !is(err, KindNotApplied) { // which is another's edit
					s.fail("update without a fault: %v", err)
				}
			default:
				r.fields, r.description = fieldsOf(webhook), webhook.Description
				r.keepUpdatedOn(webhook)
			}
		})
	}
	group.Wait()
}

// edit edits one webhook of a fleet, and returns its Id.
func (s *fleetSimulation) edit(fleet []kept) (id int64) {
	if len(fleet) == 0 {
		return 0
	}
	id = fleet[s.n(len(fleet))].id
	s.editWebhook(id)
	return id
}

// editWebhook is somebody else's change of a webhook, or its deletion.
func (s *fleetSimulation) editWebhook(id int64) {
	what, mark := s.n(10), s.n(1000)
	s.mu.Lock()
	defer s.mu.Unlock()
	if what == 0 {
		s.server.RemoveWebhook(id)
	}
	s.server.EditWebhook(id, func(w *simulator.Webhook) {
		before := w.UpdatedOn
		w.UpdatedOn = s.timestamp()
		switch what {
		case 1:
			w.URL = fmt.Sprint("https://example.com/", mark)
		case 2:
			w.Active = !w.Active
		case 3: // switched off by Nexudus, which may not count as an edit
			w.Active, w.ErrorCount, w.UpdatedOn = false, 11, before
		case 4:
			w.Description = nil
		default:
			w.Description = new(fmt.Sprint("theirs ", mark))
		}
	})
	s.keepVersionLocked(id)
	s.log = append(s.log, fmt.Sprintf("%s edit %d of webhook %d", time.Now().UTC().Format("15:04:05.000"), what, id))
}

// timestamp is the present time as the service writes it.
func (s *fleetSimulation) timestamp() string {
	return time.Now().Add(s.zone).UTC().Format(time.RFC3339)
}

// answer lets the account handle one request at a time, with a delay before and after if
// slow, and answers some requests with a fault if faulty.
func (s *fleetSimulation) answer(w http.ResponseWriter, r *http.Request) bool {
	if s.slow {
		time.Sleep(time.Duration(s.n(1500)) * time.Millisecond)
	}
	if s.faulty && s.n(3) == 0 && r.Method == http.MethodGet {
		s.note("%s %s fails", r.Method, r.URL.Path)
		faults := []http.HandlerFunc{
			serve(401, "", ""), serve(403, "text/html", "<html>"), serve(503, "", ""), serve(409, "", ""), hang, reset,
			serve(200, "text/html", "<html>"),
			serveJSON(200, `{"Records":[],"TotalItems":0,"HasNextPage":false}`),
		}
		faults[s.n(len(faults))](w, r)
		return true
	}
	func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		recorder := httptest.NewRecorder()
		s.server.Handle(recorder, r)
		if r.Method == http.MethodPut {
			var sent struct {
				ID int64 `json:"Id"`
			}
			_ = json.NewDecoder(r.Body).Decode(&sent)
			id := sent.ID
			s.server.EditWebhook(id, func(w *simulator.Webhook) { w.UpdatedOn = s.timestamp() })
			s.keepVersionLocked(id)
		}
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}()
	if s.slow {
		time.Sleep(time.Duration(s.n(4000)) * time.Millisecond)
	}
	return true
}

// check compares what a refresh returned with what the account has held since
// the refresh began.
func (s *fleetSimulation) check(r kept, began map[int64]int, got fleetVersion) {
	s.mu.Lock()
	versions := s.versions[r.id]
	s.mu.Unlock()
	for _, version := range versions[began[r.id]:] {
		if version == got {
			return
		}
	}
	s.fail("webhook %d: a refresh returned %+v, want one of %+v", r.id, got, versions[began[r.id]:])
}

// now returns the index of the present version of each webhook.
func (s *fleetSimulation) now() map[int64]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := make(map[int64]int)
	for id, versions := range s.versions {
		now[id] = len(versions) - 1
	}
	return now
}

func (s *fleetSimulation) keepVersion(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepVersionLocked(id)
}

func (s *fleetSimulation) keepVersionLocked(id int64) {
	held, there := s.server.Webhook(id)
	version := fleetVersion{gone: !there}
	if there {
		version.fields = WebhookFields{held.BusinessID, held.Name, "", held.URL, Action(held.Action), held.Active, false}
		if held.Description != nil {
			version.fields.Description = *held.Description
		}
	}
	s.versions[id] = append(s.versions[id], version)
}

func fieldsOf(w *Webhook) WebhookFields {
	fields := WebhookFields{*w.BusinessID, *w.Name, "", *w.URL, *w.Action, *w.Active, false}
	if w.Description != nil {
		fields.Description = *w.Description
	}
	return fields
}

func (s *fleetSimulation) n(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.IntN(n)
}

func (s *fleetSimulation) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, time.Now().UTC().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func (s *fleetSimulation) fail(format string, args ...any) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t.Errorf("seed %d: %s\n%s", s.seed, fmt.Sprintf(format, args...), strings.Join(s.log, "\n"))
}
