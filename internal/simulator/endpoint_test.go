package simulator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// record holds what tests read of a webhook. It is separate from the simulator's own
// type, so that a wrong name shows.
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

// Documented: the envelope of the three writes, and what they do.
func TestEndpoint_write(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		c.t = t
		server.AddUser(simulator.User{Username: "editor@example.com", Password: "p"})
		editor := newClient(t, server, basic("editor@example.com", "p"))
		get := func(id string) record {
			t.Helper()
			return decode[record](t, c.want(200, "GET", "/api/sys/webhooks/"+id, ""))
		}

		w := editor.want(200, "POST", "/api/sys/webhooks", `{"Id":5,"BusinessId":5001,"Name":"New","Action":6,"URL":"https://example.com",
			"Active":true,"Description":"d","SystemId":"s","ErrorCount":4,"UpdatedBy":"x"}`)
		const want = `{"Status":200,"Message":"WebHook was successfully created.","Value":{"Id":109},"OpenInDialog":false,` +
			`"OpenInWindow":false,"RedirectURL":null,"JavaScript":null,"UpdatedOn":` +
			`"2000-01-01T00:00:00Z","UpdatedBy":"editor@example.com","Errors":null,"WasSuccessful":true}`
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
		w = c.want(200, "PUT", "/api/sys/webhooks", `{"Id":109,"BusinessId":5001,"Name":"Newer","Action":7,"URL":"https://example.com",
			"ToStringText":"New","UpdatedBy":"editor@example.com"}`)
		if !strings.Contains(w.Body.String(), `"WebHook was successfully updated."`) {
			t.Errorf("updated: %s", w.Body)
		}
		updated := get("109")
		if updated.Description != nil || updated.SystemID != nil || updated.Active {
			t.Errorf("an update keeps what is left out: %+v", updated)
		}
		if updated.Name != "Newer" || updated.Text != "Newer" || updated.UpdatedBy != "demo@example.com" ||
			updated.UpdatedOn != "2000-01-01T01:00:00Z" ||
			updated.CreatedOn != created.CreatedOn || updated.UniqueID != created.UniqueID {
			t.Errorf("updated = %+v", updated)
		}

		// An update does not change what deliveries have set.
		c.want(200, "PUT", "/api/sys/webhooks", `{"Id":103,"BusinessId":5001,"Name":"CRM sync","Action":3,"URL":"https://example.com",
			"Active":true}`)
		if got := get("103"); got.ErrorCount != 11 || got.LastError == nil || !got.Active {
			t.Errorf("after the update of a dead one: %+v", got)
		}

		w = editor.want(200, "DELETE", "/api/sys/webhooks/109", "")
		if !strings.Contains(w.Body.String(), `"WebHook was successfully deleted."`) ||
			!strings.Contains(w.Body.String(), `"UpdatedBy":"editor@example.com"`) {
			t.Errorf("deleted: %s", w.Body)
		}
		c.want(404, "GET", "/api/sys/webhooks/109", "")
		c.want(404, "DELETE", "/api/sys/webhooks/109", "")
		c.want(404, "PUT", "/api/sys/webhooks", `{"Id":109,"BusinessId":5001,"Name":"n","Action":7,"URL":"https://example.com"}`)

		// An Id is not used again.
		w = c.want(200, "POST", "/api/sys/webhooks", `{"BusinessId":5001,"Name":"n","Action":7,"URL":"https://example.com"}`)
		if !strings.Contains(w.Body.String(), `"Value":{"Id":110}`) {
			t.Errorf("created after a deletion: %s", w.Body)
		}
	})
}

