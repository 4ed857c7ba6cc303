package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// record is what a test reads of a webhook, apart from the simulator's own type.
type record struct {
	ID          int64   `json:"Id"`
	BusinessID  int64   `json:"BusinessId"`
	Name        string  `json:"Name"`
	Description *string `json:"Description"`
	URL         string  `json:"URL"`
	Action      int64   `json:"Action"`
	Active      bool    `json:"Active"`
	LastError   *string `json:"LastError"`
	ErrorCount  int64   `json:"ErrorCount"`
	CreatedOn   string  `json:"CreatedOn"`
	UpdatedOn   string  `json:"UpdatedOn"`
	UpdatedBy   string  `json:"UpdatedBy"`
	UniqueID    string  `json:"UniqueId"`
	SystemID    *string `json:"SystemId"`
	Text        string  `json:"ToStringText"`
}

type listing struct {
	Records         []record
	CurrentPage     int
	CurrentPageSize int
	FirstItem       int
	LastItem        int
	TotalItems      int
	TotalPages      int
	HasNextPage     bool
	HasPreviousPage bool
}

func ids(records []record) []int64 {
	found := []int64{}
	for _, r := range records {
		found = append(found, r.ID)
	}
	return found
}

// The WebHook record, D: all fields, under their names, without an envelope.
func TestWebhook_get(t *testing.T) {
	_, c := newAccount(t)
	got := decode[map[string]any](t, c.want(200, "GET", "/api/sys/webhooks/101", ""))
	want := []string{
		"Id", "BusinessId", "Name", "Description", "URL", "Action", "Active", "LastError", "ErrorCount", "LastTrigger", "CreatedOn",
		"UpdatedOn", "UpdatedBy", "UniqueId", "IsNew", "SystemId", "ToStringText", "LocalizationDetails", "CustomFields",
	}
	for _, name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	if len(got) != len(want) || got["Name"] != "Door access" || got["Description"] == nil || got["CustomFields"] != nil {
		t.Errorf("record = %v", got)
	}
	for _, id := range []string{"1", "x", "0", "99999999999999999999"} {
		if w := c.want(http.StatusNotFound, "GET", "/api/sys/webhooks/"+id, ""); w.Body.Len() != 0 {
			t.Errorf("a miss holds %q", w.Body)
		}
	}
}

// Other webhook calls, D: filters, ranges and order; F: what the endpoint does
// not know is ignored.
func TestWebhook_search(t *testing.T) {
	server, c := newAccount(t)
	server.AddWebhook(simulator.Webhook{ID: 109, BusinessID: 5003, Name: "Minute", LastTrigger: new("2026-11-20T16:41:00")})
	for _, test := range []struct {
		query string
		want  []int64
	}{
		{"", []int64{101, 102, 103, 104, 105, 106, 107, 108, 109}},
		{"Name=Accounting&WebHook_Nothing=1", []int64{101, 102, 103, 104, 105, 106, 107, 108, 109}},
		{"WebHook_Business=5002", []int64{105, 106, 107, 108}},
		{"WebHook_Name=Empfang+M%C3%BCnchen", []int64{104}},
		{"WebHook_Action=21", []int64{102}},
		{"WebHook_Active=False", []int64{103, 106, 107, 109}},
		{"WebHook_Active=false&WebHook_Business=5001", []int64{103}},
		{"WebHook_ErrorCount=11", []int64{103}},
		{"WebHook_URL=https://crm.example.net/hooks/nexudus", []int64{103}},
		{"from_WebHook_ErrorCount=3&to_WebHook_ErrorCount=10", []int64{105, 107}},
		{"from_WebHook_LastTrigger=2026-11-20T16:41", []int64{101, 105, 109}},
		{"from_WebHook_LastTrigger=2026-11-20T16:41&to_WebHook_LastTrigger=2026-11-20T16:41", []int64{109}},
		// What was never triggered was not triggered before a time either.
		{"to_WebHook_LastTrigger=2025-12-31T00:00", []int64{103, 107}},
		{"WebHook_Business=5002&orderBy=Name", []int64{105, 108, 107, 106}},
		{"WebHook_Business=5002&orderBy=Name&dir=-1", []int64{106, 107, 108, 105}},
		{"from_WebHook_ErrorCount=1&orderBy=ErrorCount&dir=1", []int64{105, 107, 103}},
		{"WebHook_Name=nothing", []int64{}},
	} {
		t.Run(test.query, func(t *testing.T) {
			got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks?"+test.query, ""))
			if !slices.Equal(ids(got.Records), test.want) || got.Records == nil || got.TotalItems != len(test.want) {
				t.Errorf("Ids = %v of %d, want %v", ids(got.Records), got.TotalItems, test.want)
			}
			for _, r := range got.Records {
				if r.Description != nil {
					t.Errorf("webhook %d is listed with its description", r.ID) // summaries, D
				}
			}
		})
	}
	if got := decode[record](t, c.want(200, "GET", "/api/sys/webhooks/101", "")); got.Description == nil {
		t.Error("a search has erased the description")
	}
}

