package provider

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// tableOnly names actions without a client.
func tableOnly(action *nexudus.Action) types.String {
	if action != nil {
		if name, known := action.Name(); known {
			return types.StringValue(name)
		}
	}
	return types.StringNull()
}

func TestWebhookModel_fromAPI(t *testing.T) {
	var got webhookModel
	got.fromAPI(&nexudus.Webhook{
		ID: 1<<63 - 1, BusinessID: new(int64(5001)), Name: new("Zoë"), Description: new(""), URL: new("https://example.com/?k=1"),
		Action: new(nexudus.Action(6)), Active: new(false), LastError: new("(410) Gone"), ErrorCount: new(int64(11)),
		LastTrigger: new("2025-01-15T10:30:00"), CreatedOn: new("2024-01-15T10:30:00Z"), UpdatedOn: new("2025-01-15T10:30:00+01:00"),
		UpdatedBy: new("a@example.com"), UniqueID: new("e267"), IsNew: new(true), SystemID: new("s"), ToStringText: new("t"),
	}, tableOnly)
	want := webhookModel{Description: types.StringValue(""), webhookSummaryModel: webhookSummaryModel{
		ID: newInteger(1<<63 - 1), BusinessID: newInteger(5001), Name: types.StringValue("Zoë"),
		URL: types.StringValue("https://example.com/?k=1"), Action: newInteger(6), ActionName: types.StringValue("BookingCreate"),
		Active: types.BoolValue(false), LastError: types.StringValue("(410) Gone"), ErrorCount: newInteger(11),
		LastTrigger: types.StringValue("2025-01-15T10:30:00Z"), CreatedOn: types.StringValue("2024-01-15T10:30:00Z"),
		UpdatedOn: types.StringValue("2025-01-15T10:30:00+01:00"), UpdatedBy: types.StringValue("a@example.com"),
		UniqueID: types.StringValue(
			"e267",
		), IsNew: types.BoolValue(true), SystemID: types.StringValue("s"), ToStringText: types.StringValue("t"),
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("model = %+v,\nwant    %+v", got, want)
	}
}

func TestWebhookModel_nulls(t *testing.T) {
	var got webhookModel
	got.fromAPI(&nexudus.Webhook{ID: 1}, tableOnly)
	for _, part := range []any{got.webhookSummaryModel, struct{ Description types.String }{got.Description}} {
		fields := reflect.ValueOf(part)
		for i := range fields.NumField() {
			null, ok := fields.Field(i).Interface().(interface{ IsNull() bool })
			if name := fields.Type().Field(i).Name; name != "ID" && (!ok || !null.IsNull()) {
				t.Errorf("%s = %v, want null", name, fields.Field(i))
			}
		}
	}
}

func TestWebhookModel_unknownAction(t *testing.T) {
	for _, code := range []nexudus.Action{0, 91, 1 << 31} {
		var got webhookSummaryModel
		got.fromAPI(&nexudus.Webhook{ID: 42, Action: &code}, tableOnly)
		if *got.Action.Int64Pointer() != int64(code) || !got.ActionName.IsNull() {
			t.Errorf("action = %s, %s, want the number and null", got.Action, got.ActionName)
		}
		var diags diag.Diagnostics
		warnOfUnknownActions(&diags, got)
		want := fmt.Sprintf("Webhook 42 (action %d) has an action for which neither this version of the provider nor Nexudus has a name. ",
			code) +
			"\"action\" holds the code and \"action_name\" is null.\n\n" +
			"Check the code; a newer version of the provider may know it."
		if diags.WarningsCount() != 1 || diags.HasError() || diags[0].Summary() != "Unknown webhook action" || diags[0].Detail() != want {
			t.Errorf("diagnostics = %v, want one warning: %s", diags, want)
		}
	}
}

// One warning for a whole fleet, and none for a webhook without an action or
// with a known one.
func TestWebhookModel_unknownActions(t *testing.T) {
	models := make([]webhookSummaryModel, 15)
	for i := range models {
		models[i].fromAPI(&nexudus.Webhook{ID: int64(i), Action: new(nexudus.Action(100 + i))}, tableOnly)
	}
	models[0].fromAPI(&nexudus.Webhook{ID: 0}, tableOnly)
	models[1].fromAPI(&nexudus.Webhook{ID: 1, Action: new(nexudus.Action(90))}, tableOnly)
	var diags diag.Diagnostics
	models[2].ID = newInteger(9007199254740993)
	warnOfUnknownActions(&diags, models...)
	want := "Webhooks 9007199254740993 (action 102), 3 (action 103), 4 (action 104), 5 (action 105), 6 (action 106), " +
		"7 (action 107), 8 (action 108), 9 (action 109), 10 (action 110), 11 (action 111) and 3 more have actions for which"
	if len(diags) != 1 || !strings.HasPrefix(diags[0].Detail(), want) {
		t.Errorf("diagnostics = %v, want %s", diags, want)
	}
}

func TestDateTime(t *testing.T) {
	tests := []struct{ name, sent, want string }{
		{name: "documented", sent: "2025-01-15T10:30:00Z", want: "2025-01-15T10:30:00Z"},
		{name: "no zone", sent: "2025-01-15T10:30:00", want: "2025-01-15T10:30:00Z"},
		{name: "fraction", sent: "2025-01-15T10:30:00.1234567", want: "2025-01-15T10:30:00.1234567Z"},
		{name: "fraction and zone", sent: "2025-01-15T10:30:00.5Z", want: "2025-01-15T10:30:00.5Z"},
		{name: "offset", sent: "2025-01-15T10:30:00+01:00", want: "2025-01-15T10:30:00+01:00"},
		{name: "never", sent: "0001-01-01T00:00:00", want: "(null)"},
		{name: "never with zone", sent: "0001-01-01T00:00:00Z", want: "(null)"},
		{name: "date alone", sent: "2025-01-15", want: "2025-01-15"},
		{name: "no such day", sent: "2025-02-30T10:30:00", want: "2025-02-30T10:30:00"},
		{name: "short hour", sent: "2025-01-15T1:30:00", want: "2025-01-15T1:30:00"},
		{name: "comma", sent: "2025-01-15T10:30:00,5", want: "2025-01-15T10:30:00,5"},
		{name: "nonsense", sent: "soon", want: "soon"},
		{name: "empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := "(null)"
			if value := dateTime(&test.sent); !value.IsNull() {
				got = value.ValueString()
			}
			if got != test.want {
				t.Errorf("dateTime(%q) = %q, want %q", test.sent, got, test.want)
			}
		})
	}
}