// Documented: the validation error.
func TestEndpoint_validation(t *testing.T) {
	server, c := newAccount(t)
	const want = `{"Status":500,"Message":"Name: is a required field","Value":null,` +
		`"Errors":[{"AttemptedValue":null,"Message":"is a required field","PropertyName":"Name"}],"WasSuccessful":false}`
	for _, method := range []string{"POST", "PUT"} {
		w := c.want(400, method, "/api/sys/webhooks", `{"Id":101,"BusinessId":5001,"Action":6,"URL":"https://example.com"}`)
		if got := strings.TrimSpace(w.Body.String()); got != want {
			t.Errorf("%s:\n%s, want\n%s", method, got, want)
		}
	}
	for _, test := range []struct {
		name, method, body string
		want               []string
	}{
		{name: "empty create", method: "POST", body: `{}`, want: []string{"Business", "Name", "Action", "URL"}},
		{name: "empty update", method: "PUT", body: `{}`, want: []string{"Id", "Business", "Name", "URL"}},
		{name: "nulls", method: "POST", body: `{"BusinessId":0,"Name":null,"Action":6,"URL":""}`, want: []string{"Business", "Name", "URL"}},
		{
			name: "unknown location", method: "POST", want: []string{"Business"},
			body: `{"BusinessId":9999,"Name":"n","Action":6,"URL":"https://example.com"}`,
		},
		{
			name: "move to an unknown location", method: "PUT", want: []string{"Business"},
			body: `{"Id":101,"BusinessId":9999,"Name":"n","Action":6,"URL":"https://example.com"}`,
		},
		{name: "nonsense", method: "POST", body: `nonsense`},
		{name: "no object", method: "POST", body: `null`},
		{name: "wrong type", method: "PUT", body: `{"Id":101,"BusinessId":5001,"Name":5,"Action":7,"URL":"https://example.com"}`},
		{name: "Id as text", method: "PUT", body: `{"Id":"101","BusinessId":5001,"Name":"n","Action":7,"URL":"https://example.com"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := decode[struct {
				Message string
				Errors  []struct{ PropertyName string }
			}](t, c.want(400, test.method, "/api/sys/webhooks", test.body))
			var names []string
			for _, e := range got.Errors {
				names = append(names, e.PropertyName)
			}
			if !slices.Equal(names, test.want) || got.Message == "" {
				t.Errorf("errors about %v, want %v; message %q", names, test.want, got.Message)
			}
		})
	}
	if got, _ := server.Webhook(101); len(server.Webhooks()) != 8 || got.Name != "Door access" {
		t.Errorf("after refused writes there are %d webhooks, the first is %+v", len(server.Webhooks()), got)
	}
}

// A location that the user may not see is as unknown as one that does not exist.
func TestEndpoint_location(t *testing.T) {
	server, _ := newAccount(t)
	server.AddUser(simulator.User{Username: "u", Password: "p", Businesses: []int64{5002}})
	c := newClient(t, server, basic("u", "p"))
	const body, want = `{"BusinessId":%d,"Name":"n","Action":6,"URL":"https://example.com"}`,
		`"Errors":[{"AttemptedValue":5001,"Message":"was not found","PropertyName":"Business"}]`
	if got := c.want(400, "POST", "/api/sys/webhooks", fmt.Sprintf(body, 5001)).Body.String(); !strings.Contains(got, want) {
		t.Errorf("body = %s, want %s in it", got, want)
	}
	c.want(200, "POST", "/api/sys/webhooks", fmt.Sprintf(body, 5002))
}

// Seen in public client code: booleans as texts.
func TestEndpoint_booleanTexts(t *testing.T) {
	server, c := newAccount(t)
	const body = `{"Id":101,"BusinessId":5001,"Name":"true","Action":6,"URL":"https://example.com","Active":%s}`
	for _, test := range []struct {
		sent   string
		status int
		want   bool
	}{
		{sent: `"true"`, status: 200, want: true},
		{sent: `"false"`, status: 200, want: false},
		{sent: `true`, status: 200, want: true},
		{sent: `"yes"`, status: 400, want: true},
	} {
		c.want(test.status, "PUT", "/api/sys/webhooks", fmt.Sprintf(body, test.sent))
		if got, _ := server.Webhook(101); got.Active != test.want || got.Name != "true" {
			t.Errorf("Active = %s: %+v", test.sent, got)
		}
	}
}

func TestEndpoint_trimNames(t *testing.T) {
	for _, trim := range []bool{false, true} {
		server, c := newAccount(t)
		server.TrimNames = trim
		names := []string{" new ", "old\t"}
		if trim {
			names = []string{"new", "old"}
		}
		c.want(200, "POST", "/api/sys/webhooks", `{"BusinessId":5001,"Name":" new ","Action":6,"URL":" u "}`)
		c.want(200, "PUT", "/api/sys/webhooks", `{"Id":101,"BusinessId":5001,"Name":"old\t","Action":6,"URL":"u"}`)
		created, _ := server.Webhook(109)
		updated, _ := server.Webhook(101)
		if got := []string{created.Name, updated.Name}; !slices.Equal(got, names) || created.URL != " u " {
			t.Errorf("trimmed %t: names = %q, want %q; URL = %q", trim, got, names, created.URL)
		}
	}
}

// unknown are fields that no documentation names.
var unknown = map[string]json.RawMessage{
	"Secret":  json.RawMessage(`{"Nested":[1,{"Deep":9007199254740993,"Text":"a & b < c"}],"Big":123456789012345678901234567890}`),
	"Exact":   json.RawMessage(`1.10`),
	"On":      json.RawMessage(`true`),
	"Off":     json.RawMessage(`false`),
	"ümlaut":  json.RawMessage(`"\u00fc"`),
	"Spaced":  json.RawMessage(`{ "a" : 1 }`),
	"Nothing": json.RawMessage(`null`),
}

func TestEndpoint_firstID(t *testing.T) {
	server, c := newAccount(t)
	const first = 1<<53 + 1
	server.FirstID = first
	for _, id := range []string{"9007199254740993", "9007199254740994"} {
		w := c.want(200, "POST", "/api/sys/webhooks", `{"BusinessId":5001,"Name":"n","Action":7,"URL":"https://example.com"}`)
		if !strings.Contains(w.Body.String(), `"Value":{"Id":`+id+`}`) {
			t.Errorf("created: %s, want Id %s", w.Body, id)
		}
		c.want(200, "GET", "/api/sys/webhooks/"+id, "")
	}
}
