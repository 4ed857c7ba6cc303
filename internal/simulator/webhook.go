package simulator

import (
	"encoding/json"
	"maps"
	"slices"
)

// Webhook is the record on the wire.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
type Webhook struct {
	ID                  int64           `json:"Id"`
	BusinessID          int64           `json:"BusinessId"`
	Name                string          `json:"Name"`
	Description         *string         `json:"Description"`
	URL                 string          `json:"URL"`
	Action              int64           `json:"Action"`
	Active              bool            `json:"Active"`
	LastError           *string         `json:"LastError"`
	ErrorCount          int64           `json:"ErrorCount"`
	LastTrigger         *string         `json:"LastTrigger"`
	CreatedOn           string          `json:"CreatedOn"`
	UpdatedOn           string          `json:"UpdatedOn"`
	UpdatedBy           string          `json:"UpdatedBy"`
	UniqueID            string          `json:"UniqueId"`
	IsNew               bool            `json:"IsNew"`
	SystemID            *string         `json:"SystemId"`
	ToStringText        string          `json:"ToStringText"`
	LocalizationDetails json.RawMessage `json:"LocalizationDetails"` // null in every published example
	CustomFields        json.RawMessage `json:"CustomFields"`        // likewise

	// Extra holds fields that the documentation does not name.
	Extra map[string]json.RawMessage `json:"-"`
}

var webhooks = &kind{
	path: "webhooks", prefix: "WebHook", writable: true,
	blank:    newRecord(Webhook{}, nil),
	scratch:  func() any { return new(Webhook) },
	create:   []string{"BusinessId", "Name", "Action", "URL"},
	update:   []string{"Id", "BusinessId", "Name", "URL"},
	readOnly: []string{"LastError", "ErrorCount", "LastTrigger"},
	filters:  []string{"Business", "Name", "Action", "Description", "URL", "Active", "LastError", "ErrorCount", "LastTrigger", "SystemId"},
	ranges:   []string{"ErrorCount", "LastTrigger", "CreatedOn", "UpdatedOn"},
	unlisted: []string{"Description"},
}

// AddWebhook adds a record or replaces the one with its Id, and returns the Id. Zero
// fields that the service itself sets are filled.
func (s *Server) AddWebhook(w Webhook) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(webhooks, newRecord(w, w.Extra)).id
}

// Webhook returns the record of an Id, and whether there is one.
func (s *Server) Webhook(id int64) (Webhook, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.table(webhooks).rows[id]
	if !ok {
		return Webhook{}, false
	}
	return newWebhook(r), true
}

// Webhooks returns all records, ordered by Id.
func (s *Server) Webhooks() []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.table(webhooks).rows
	var all []Webhook
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		all = append(all, newWebhook(rows[id]))
	}
	return all
}

// EditWebhook changes a record as a person does in the panel, and reports
// whether there is one. It sets UpdatedOn to the current time before it calls edit,
// which may set another.
func (s *Server) EditWebhook(id int64, edit func(*Webhook)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.table(webhooks).rows[id]
	if !ok {
		return false
	}
	w := newWebhook(r)
	w.UpdatedOn = timestamp()
	edit(&w)
	w.ID = id
	s.write(webhooks, newRecord(w, w.Extra))
	return true
}

// RemoveWebhook deletes a record as a person does in the panel, and reports
// whether there was one.
func (s *Server) RemoveWebhook(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.table(webhooks).rows[id]
	s.erase(webhooks, id)
	return ok
}

func newWebhook(r *row) Webhook {
	var w Webhook
	w.Extra = r.decode(webhooks, &w)
	return w
}
