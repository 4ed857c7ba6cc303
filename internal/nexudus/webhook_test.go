package nexudus

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// An update is compared with what the service then holds, field by field.
func TestWebhookFields_differs(t *testing.T) {
	fields := WebhookFields{BusinessID: 5001, Name: "Zoe\u0308", URL: "https://example.com/hook", Action: 6, Active: true}
	same := func() Webhook {
		return Webhook{
			BusinessID: new(int64(5001)),
			Name:       new("Zo\u00eb"),
			URL:        new("https://example.com/hook"),
			Action:     new(Action(6)),
			Active:     new(true),
		}
	}
	tests := []struct {
		name   string
		change func(*Webhook)
		want   []string
	}{
		{name: "equal, with another normal form and no description", change: func(*Webhook) {}},
		{name: "equal, in the same form", change: func(w *Webhook) { w.Name = new("Zoe\u0308") }},
		{name: "empty description", change: func(w *Webhook) { w.Description = new("") }},
		{name: "description", change: func(w *Webhook) { w.Description = new("old") }, want: []string{"Description"}},
		{name: "null", change: func(w *Webhook) { w.Name, w.Active = nil, nil }, want: []string{"Name", "Active"}},
		{name: "all", change: func(w *Webhook) { *w = Webhook{Description: new("old")} },
			want: []string{"BusinessId", "Name", "Description", "URL", "Action", "Active"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			webhook := same()
			test.change(&webhook)
			if got := fields.Differs(&webhook); !slices.Equal(got, test.want) {
				t.Errorf("differs = %q, want %q", got, test.want)
			}
		})
	}
}

// A webhook without a number of errors has none.
func TestWebhookFilter_errorCount(t *testing.T) {
	between := func(least, most int64) WebhookFilter {
		return WebhookFilter{MinErrorCount: &least, MaxErrorCount: &most}
	}
	tests := []struct {
		name   string
		filter WebhookFilter
		count  *int64
		want   bool
	}{
		{name: "missing, none wanted", filter: between(0, 0), want: true},
		{name: "missing, some wanted", filter: between(1, 9), want: false},
		{name: "smallest", filter: between(1, 9), count: new(int64(1)), want: true},
		{name: "largest", filter: between(1, 9), count: new(int64(9)), want: true},
		{name: "above", filter: between(1, 9), count: new(int64(10)), want: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.filter.matches(&Webhook{ErrorCount: test.count}); got != test.want {
				t.Errorf("matches = %v, want %v", got, test.want)
			}
		})
	}
}