// Other webhook calls, D: the pages of a search.
func TestWebhook_pages(t *testing.T) {
	server, c := newAccount(t)
	page := func(query string) listing {
		t.Helper()
		got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks?"+query, ""))
		return got
	}
	if got := page(""); got.CurrentPage != 1 || got.CurrentPageSize != 25 || got.TotalPages != 1 || got.HasNextPage || got.HasPreviousPage {
		t.Errorf("default page = %+v", got)
	}
	if got := page("size=5000"); got.CurrentPageSize != 1000 {
		t.Errorf("largest size = %d, want 1000", got.CurrentPageSize)
	}
	server.MaxPageSize = 3
	got := page("size=1000&page=2")
	if !slices.Equal(ids(got.Records), []int64{104, 105, 106}) || got.CurrentPageSize != 3 || got.FirstItem != 4 || got.LastItem != 6 ||
		got.TotalItems != 8 || got.TotalPages != 3 || !got.HasNextPage || !got.HasPreviousPage {
		t.Errorf("second page = %+v", got)
	}
	if got := page("page=3"); !slices.Equal(ids(got.Records), []int64{107, 108}) || got.HasNextPage {
		t.Errorf("last page = %+v", got)
	}
	for _, beyond := range []string{"page=4", "page=9223372036854775807"} {
		if got := page(beyond); len(got.Records) != 0 || got.HasNextPage {
			t.Errorf("%s = %+v", beyond, got)
		}
	}
}

// Other webhook calls, D: several by Id, a bare array of summaries.
func TestWebhook_several(t *testing.T) {
	_, c := newAccount(t)
	for _, path := range []string{"/api/sys/webhooks/", "/api/sys/webhooks"} {
		got := decode[[]record](t, c.want(200, "GET", path+"?id=[106,7,101]", ""))
		if !slices.Equal(ids(got), []int64{106, 101}) || got[0].Description != nil {
			t.Errorf("%s: %+v", path, got)
		}
	}
	c.want(400, "GET", "/api/sys/webhooks?id=[106,", "")
	if got := c.want(200, "GET", "/api/sys/webhooks/?id=[7]", "").Body.String(); got != "[]\n" {
		t.Errorf("none = %q, want an empty array", got)
	}
}

// Other webhook calls, D: the envelope of the three, and what they do.
func TestWebhook_write(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		c.t = t
		server.AddUser(simulator.User{Username: "editor@example.com", Password: "p"})
		editor := newClient(t, server, basic("editor@example.com", "p"))
		get := func(id string) record {
			t.Helper()
			return decode[record](t, c.want(200, "GET", "/api/sys/webhooks/"+id, ""))
		}

		w := editor.want(200, "POST", "/api/sys/webhooks", `{"Id":5,"BusinessId":5001,"Name":"New","Action":6,"URL":"https://example.com","Active":true,"Description":"d","SystemId":"s","ErrorCount":4,"UpdatedBy":"x"}`)
		const want = `{"Errors":null,"JavaScript":null,"Message":"WebHook was successfully created.","OpenInDialog":false,"OpenInWindow":false,"RedirectURL":null,"Status":200,"UpdatedBy":"editor@example.com","UpdatedOn":"2000-01-01T00:00:00Z","Value":{"Id":109},"WasSuccessful":true}`
		if got := strings.TrimSpace(w.Body.String()); got != want {
			t.Errorf("created:\n%s, want\n%s", got, want)
		}
		created := get("109")
		if created.Name != "New" || *created.Description != "d" || *created.SystemID != "s" || !created.Active || created.ErrorCount != 0 ||
			created.Text != "New" || created.UpdatedBy != "editor@example.com" || created.CreatedOn != "2000-01-01T00:00:00Z" {
			t.Errorf("created = %+v", created)
		}

		// Every field left out is cleared.
		time.Sleep(time.Hour)
		w = c.want(200, "PUT", "/api/sys/webhooks", `{"Id":109,"BusinessId":5001,"Name":"Newer","Action":7,"URL":"https://example.com","ToStringText":"New","UpdatedBy":"editor@example.com"}`)
		if !strings.Contains(w.Body.String(), `"WebHook was successfully updated."`) {
			t.Errorf("updated: %s", w.Body)
		}
		updated := get("109")
		if updated.Description != nil || updated.SystemID != nil || updated.Active {
			t.Errorf("an update keeps what is left out: %+v", updated)
		}
		if updated.Name != "Newer" || updated.Text != "Newer" || updated.UpdatedBy != "demo@example.com" || updated.UpdatedOn != "2000-01-01T01:00:00Z" ||
			updated.CreatedOn != created.CreatedOn || updated.UniqueID != created.UniqueID {
			t.Errorf("updated = %+v", updated)
		}

		// What deliveries have left behind is the service's.
		c.want(200, "PUT", "/api/sys/webhooks", `{"Id":103,"BusinessId":5001,"Name":"CRM sync","Action":3,"URL":"https://example.com","Active":true}`)
		if got := get("103"); got.ErrorCount != 11 || got.LastError == nil || !got.Active {
			t.Errorf("after the update of a dead one: %+v", got)
		}

		w = editor.want(200, "DELETE", "/api/sys/webhooks/109", "")
		if !strings.Contains(w.Body.String(), `"WebHook was successfully deleted."`) || !strings.Contains(w.Body.String(), `"UpdatedBy":"editor@example.com"`) {
			t.Errorf("deleted: %s", w.Body)
		}
		c.want(404, "GET", "/api/sys/webhooks/109", "")
		c.want(404, "DELETE", "/api/sys/webhooks/109", "")
		c.want(404, "PUT", "/api/sys/webhooks", `{"Id":109,"BusinessId":5001,"Name":"n","Action":7,"URL":"https://example.com"}`)

		// An Id serves once.
		w = c.want(200, "POST", "/api/sys/webhooks", `{"BusinessId":5001,"Name":"n","Action":7,"URL":"https://example.com"}`)
		if !strings.Contains(w.Body.String(), `"Value":{"Id":110}`) {
			t.Errorf("created after a deletion: %s", w.Body)
		}
	})
}

