package provider

import (
	"reflect"
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
	got.fromAPI(webhook)
	want := webhookResourceModel{
		ID: newID(1<<53 + 1), BusinessID: newID(5001), Name: types.StringValue("orders"), Description: types.StringValue("text"),
		URL: types.StringValue("https://example.com"), Action: types.Int64Value(6), ActionName: types.StringValue("BookingCreate"),
		Active: types.BoolValue(false), UniqueID: types.StringValue("u"), CreatedOn: types.StringValue("2025-01-15T10:30:00Z"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("model = %+v\nwant    %+v", got, want)
	}
	if different := got.toAPI(types.StringNull()).Differs(webhook); len(different) > 0 {
		t.Errorf("what is sent differs in %v from what was read", different)
	}

	// What Nexudus leaves out is null, except what would look as if it had been switched off.
	got.fromAPI(&nexudus.Webhook{ID: 1})
	want = webhookResourceModel{ID: newID(1), Active: types.BoolValue(false)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("model = %+v\nwant    %+v", got, want)
	}
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
			m.fromAPI(&nexudus.Webhook{Description: test.held})
			if m.Description != test.want {
				t.Errorf("description = %s, want %s", m.Description, test.want)
			}
		})
	}
}