func TestWebhook_Settled(t *testing.T) {
	noon := time.Date(2025, 1, 15, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name      string
		updatedOn *string
		readOn    time.Time
		want      bool
	}{
		{name: "same second", updatedOn: new("2025-01-15T12:00:00Z"), readOn: noon},
		{name: "one second later", updatedOn: new("2025-01-15T12:00:00Z"), readOn: noon.Add(time.Second)},
		{name: "almost two", updatedOn: new("2025-01-15T12:00:00Z"), readOn: noon.Add(1999 * time.Millisecond)},
		{name: "two seconds later", updatedOn: new("2025-01-15T12:00:00Z"), readOn: noon.Add(2 * time.Second), want: true},
		{name: "minutes later", updatedOn: new("2025-01-15T11:48:00Z"), readOn: noon, want: true},
		{name: "an hour later", updatedOn: new("2025-01-15T10:58:00Z"), readOn: noon, want: true},
		{name: "clock one second ahead", updatedOn: new("2025-01-15T12:00:01Z"), readOn: noon},
		{name: "clock two seconds ahead", updatedOn: new("2025-01-15T12:00:02Z"), readOn: noon, want: true},
		{name: "older than a day", updatedOn: new("2025-01-14T11:59:59Z"), readOn: noon, want: true},
		{name: "a day", updatedOn: new("2025-01-14T12:00:00Z"), readOn: noon},
		{name: "far older", updatedOn: new("1925-01-14T12:00:00Z"), readOn: noon, want: true},
		{name: "no zone, same second", updatedOn: new("2025-01-15T12:00:00"), readOn: noon},
		{name: "no zone, two seconds later", updatedOn: new("2025-01-15T11:59:58"), readOn: noon, want: true},
		{name: "one hour ahead, same second", updatedOn: new("2025-01-15T13:00:00Z"), readOn: noon},
		{name: "one hour ahead, one second later", updatedOn: new("2025-01-15T12:59:59Z"), readOn: noon},
		{name: "one hour ahead, two seconds later", updatedOn: new("2025-01-15T12:59:58Z"), readOn: noon, want: true},
		{name: "Kathmandu, same second", updatedOn: new("2025-01-15T17:45:00Z"), readOn: noon},
		{name: "Kathmandu, two seconds later", updatedOn: new("2025-01-15T17:44:58Z"), readOn: noon, want: true},
		{name: "Buenos Aires, same second", updatedOn: new("2025-01-15T09:00:00Z"), readOn: noon},
		{name: "Buenos Aires, one second later", updatedOn: new("2025-01-15T08:59:59Z"), readOn: noon},
		{name: "Buenos Aires, two seconds later", updatedOn: new("2025-01-15T08:59:58Z"), readOn: noon, want: true},
		{name: "fraction, same second", updatedOn: new("2025-01-15T12:00:00.75Z"), readOn: noon.Add(2 * time.Second)},
		{name: "fraction, three seconds later", updatedOn: new("2025-01-15T12:00:00.75Z"), readOn: noon.Add(3 * time.Second), want: true},
		{name: "fraction of seven digits", updatedOn: new("2025-01-15T10:58:00.1234567"), readOn: noon, want: true},
		{name: "offset", updatedOn: new("2025-01-15T11:30:00+01:00"), readOn: noon},
		{name: "no date", readOn: noon},
		{name: "never", updatedOn: new("0001-01-01T00:00:00"), readOn: noon},
		{name: "not a date", updatedOn: new("yesterday"), readOn: noon},
		{name: "empty", updatedOn: new(""), readOn: noon},
		{name: "from a list", updatedOn: new("2025-01-15T10:58:00Z")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &Webhook{UpdatedOn: test.updatedOn, readOn: test.readOn}
			if got := w.Settled(); got != test.want {
				t.Errorf("Settled = %v, want %v", got, test.want)
			}
		})
	}
}

// A webhook counts as read when its request was sent: its response is dated
// later, and the webhook may have changed in between.
func TestWebhook_Settled_slowResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tests := []struct {
			name string
			date func(http.Header)
			age  time.Duration // of the webhook when its request is sent
			want bool
		}{
			{name: "just changed", age: 0},
			{name: "changed some seconds ago", age: 3 * time.Second, want: true},
			{name: "response without a date", age: 3 * time.Second, date: func(h http.Header) { h.Set("Date", "soon") }},
		}
		for _, test := range tests {
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				body := fmt.Sprintf(`{"Id":1,"UpdatedOn":%q}`, time.Now().UTC().Add(-test.age).Format(time.RFC3339))
				if test.date != nil {
					test.date(w.Header())
				}
				time.Sleep(10 * time.Second)
				serveJSON(200, body)(w, r)
			})
			webhook, err := c.Webhook(t.Context(), 1)
			if err != nil || webhook.Settled() != test.want {
				t.Errorf("%s: Settled = %v, %v, want %v", test.name, webhook.Settled(), err, test.want)
			}
		}
		webhooks, err := newTestClient(t, fleetServer(1, new(requestLog))).Webhooks(t.Context(), WebhookFilter{})
		if err != nil || webhooks[0].Settled() {
			t.Errorf("a webhook of a list is settled, %v", err)
		}
	})
}
