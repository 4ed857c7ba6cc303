package nexudus

import (
	"slices"
	"testing"
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
