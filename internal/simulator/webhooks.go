package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Webhook is the record on the wire: the WebHook record, D.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
type Webhook struct {
	ID                  int64   `json:"Id"`
	BusinessID          int64   `json:"BusinessId"`
	Name                string  `json:"Name"`
	Description         *string `json:"Description"`
	URL                 string  `json:"URL"`
	Action              int64   `json:"Action"`
	Active              bool    `json:"Active"`
	LastError           *string `json:"LastError"`
	ErrorCount          int64   `json:"ErrorCount"`
	LastTrigger         *string `json:"LastTrigger"`
	CreatedOn           string  `json:"CreatedOn"`
	UpdatedOn           string  `json:"UpdatedOn"`
	UpdatedBy           string  `json:"UpdatedBy"`
	UniqueID            string  `json:"UniqueId"`
	IsNew               bool    `json:"IsNew"`
	SystemID            *string `json:"SystemId"`
	ToStringText        string  `json:"ToStringText"`
	LocalizationDetails any     `json:"LocalizationDetails"`
	CustomFields        any     `json:"CustomFields"`
}

// AddWebhook adds a record or replaces the one with its Id, fills what the
// service fills by itself where it is zero, and returns the Id.
func (s *Server) AddWebhook(w Webhook) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(w)
}

// add is AddWebhook for those who hold the lock.
func (s *Server) add(w Webhook) int64 {
	w.ID = cmp.Or(w.ID, s.lastID+1)
	s.lastID = max(s.lastID, w.ID)
	sum := hash(fmt.Sprint("webhook", w.ID))
	w.UniqueID = cmp.Or(w.UniqueID, fmt.Sprintf("%s-%s-4%s-8%s-%s", sum[:8], sum[8:12], sum[12:15], sum[15:18], sum[18:30]))
	w.CreatedOn = cmp.Or(w.CreatedOn, "2024-05-02T08:00:00Z")
	w.UpdatedOn = cmp.Or(w.UpdatedOn, w.CreatedOn)
	w.UpdatedBy = cmp.Or(w.UpdatedBy, "demo@example.com")
	w.ToStringText = cmp.Or(w.ToStringText, w.Name)
	if s.webhooks == nil {
		s.webhooks = make(map[int64]*Webhook)
	}
	s.webhooks[w.ID] = &w
	return w.ID
}

// get answers the record itself. What a miss holds is not documented, so it
// holds nothing.
func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	if webhook := s.lookUp(r); webhook != nil {
		reply(w, http.StatusOK, webhook)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

func (s *Server) lookUp(r *http.Request) *Webhook {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil
	}
	return s.webhooks[id]
}

// search is the listing, whose records are summaries without Description, and
// with id=[1,2] the records of those Ids: other webhook calls, D. Parameters
// that it does not know are ignored, F.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks.
func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var found []Webhook
	if ids := query.Get("id"); ids != "" {
		var wanted []int64
		if json.Unmarshal([]byte(ids), &wanted) != nil {
			// Stricter than anyone has seen the service be.
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for _, id := range wanted {
			if webhook := s.webhooks[id]; webhook != nil {
				found = append(found, summary(webhook))
			}
		}
		reply(w, http.StatusOK, append([]Webhook{}, found...)) // never null
		return
	}
	for _, webhook := range s.webhooks {
		if matches(webhook, query.Get) {
			found = append(found, summary(webhook))
		}
	}

	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(query.Get(name)); err == nil && n > 0 {
			return n
		}
		return otherwise
	}
	order := cmp.Or(query.Get("orderBy"), "Id")
	direction := 1
	if query.Get("dir") == "-1" {
		direction = -1
	}
	keys := make(map[int64]string, len(found))
	for _, webhook := range found {
		keys[webhook.ID] = fields(webhook)[order]
	}
	slices.SortFunc(found, func(a, b Webhook) int {
		return direction * cmp.Or(cmp.Compare(keys[a.ID], keys[b.ID]), cmp.Compare(a.ID, b.ID))
	})

	size := min(number("size", 25), cmp.Or(s.MaxPageSize, 1000))
	page := number("page", 1)
	pages := (len(found) + size - 1) / size
	first := len(found)
	if page <= pages {
		first = (page - 1) * size
	}
	last := min(first+size, len(found))
	reply(w, http.StatusOK, map[string]any{
		"Records":     append([]Webhook{}, found[first:last]...),
		"CurrentPage": page, "CurrentPageSize": size,
		"CurrentOrderField": order, "CurrentSortDirection": direction,
		"FirstItem": first + 1, "LastItem": last, "TotalItems": len(found), "TotalPages": pages,
		"HasNextPage": page < pages, "HasPreviousPage": page > 1,
	})
}

func summary(w *Webhook) Webhook {
	s := *w
	s.Description = nil
	return s
}

// fields are a record's values by their names, as texts that sort like the
// values do.
func fields(w Webhook) map[string]string {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return map[string]string{
		"UniqueId": w.UniqueID, "UpdatedBy": w.UpdatedBy, "SystemId": text(w.SystemID), "ToStringText": w.ToStringText,
		"Id": fmt.Sprintf("%020d", w.ID), "Business": fmt.Sprintf("%020d", w.BusinessID), "BusinessId": fmt.Sprintf("%020d", w.BusinessID),
		"Name": w.Name, "Description": text(w.Description), "URL": w.URL, "Action": fmt.Sprintf("%020d", w.Action),
		"Active": strconv.FormatBool(w.Active), "LastError": text(w.LastError), "ErrorCount": fmt.Sprintf("%020d", w.ErrorCount),
		"LastTrigger": moment(text(w.LastTrigger)), "CreatedOn": moment(w.CreatedOn), "UpdatedOn": moment(w.UpdatedOn),
	}
}