// Other webhook calls, D: the validation error.
func TestWebhook_validation(t *testing.T) {
	_, c := newAccount(t)
	const want = `{"Errors":[{"AttemptedValue":null,"Message":"is a required field","PropertyName":"Name"}],"Message":"Name: is a required field","Value":null,"WasSuccessful":false}`
	for _, method := range []string{"POST", "PUT"} {
		w := c.want(400, method, "/api/sys/webhooks", `{"Id":101,"BusinessId":5001,"Action":6,"URL":"https://example.com"}`)
		if got := strings.TrimSpace(w.Body.String()); got != want {
			t.Errorf("%s:\n%s, want\n%s", method, got, want)
		}
	}
	type answer struct {
		Errors []struct{ PropertyName string }
	}
	got := decode[answer](t, c.want(400, "POST", "/api/sys/webhooks", `{}`))
	if len(got.Errors) != 4 {
		t.Errorf("errors of an empty record = %+v, want 4", got.Errors)
	}
	c.want(400, "POST", "/api/sys/webhooks", `nonsense`)
	if got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks", "")); got.TotalItems != 8 {
		t.Errorf("refused writes have left %d webhooks, want 8", got.TotalItems)
	}
}

// Nothing is random: two accounts are alike.
func TestServer_predictable(t *testing.T) {
	_, a := newAccount(t)
	_, b := newAccount(t)
	if a.header.Get("Authorization") != b.header.Get("Authorization") {
		t.Error("tokens differ")
	}
	x, y := a.want(200, "GET", "/api/sys/webhooks", ""), b.want(200, "GET", "/api/sys/webhooks", "")
	if x.Body.String() != y.Body.String() {
		t.Error("listings differ")
	}
}

// Failed deliveries, D and F: what the demo has to show.
func TestDemo(t *testing.T) {
	_, c := newAccount(t)
	got := decode[listing](t, c.want(200, "GET", "/api/sys/webhooks", ""))
	var dead, paused, failing []int64
	for _, r := range got.Records {
		switch {
		case !r.Active && r.ErrorCount >= 10 && r.LastError != nil:
			dead = append(dead, r.ID)
		case !r.Active:
			paused = append(paused, r.ID)
		case r.ErrorCount > 0:
			failing = append(failing, r.ID)
		}
	}
	if !slices.Equal(dead, []int64{103, 107}) || !slices.Equal(paused, []int64{106}) || !slices.Equal(failing, []int64{105}) {
		t.Errorf("dead %v, paused %v, failing %v", dead, paused, failing)
	}
	crm := decode[simulator.Webhook](t, c.want(200, "GET", "/api/sys/webhooks/103", ""))
	if crm.Name != "CRM sync" || crm.Action != 3 || crm.ErrorCount != 11 || *crm.LastTrigger != "2023-02-14T09:12:44Z" ||
		*crm.LastError != "The remote server returned an error: (410) Gone." {
		t.Errorf("webhook 103 = %+v", crm)
	}
}
