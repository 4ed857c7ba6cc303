package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

func TestWebhookResourceModel_fromAPI(t *testing.T) {
	webhook := &nexudus.Webhook{
		ID: 1<<53 + 1, BusinessID: new(int64(5001)), Name: new("orders"), Description: new("text"), URL: new("https://example.com"),
		Action: new(nexudus.Action(6)), Active: new(false), UniqueID: new("u"), CreatedOn: new("2025-01-15T10:30:00"),
	}
	var got webhookResourceModel
	got.fromAPI(webhook, types.StringValue("BookingCreate"))
	want := webhookResourceModel{
		ID: newInteger(1<<53 + 1), BusinessID: newInteger(5001), Name: types.StringValue("orders"), Description: types.StringValue("text"),
		URL: types.StringValue("https://example.com"), Action: newInteger(6), ActionName: types.StringValue("BookingCreate"),
		Active: types.BoolValue(false), UniqueID: types.StringValue("u"), CreatedOn: types.StringValue("2025-01-15T10:30:00Z"),
	}
	if !equal(got, want) {
		t.Errorf("model = %+v\nwant    %+v", got, want)
	}
	if different := got.toAPI().Differs(webhook); len(different) > 0 {
		t.Errorf("what is sent differs in %v from what was read", different)
	}

	// What Nexudus leaves out is null, except what would replace the webhook or
	// look as if it had been switched off.
	got.fromAPI(&nexudus.Webhook{ID: 1}, types.StringNull())
	want = webhookResourceModel{
		ID:         newInteger(1),
		BusinessID: newInteger(5001),
		Action:     newIntegerPointer[int64](nil),
		Active:     types.BoolValue(false),
	}
	if !equal(got, want) {
		t.Errorf("model = %+v\nwant    %+v", got, want)
	}
}

// equal compares two models, but not the types of the whole numbers, which allow
// different values.
func equal(a, b webhookResourceModel) bool {
	numbers := a.ID.Equal(b.ID) && a.BusinessID.Equal(b.BusinessID) && a.Action.Equal(b.Action)
	a.ID, a.BusinessID, a.Action = b.ID, b.BusinessID, b.Action
	texts := a.Name == b.Name && a.Description == b.Description && a.URL == b.URL && a.ActionName == b.ActionName &&
		a.UniqueID == b.UniqueID
	return numbers && texts && a.CreatedOn == b.CreatedOn && a.Active == b.Active
}

// An empty description and none are the same, so the one that the model has stays.
func TestWebhookResourceModel_description(t *testing.T) {
	null, empty, text, unknown := types.StringNull(), types.StringValue(""), types.StringValue("text"), types.StringUnknown()
	tests := []struct {
		name         string
		before, want types.String
		held         *string
	}{
		{name: "null, null", before: null, held: nil, want: null},
		{name: "null, empty", before: null, held: new(""), want: null},
		{name: "null, text", before: null, held: new("text"), want: text},
		{name: "empty, null", before: empty, held: nil, want: empty},
		{name: "empty, empty", before: empty, held: new(""), want: empty},
		{name: "empty, text", before: empty, held: new("text"), want: text},
		{name: "text, null", before: types.StringValue("before"), held: nil, want: null},
		{name: "text, empty", before: types.StringValue("before"), held: new(""), want: empty},
		{name: "text, text", before: types.StringValue("before"), held: new("text"), want: text},
		{name: "unknown, null", before: unknown, held: nil, want: null},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := webhookResourceModel{Description: test.before}
			m.fromAPI(&nexudus.Webhook{Description: test.held}, types.StringNull())
			if m.Description != test.want {
				t.Errorf("description = %s, want %s", m.Description, test.want)
			}
		})
	}
}