// moment makes date-times comparable as texts, with and without zone and
// seconds: the ranges take minutes, D, and records come with both, F.
func moment(text string) string {
	text = strings.TrimSuffix(text, "Z")
	if len(text) == len("2006-01-02T15:04") {
		text += ":00"
	}
	return text
}

// matches applies the documented filters and ranges.
func matches(w *Webhook, parameter func(string) string) bool {
	values := fields(*w)
	sortable := func(name, value string) string {
		switch name {
		case "Business", "Action", "ErrorCount":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				return fmt.Sprintf("%020d", n)
			}
		case "Active":
			return strings.ToLower(value)
		case "LastTrigger", "CreatedOn", "UpdatedOn":
			return moment(value)
		}
		return value
	}
	for _, name := range []string{"Business", "Name", "Action", "Description", "URL", "Active", "LastError", "ErrorCount", "LastTrigger"} {
		if value := parameter("WebHook_" + name); value != "" && sortable(name, value) != values[name] {
			return false
		}
	}
	for _, name := range []string{"ErrorCount", "LastTrigger", "CreatedOn", "UpdatedOn"} {
		if from := parameter("from_WebHook_" + name); from != "" && values[name] < sortable(name, from) {
			return false
		}
		if to := parameter("to_WebHook_" + name); to != "" && (values[name] == "" || values[name] > sortable(name, to)) {
			return false
		}
	}
	return true
}

// create, update and remove answer in the envelope: other webhook calls, D.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	webhook, ok := decode(w, r)
	if !ok {
		return
	}
	// The rest is the service's to say, whatever the body holds.
	webhook = Webhook{
		BusinessID: webhook.BusinessID, Name: webhook.Name, Description: webhook.Description, URL: webhook.URL,
		Action: webhook.Action, Active: webhook.Active, SystemID: webhook.SystemID,
	}
	s.edited(&webhook, r)
	webhook.CreatedOn = webhook.UpdatedOn
	webhook.ID = s.add(webhook)
	succeed(w, "created", s.webhooks[webhook.ID])
}

// update clears what is left out, D: it keeps only what the service keeps
// itself.
func (s *Server) update(w http.ResponseWriter, r *http.Request) {
	webhook, ok := decode(w, r)
	if !ok {
		return
	}
	old := s.webhooks[webhook.ID]
	if old == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	webhook.CreatedOn, webhook.UniqueID = old.CreatedOn, old.UniqueID
	webhook.LastError, webhook.ErrorCount, webhook.LastTrigger = old.LastError, old.ErrorCount, old.LastTrigger
	webhook.IsNew, webhook.ToStringText = false, ""
	s.edited(&webhook, r)
	s.add(webhook)
	succeed(w, "updated", s.webhooks[webhook.ID])
}

// edited notes who changes a record, and when. The caller holds the lock.
func (s *Server) edited(webhook *Webhook, r *http.Request) {
	webhook.UpdatedOn = time.Now().UTC().Format(time.RFC3339)
	webhook.UpdatedBy = s.user(r).Username
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request) {
	webhook := s.lookUp(r)
	if webhook == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	delete(s.webhooks, webhook.ID)
	s.edited(webhook, r)
	succeed(w, "deleted", webhook)
}

// decode reads a record with what it must have, or answers the validation error.
func decode(w http.ResponseWriter, r *http.Request) (Webhook, bool) {
	var webhook Webhook
	if err := json.NewDecoder(r.Body).Decode(&webhook); err != nil {
		reply(w, http.StatusBadRequest, map[string]any{"Message": "The body is not valid.", "Value": nil, "Errors": nil, "WasSuccessful": false})
		return webhook, false
	}
	var missing []map[string]any
	for _, field := range []struct {
		name string
		zero bool
	}{{"BusinessId", webhook.BusinessID == 0}, {"Name", webhook.Name == ""}, {"Action", webhook.Action == 0}, {"URL", webhook.URL == ""}} {
		if field.zero {
			missing = append(missing, map[string]any{"AttemptedValue": nil, "Message": "is a required field", "PropertyName": field.name})
		}
	}
	if len(missing) == 0 {
		return webhook, true
	}
	messages := make([]string, len(missing))
	for i, m := range missing {
		messages[i] = fmt.Sprintf("%s: %s", m["PropertyName"], m["Message"])
	}
	reply(w, http.StatusBadRequest, map[string]any{"Message": strings.Join(messages, "\n"), "Value": nil, "Errors": missing, "WasSuccessful": false})
	return webhook, false
}

func succeed(w http.ResponseWriter, verb string, webhook *Webhook) {
	reply(w, http.StatusOK, map[string]any{
		"Status": 200, "Message": fmt.Sprintf("WebHook was successfully %s.", verb), "Value": map[string]int64{"Id": webhook.ID},
		"OpenInDialog": false, "OpenInWindow": false, "RedirectURL": nil, "JavaScript": nil,
		"UpdatedOn": webhook.UpdatedOn, "UpdatedBy": webhook.UpdatedBy, "Errors": nil, "WasSuccessful": true,
	})
}
