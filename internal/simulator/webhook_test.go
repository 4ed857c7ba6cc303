package simulator_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"testing/synctest"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// All documented fields, under their names, without an envelope.
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
		if w := c.want(404, "GET", "/api/sys/webhooks/"+id, ""); w.Body.String() != `"Not found"`+"\n" {
			t.Errorf("a miss holds %q", w.Body)
		}
	}
}

// What a test sees of the account and does to it by hand.
func TestWebhook_byHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &simulator.Server{}
		second := server.AddWebhook(simulator.Webhook{ID: 9, Name: "b", Extra: map[string]json.RawMessage{"X": json.RawMessage("1")}})
		server.AddWebhook(simulator.Webhook{ID: 3, Name: "a"})
		if all := server.Webhooks(); len(all) != 2 || all[0].Name != "a" || all[0].Extra != nil ||
			all[1].Name != "b" || string(all[1].Extra["X"]) != "1" {
			t.Errorf("webhooks = %+v", all)
		}
		before, ok := server.Webhook(second)
		if !ok || before.Name != "b" || before.UpdatedOn != "2024-05-02T08:00:00Z" {
			t.Errorf("webhook = %+v, %t", before, ok)
		}

		edited := server.EditWebhook(second, func(w *simulator.Webhook) { w.ID, w.Active = 5, true })
		before.Active, before.UpdatedOn = true, "2000-01-01T00:00:00Z"
		if got, _ := server.Webhook(second); !edited || !reflect.DeepEqual(got, before) {
			t.Errorf("edited = %+v, want %+v", got, before)
		}
		server.EditWebhook(second, func(w *simulator.Webhook) { w.UpdatedOn = "2024-05-02T08:00:00Z" })
		if got, _ := server.Webhook(second); got.UpdatedOn != "2024-05-02T08:00:00Z" {
			t.Errorf("UpdatedOn = %s after an edit that sets it", got.UpdatedOn)
		}

		if !server.RemoveWebhook(second) || server.RemoveWebhook(second) {
			t.Error("a webhook can be removed twice, or not at all")
		}
		if _, ok := server.Webhook(second); ok || server.EditWebhook(second, func(*simulator.Webhook) {}) {
			t.Error("a removed webhook is still there")
		}
		if id := server.AddWebhook(simulator.Webhook{}); id != 10 {
			t.Errorf("Id = %d after a removal, want 10", id)
		}
	})
}
