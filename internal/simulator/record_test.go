package simulator_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// A client that sends the whole record back changes nothing, byte for byte, except what
// the service writes itself.
func TestRecord_unknownFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, c := newAccount(t)
		c.t = t
		id := server.AddWebhook(simulator.Webhook{
			BusinessID: 5001, Name: "n", Action: 6, URL: "https://example.com?a=1&b=2", Active: true, SystemID: new("s"),
			CustomFields: json.RawMessage(`{"Data":[9007199254740993]}`), Extra: unknown, LastError: new("e"), ErrorCount: 3,
		})
		target := fmt.Sprint("/api/sys/webhooks/", id)
		before := c.want(200, "GET", target, "").Body.String()
		for _, part := range []string{
			`"Secret":` + string(unknown["Secret"]), `"Exact":1.10`, `"ümlaut":"\u00fc"`, `"Spaced":{ "a" : 1 }`,
			`"CustomFields":{"Data":[9007199254740993]}`, `"URL":"https://example.com?a=1&b=2"`,
		} {
			if !strings.Contains(before, part) {
				t.Errorf("record = %s, want %s in it", before, part)
			}
		}

		if list := c.want(200, "GET", "/api/sys/webhooks", "").Body.String(); !strings.Contains(list, `"URL":"https://example.com?a=1&b=2"`) {
			t.Errorf("the listing changes the URL: %s", list)
		}
		c.want(200, "PUT", "/api/sys/webhooks", before)
		want := strings.Replace(before, `"UpdatedOn":"2024-05-02T08:00:00Z"`, `"UpdatedOn":"2000-01-01T00:00:00Z"`, 1)
		if after := c.want(200, "GET", target, "").Body.String(); after != want {
			t.Errorf("after it was sent back:\n%s, want\n%s", after, want)
		}
		if got, _ := server.Webhook(id); !maps.EqualFunc(got.Extra, unknown, slices.Equal) {
			t.Errorf("Extra = %s, want %s", got.Extra, unknown)
		}

		c.want(200, "PUT", "/api/sys/webhooks", fmt.Sprintf(`{"Id":%d,"BusinessId":5001,"Name":"n","URL":"https://example.com"}`, id))
		got, _ := server.Webhook(id)
		for name, raw := range got.Extra {
			cleared := "null"
			if name == "On" || name == "Off" {
				cleared = "false"
			}
			if string(raw) != cleared {
				t.Errorf("%s = %s after an update without it, want %s", name, raw, cleared)
			}
		}
		if len(got.Extra) != len(unknown) || got.Active || got.SystemID != nil || got.ErrorCount != 3 || *got.LastError != "e" {
			t.Errorf("after an update of the required fields: %+v", got)
		}
	})
}

// Only the service writes these, whatever a body says.
func TestRecord_readOnly(t *testing.T) {
	server, c := newAccount(t)
	before, _ := server.Webhook(103)
	c.want(200, "PUT", "/api/sys/webhooks", `{"Id":103,"BusinessId":5001,"Name":"CRM sync","Action":3,
		"URL":"https://crm.example.net/hooks/nexudus","ErrorCount":0,"LastError":null,"LastTrigger":null,
		"CreatedOn":"x","UniqueId":"x","UpdatedOn":"x","UpdatedBy":"x","IsNew":true,"ToStringText":"x"}`)
	after, _ := server.Webhook(103)
	if after.UpdatedOn == "x" || after.UpdatedOn == before.UpdatedOn {
		t.Errorf("UpdatedOn = %q", after.UpdatedOn)
	}
	after.UpdatedOn = before.UpdatedOn
	if !reflect.DeepEqual(after, before) {
		t.Errorf("after an update:\n%+v, want\n%+v", after, before)
	}
}
