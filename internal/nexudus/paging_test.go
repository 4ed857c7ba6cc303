package nexudus

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A list that goes on and on is given up before it fills the memory, page by page
// within all limits for one page.
func TestPaging_bounded(t *testing.T) {
	name := strings.Repeat("n", 7<<20)
	tests := []struct {
		name   string
		page   func(b *strings.Builder, number int)
		pages  int // read at most
		reason string
		slow   bool
	}{
		{
			name: "many records",
			page: func(b *strings.Builder, number int) {
				for i := range 10_000 {
					fmt.Fprintf(b, `{"Id":%d},`, number*10_000+i)
				}
			},
			pages:  21,
			reason: "there are more than 200000 of them",
		},
		{
			name:   "large records",
			page:   func(b *strings.Builder, number int) { fmt.Fprintf(b, `{"Id":%d,"Name":"%s"},`, number, name) },
			pages:  19,
			reason: "they are larger than 128 MiB",
			slow:   true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if info, ok := debug.ReadBuildInfo(); ok && test.slow && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
				t.Skip("the race detector makes it take a minute")
			}
			requests := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				number, err := strconv.Atoi(r.URL.Query().Get("page"))
				if err != nil || number > 2*test.pages {
					t.Errorf("page %d: %v", number, err)
					w.WriteHeader(http.StatusNotFound)
					return
				}
				requests++
				var b strings.Builder
				b.WriteString(`{"HasNextPage":true,"Records":[`)
				test.page(&b, number)
				serveJSON(200, strings.TrimSuffix(b.String(), ",")+"]}")(w, r)
			}, func(c *Config) { c.MaxRequestsPerSecond = 0 })
			_, err := c.Webhooks(t.Context(), WebhookFilter{})
			if failure := failureOf(t, err); failure.Kind != KindIncomplete || failure.Reason != test.reason || requests > test.pages {
				t.Errorf("error = %v after %d pages, want %q after %d", failure, requests, test.reason, test.pages)
			}
		})
	}
}

// An account as large as the limit allows is read in full.
func TestPaging_large(t *testing.T) {
	const pages, size = 20, 10_000
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		number, _ := strconv.Atoi(r.URL.Query().Get("page"))
		var b strings.Builder
		for i := range size {
			fmt.Fprintf(&b, `{"Id":%d},`, (number-1)*size+i)
		}
		serveJSON(200, fmt.Sprintf(`{"TotalItems":%d,"Records":[%s]}`, pages*size, strings.TrimSuffix(b.String(), ",")))(w, r)
	}, func(c *Config) { c.MaxRequestsPerSecond = 0 })
	webhooks, err := c.Webhooks(t.Context(), WebhookFilter{})
	if err != nil || len(webhooks) != pages*size || webhooks[pages*size-1].ID != pages*size-1 {
		t.Errorf("%d webhooks, %v, want %d", len(webhooks), err, pages*size)
	}
}
