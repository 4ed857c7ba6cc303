package provider

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// offline is a client that knows only the provider's table of actions, and no server.
func offline(t *testing.T) *nexudus.Client {
	t.Helper()
	return nexudus.New(rest.Config{
		BaseURL: &url.URL{Scheme: "https", Host: "nexudus.test"}, Auth: rest.Token{AccessToken: rest.NewSecret("t")},
		Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("offline") }),
	})
}

func TestWebhookModel_nulls(t *testing.T) {
	var got webhookModel
	got.fromAPI(t.Context(), offline(t), &nexudus.Webhook{ID: 1})
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
		got.fromAPI(t.Context(), offline(t), &nexudus.Webhook{ID: 42, Action: &code})
		if got.Action.ValueInt64() != int64(code) || !got.ActionName.IsNull() {
			t.Errorf("action = %s, %s, want the number and null", got.Action, got.ActionName)
		}
		var diags diag.Diagnostics
		warnOfUnknownActions(&diags, got)
		want := fmt.Sprintf("Neither this version of the provider nor Nexudus has a name for the event of webhook 42 (code %d). ", code) +
			"\"action\" has the code and \"action_name\" is null.\n\nA newer version of the provider may know the name."
		if diags.WarningsCount() != 1 || diags.HasError() || diags[0].Summary() != "Unknown webhook event" || diags[0].Detail() != want {
			t.Errorf("diagnostics = %v, want one warning: %s", diags, want)
		}
	}
}

// One warning for a whole fleet, and none for a webhook without an action or
// with a known one.
func TestWebhookModel_unknownActions(t *testing.T) {
	models := make([]webhookSummaryModel, 15)
	for i := range models {
		models[i].fromAPI(t.Context(), offline(t), &nexudus.Webhook{ID: int64(i), Action: new(nexudus.Action(100 + i))})
	}
	models[0].fromAPI(t.Context(), offline(t), &nexudus.Webhook{ID: 0})
	models[1].fromAPI(t.Context(), offline(t), &nexudus.Webhook{ID: 1, Action: new(nexudus.Action(90))})
	var diags diag.Diagnostics
	models[2].ID = newID(9007199254740993)
	warnOfUnknownActions(&diags, models...)
	want := "Neither this version of the provider nor Nexudus has a name for the event of webhook 9007199254740993 (code 102), " +
		"webhook 3 (code 103), webhook 4 (code 104), webhook 5 (code 105), webhook 6 (code 106), webhook 7 (code 107), " +
		"webhook 8 (code 108), webhook 9 (code 109), webhook 10 (code 110), webhook 11 (code 111) and 3 more. "
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

// The resource's page lists all actions, with their codes.
func TestWebhookPage_actions(t *testing.T) {
	page, err := os.ReadFile("../../docs/resources/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]string)
	for _, action := range regexp.MustCompile("`(\\w+)` \\((\\d+)\\)").FindAllStringSubmatch(string(page), -1) {
		listed[action[2]] = action[1]
	}
	for i, name := range nexudus.ActionNames() {
		if listed[strconv.Itoa(i+1)] != name {
			t.Errorf("the page lists %q with the code %d, want %q", listed[strconv.Itoa(i+1)], i+1, name)
		}
	}
	if len(listed) != len(nexudus.ActionNames()) {
		t.Errorf("the page lists %d actions, want %d", len(listed), len(nexudus.ActionNames()))
	}
}