// FuzzDateTime: a date-time that means never is null. Any other stays as it was sent, with
// a Z added exactly if that makes it RFC 3339. Doing this again changes nothing.
func FuzzDateTime(f *testing.F) {
	for _, sent := range []string{
		"2025-01-15T10:30:00Z", "2025-01-15T10:30:00", "2025-01-15T10:30:00.1234567", "2025-01-15T10:30:00.5Z",
		"2025-01-15T10:30:00+01:00", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-01", "2025-01-15", "2024-02-29T00:00:00",
		"2025-02-29T10:30:00", "2025-01-15T24:00:00", "2025-01-15T23:59:60", "2025-01-15T10:30:00,5", "2025-01-15T10:30:00.",
		"2025-01-15T1:30:00", "2025-01-15 10:30:00", "2025-01-15t10:30:00", "10000-01-01T00:00:00", "soon", "",
	} {
		f.Add(sent)
	}

	// RFC 3339 without its zone, month lengths left to the calendar.
	local := regexp.MustCompile(`^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?$`)
	f.Fuzz(func(t *testing.T, sent string) {
		got := dateTime(&sent)
		if got.IsNull() {
			if !strings.HasPrefix(sent, "0001-01-01T") {
				t.Errorf("dateTime(%q) is null", sent)
			}
			return
		}
		want := sent
		if local.MatchString(sent) {
			day, err := time.Parse(time.DateOnly, sent[:10])
			if err == nil && day.Format(time.DateOnly) == sent[:10] {
				want += "Z"
			}
		}
		if got.ValueString() != want {
			t.Errorf("dateTime(%q) = %q, want %q", sent, got.ValueString(), want)
		}
		if again := dateTime(got.ValueStringPointer()); !again.Equal(got) {
			t.Errorf("dateTime(%q) = %s, want no change", got.ValueString(), again)
		}
	})
}

// The page's table of actions is the client's.
func TestWebhookPage_actions(t *testing.T) {
	page, err := os.ReadFile("../../docs/data-sources/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for i, row := range regexp.MustCompile("(?m)^\\| (\\d+) \\| `(\\w+)` \\|$").FindAllStringSubmatch(string(page), -1) {
		if row[1] != strconv.Itoa(i+1) {
			t.Errorf("row %d has the code %s", i+1, row[1])
		}
		listed = append(listed, row[2])
	}
	if !reflect.DeepEqual(listed, nexudus.ActionNames()) {
		t.Errorf("the page lists %q, want %q", listed, nexudus.ActionNames())
	}
}
