package provider

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// hidden returns a configuration with a write-only address.
func hidden(address string, version any) attrs {
	return orders.with("url", nil, "url_wo", address, "url_wo_version", version)
}

func TestWebhookResource_urlWO(t *testing.T) {
	const first, second = "https://example.com/?key=s3cret", "https://example.com/?key=0ther"
	c := newCore(t)
	noSecret := func() {
		t.Helper()
		for name, value := range c.state {
			if strings.Contains(fmt.Sprint(value), "key=") {
				t.Errorf("%s in the state = %v", name, value)
			}
		}
		if bytes.Contains(c.private, []byte("example")) || bytes.Contains(c.private, []byte("s3cret")) {
			t.Errorf("private state = %s", c.private)
		}
	}
	id := c.create(hidden(first, int64(1)))
	if got := c.record(id).URL; got != first {
		t.Errorf("URL = %q, want %q", got, first)
	}
	c.wantNothingToDo(hidden(first, int64(1)))
	noSecret()

	// Another change does not send the address.
	c.account.EditWebhook(id, func(w *simulator.Webhook) { w.URL = "https://example.com/theirs" })
	if said := texts(c.apply(hidden(first, int64(1)).with("name", "renamed"))); said != "" || c.record(id).URL != "https://example.com/theirs" {
		t.Errorf("diagnostics = %s, URL = %q", said, c.record(id).URL)
	}
	// A changed address is drift, which sends it again.
	c.refresh()
	if c.state["url_wo_version"] != nil || c.state["url"] != nil {
		t.Errorf("state = %v, want no version and no address", c.state)
	}
	const again = `Warning: Address was changed in Nexudus: The address of the webhook is not the one that was stored last. Applying this plan sends the value of "url_wo" again, which is why the version is shown as changed. (at url_wo_version)`
	if got := texts(c.apply(hidden(first, int64(1)))); got != again || c.record(id).URL != first {
		t.Errorf("diagnostics = %s, URL = %q, want %q", got, c.record(id).URL, first)
	}
	noSecret()

	// A new address without a new version is a warning, which a new version ends.
	_, diagnostics := c.plan(hidden(second, int64(1)))
	const unsent = `Warning: Changed address is not sent: The value of "url_wo" is not the one that was sent last, but "url_wo_version" has not changed. An update of the webhook leaves its address as it is.

To send the new address, increase "url_wo_version". (at url_wo_version)`
	if got := texts(diagnostics); got != unsent {
		t.Errorf("diagnostics = %s", got)
	}
	// A replacement sends it.
	if p, diagnostics := c.plan(hidden(second, int64(1)).with("business_id", "5002")); !p.replace || texts(diagnostics) != "" {
		t.Errorf("replaces: %v, diagnostics = %s", p.replace, texts(diagnostics))
	}
	c.create(hidden(second, int64(2)))
	if got := c.record(id).URL; got != second {
		t.Errorf("URL = %q, want %q", got, second)
	}
	c.wantNothingToDo(hidden(second, int64(2)))
	noSecret()

	// To an address in the state, and back.
	c.create(orders)
	c.wantNothingToDo(orders)
	c.create(hidden(first, int64(2)))
	c.wantNothingToDo(hidden(first, int64(2)))
	noSecret()

	// The import shows the address once.
	c.importID("1")
	if c.state["url"] != first {
		t.Errorf("url = %v, want %q", c.state["url"], first)
	}
	c.create(hidden(first, int64(1)))
	c.wantNothingToDo(hidden(first, int64(1)))
	noSecret()
}

// Nexudus may store another address than it was sent. That is a warning, and no drift later.
func TestWebhookResource_urlWOChanged(t *testing.T) {
	c := newCore(t)
	const sent = "https://example.com/ho\u0308ok"
	c.answer(http.MethodPost, 1, true, func(w http.ResponseWriter, _ *http.Request) {
		c.account.EditWebhook(1, func(w *simulator.Webhook) { w.URL = "https://example.com/stored" })
		respond(200, "application/json", `{"WasSuccessful":true,"Value":{"Id":1}}`)(w, nil)
	})
	if got := texts(c.apply(hidden(sent, int64(1)))); !strings.HasPrefix(got, "Warning: Webhook 1 differs from what was sent: ") {
		t.Errorf("diagnostics = %s", got)
	}
	c.wantNothingToDo(hidden(sent, int64(1)))
	// Another Unicode normal form is the same address.
	c.wantNothingToDo(hidden("https://example.com/h\u00f6ok", int64(1)))
}

// An address that Nexudus has not taken is sent again by the next run.
func TestWebhookResource_urlWONotApplied(t *testing.T) {
	t.Parallel()
	const first, second = "https://example.com/?key=s3cret", "https://example.com/?key=0ther"
	c := newCore(t)
	id := c.create(hidden(first, int64(1)))
	c.answer(http.MethodPut, 1, false, respond(200, "application/json", `{"WasSuccessful":true}`))
	const want = `Error: Nexudus has a different "url_wo": Nexudus accepted the update of webhook 1, but then had a different value for "url_wo". Either it did not carry out the update, or the value was changed right after it.

If Nexudus changes what is sent, for example by trimming spaces at the end, use the value that Nexudus has. Otherwise apply again.

Tried: update webhook 1; status 200; 1 attempt in 0s. (at url_wo)`
	if got := elapsed.ReplaceAllString(texts(c.apply(hidden(second, int64(2)))), "in 0s."); got != want {
		t.Errorf("diagnostics = %s\nwant %s", got, want)
	}
	c.refresh()
	c.create(hidden(second, int64(2)))
	if got := c.record(id).URL; got != second {
		t.Errorf("URL = %q, want %q", got, second)
	}
}

func TestWebhookResource_urlWOValidate(t *testing.T) {
	const address = "https://example.com/s3cret"
	tests := []struct {
		name   string
		config attrs
		want   string
	}{
		{name: "both", config: hidden(address, int64(1)).with("url", address), want: "Invalid Attribute Combination"},
		{name: "no version", config: hidden(address, nil), want: "Invalid Attribute Combination"},
		{name: "only a version", config: orders.with("url_wo_version", int64(1)), want: "Invalid Attribute Combination"},
		{name: "version 0", config: hidden(address, int64(0)), want: `Invalid "url_wo_version"`},
		{name: "fraction", config: hidden(address, 1.5), want: `Invalid "url_wo_version"`},
		{name: "no address", config: hidden("s3cret", int64(1)), want: "Invalid webhook URL"},
		{name: "not known yet", config: orders.with("url", nil, "url_wo", unknown, "url_wo_version", unknown)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCore(t)
			_, diagnostics := c.plan(test.config)
			if got := summaries(diagnostics); got != test.want || strings.Contains(texts(diagnostics), "s3cret") {
				t.Errorf("diagnostics = %s, want %q", texts(diagnostics), test.want)
			}
		})
	}
}

// A private state without hashes, as after a move of the state by hand, sends the address again.
func TestWebhookResource_urlWOWithoutHashes(t *testing.T) {
	c := newCore(t)
	c.create(hidden("https://example.com/?key=s3cret", int64(1)))
	before := maps.Clone(c.state)
	c.private = nil
	if c.refresh(); c.state["url_wo_version"] != nil || c.state["url"] != nil || c.state["name"] != before["name"] {
		t.Errorf("state = %v, want no version and no address", c.state)
	}
}