func TestWebhookResourceModel_attributes(t *testing.T) {
	m := webhookResourceModel{Action: newInteger(6), ActionName: types.StringValue("BookingCreate")}
	want := map[string]string{
		"businessid": "business_id", "name": "name", "description": "description", "url": "url", "action": "action_name", "active": "active",
	}
	if got := m.attributes(); !maps.Equal(got, want) {
		t.Errorf("attributes = %v\nwant         %v", got, want)
	}
	m.ActionName = types.StringNull()
	if got := m.attributes()["action"]; got != "action" {
		t.Errorf("action = %s, want the code", got)
	}
}

func TestIsAbsoluteURL(t *testing.T) {
	good := []string{
		"https://example.com", "http://example.com", "HTTPS://EXAMPLE.COM:8443/a?b#c", "https://user:p@ss@example.com/", "https://[::1]:80/",
		"https://xn--zo-jka.example/", "https://zoë.example/ü?%zz=${a}&{b}", "https://example.com?a=//b", "http://localhost",
	}
	bad := []string{
		"", "example.com", "/hook", "//example.com", "https:", "https:/example.com", "https://", "https:///hook", "https://?a", "https://#a",
		"https://:80", "https://user@", "https://user@:80/", "ftp://example.com", "javascript://example.com", " https://example.com",
		"https://example.com/a b", "https://example.com\n", "https://example.com/\x00", "https://example.com/\u00a0", "https://example.com/\x7f",
	}
	for _, text := range slices.Concat(good, bad) {
		if got, want := isAbsoluteURL(text), slices.Contains(good, text); got != want {
			t.Errorf("isAbsoluteURL(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestHideAddress(t *testing.T) {
	const address = "https://example.com/hooks/K3y/?token=0123456789ab&v=2"
	tests := []struct{ name, text, want string }{
		{name: "nothing", text: "is not right: and/or, 24/7, hooks", want: "is not right: and/or, 24/7, hooks"},
		{name: "only the host", text: "example.com cannot be reached", want: "example.com cannot be reached"},
		{name: "without its scheme", text: "(example.com/hooks/K3y/?v=2) is taken", want: "… is taken"},
		{name: "without its host", text: "is taken: '/hooks/K3y'.", want: "is taken: …"},
		{name: "query", text: "token=0123456789ab&v=2 is bad", want: "… is bad"},
		{name: "a long part", text: "bad 0123456789ab", want: "bad …"},
		{name: "encoded", text: "example.com%2Fhooks%2FK3y &#x2f;hooks&#x2f;K3y %2526 token%253D0123456789ab", want: "… … %2526 …"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := hideAddress(test.text, address); got != test.want {
				t.Errorf("hideAddress = %q, want %q", got, test.want)
			}
		})
	}
	for _, address := range []string{"", "https://example.com", "https://example.com/"} {
		if got := hideAddress("is bad / or not", address); got != "is bad / or not" {
			t.Errorf("hideAddress of %q = %q, want the text", address, got)
		}
	}
}

func TestSwitchedOff_detail(t *testing.T) {
	tests := []struct {
		name string
		off  switchedOff
		want string
	}{
		{name: "by Nexudus", off: switchedOff{LastError: "(410) Gone", ErrorCount: 11},
			want: "It has 11 failed deliveries, so Nexudus probably switched it off itself. The last error: (410) Gone"},
		{
			name: "by Nexudus, after ten",
			off:  switchedOff{ErrorCount: 10},
			want: "It has 10 failed deliveries, so Nexudus probably switched it off itself.",
		},
		{name: "by somebody", off: switchedOff{LastError: "(500) Oops", ErrorCount: 9},
			want: "It has 9 failed deliveries, so a person probably switched it off. The last error: (500) Oops"},
		{name: "after one failure", off: switchedOff{ErrorCount: 1}, want: "It has 1 failed delivery, so a person probably switched it off."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, advice, _ := strings.Cut(test.off.detail(), "\n\n")
			if got != test.want || !strings.HasPrefix(advice, "This change switches it on again.") {
				t.Errorf("detail = %s\n\n%s\nwant %s", got, advice, test.want)
			}
		})
	}
}
