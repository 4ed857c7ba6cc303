package nexudus

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// lived is a webhook with everything that an update must leave alone.
var lived = simulator.Webhook{
	ID: 300, BusinessID: 5001, Name: "before", URL: "https://example.com/old", Action: 3, Active: false, ErrorCount: 11,
	LastError: new("(410) Gone"), LastTrigger: new("2025-01-15T10:30:00.25"), SystemID: new("ours"),
	Extra: map[string]json.RawMessage{
		"Added": json.RawMessage(`{"at":12345678901234567890.10,"html":"<a&b>"}`),
		"Flag":  json.RawMessage(`true`),
	},
}

// An update changes what it names and nothing else, not even fields that this package
// does not know.
func TestClient_updateWebhook(t *testing.T) {
	w := newWriteTest(t)
	w.AddWebhook(lived)
	before, _ := w.Webhook(300)
	got, err := w.client.UpdateWebhook(t.Context(), 300, orders)
	if err != nil || len(orders.Differs(got)) != 0 {
		t.Fatalf("webhook = %+v, %v, want the fields", got, err)
	}
	want := before
	want.Name, want.Description, want.URL = orders.Name, &orders.Description, orders.URL
	want.Action, want.Active = int64(orders.Action), true
	after, _ := w.Webhook(300)
	want.UpdatedOn, want.UpdatedBy, want.ToStringText = after.UpdatedOn, after.UpdatedBy, after.ToStringText
	if !reflect.DeepEqual(after, want) {
		t.Errorf("after = %+v\nwant    %+v", after, want)
	}
	if n := len(w.Requests()); n != 3 {
		t.Errorf("%d requests, want a read, the update and a read", n)
	}
}

// An update can leave Active to the service.
func TestClient_updateWebhookKeepActive(t *testing.T) {
	for _, active := range []bool{true, false} {
		w := newWriteTest(t)
		w.AddWebhook(lived)
		fields := orders
		fields.Active, fields.KeepActive = active, true
		got, err := w.client.UpdateWebhook(t.Context(), 300, fields)
		if err != nil || *got.Active || *got.Name != orders.Name {
			t.Errorf("Active = %v: webhook = %+v, %v, want it renamed and off", active, got, err)
		}
	}
}

// What somebody else has changed since the caller's read stays, except in the fields that
// the update names.
func TestClient_updateWebhookChangedMeanwhile(t *testing.T) {
	w := newWriteTest(t)
	w.AddWebhook(lived)
	if _, err := w.client.Webhook(t.Context(), 300); err != nil {
		t.Fatal(err)
	}
	w.EditWebhook(300, func(webhook *simulator.Webhook) { webhook.SystemID, webhook.Name = new("theirs"), "theirs" })
	if _, err := w.client.UpdateWebhook(t.Context(), 300, orders); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.Webhook(300); *got.SystemID != "theirs" || got.Name != "orders" {
		t.Errorf("webhook = %+v, want their SystemId and the update's name", got)
	}
}

func TestClient_updateWebhookFaults(t *testing.T) {
	success := serveJSON(200, `{"WasSuccessful":true}`)
	tests := []struct {
		name   string
		faults []fault
		puts   int
		name2  string // the webhook's name afterwards
		want   string // the error's text
	}{
		{name: "done, reset", faults: []fault{after(reset)}, puts: 2, name2: "orders"},
		{name: "done, 500", faults: []fault{after(trouble)}, puts: 2, name2: "orders"},
		{name: "not done, reset", faults: []fault{before(reset)}, puts: 2, name2: "orders"},
		{name: "not done, 504", faults: []fault{before(serve(504, "", ""))}, puts: 2, name2: "orders"},
		{name: "done, and only that never answered", faults: slices.Repeat([]fault{after(trouble)}, 9), puts: 5, name2: "orders"},
		{name: "done, HTML", faults: []fault{after(serve(200, "text/html", "<html>"))}, puts: 1, name2: "orders"},
		{name: "not done, HTML", faults: []fault{before(serve(200, "text/html", "<html>"))}, puts: 1, name2: "before",
			want: "update webhook 300: 200: unexpected response: an HTML page (text/html, 6 bytes)"},
		{
			name:   "never done",
			faults: slices.Repeat([]fault{before(serve(503, "", ""))}, 9),
			puts:   5,
			name2:  "before",
			want:   "update webhook 300: 503: unavailable",
		},
		{name: "said to be done", faults: []fault{before(success)}, puts: 1, name2: "before",
			want: "update webhook 300: 200: not applied: the record still differs in Name, Description, URL, Action, Active: Name: was not changed; " +
				"Description: was not changed; URL: was not changed; Action: was not changed; Active: was not changed"},
		{name: "throttled", faults: []fault{before(serve(409, "", ""))}, puts: 2, name2: "orders"},
		{
			name: "refused",
			faults: []fault{
				before(serveJSON(200, `{"Errors":[{"PropertyName":"URL","Message":"is bad","AttemptedValue":"s"}],"WasSuccessful":false}`)),
			},
			puts:  1,
			name2: "before",
			want:  "update webhook 300: 200: rejected: URL: is bad",
		},
		{
			name:   "refused after an attempt that may have been processed",
			faults: []fault{before(reset), before(serveJSON(400, `{"Message":"No."}`))},
			puts:   2,
			name2:  "before",
			want:   "update webhook 300: 400: rejected: No.",
		},
		{
			name:   "processed, then refused",
			faults: []fault{after(reset), before(serveJSON(400, `{"Message":"No."}`))},
			puts:   2,
			name2:  "orders",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t)
				w.AddWebhook(lived)
				w.faults = test.faults
				_, err := w.client.UpdateWebhook(t.Context(), 300, orders)
				if test.want == "" && err != nil || test.want != "" && failureOf(t, err).Error() != test.want {
					t.Errorf("error = %v\nwant    %s", err, test.want)
				}
				if got, _ := w.Webhook(300); got.Name != test.name2 {
					t.Errorf("Name = %q, want %q", got.Name, test.name2)
				}
				if n := w.sent(http.MethodPut); n != test.puts {
					t.Errorf("%d PUTs, want %d", n, test.puts)
				}
			})
		})
	}
}

func TestClient_updateWebhookGone(t *testing.T) {
	w := newWriteTest(t)
	if _, err := w.client.UpdateWebhook(t.Context(), 300, orders); !IsNotFound(err) || w.sent(http.MethodPut) != 0 {
		t.Errorf("error = %v after %d PUTs, want not found and none", err, w.sent(http.MethodPut))
	}
}

func TestClient_deleteWebhook(t *testing.T) {
	tests := []struct {
		name    string
		faults  []fault
		deletes int
		gone    bool
		want    string
	}{
		{name: "done", deletes: 1, gone: true},
		{name: "done, reset", faults: []fault{after(reset)}, deletes: 2, gone: true},
		{name: "done, 500", faults: []fault{after(trouble)}, deletes: 2, gone: true},
		{name: "done, and only that never answered", faults: slices.Repeat([]fault{after(hang)}, 9), deletes: 5, gone: true},
		{name: "done, HTML", faults: []fault{after(serve(200, "text/html", "<html>"))}, deletes: 1, gone: true},
		{
			name:    "done, said not to be",
			faults:  []fault{after(serveJSON(200, `{"WasSuccessful":false,"Message":"No."}`))},
			deletes: 1,
			gone:    true,
		},
		{name: "not done, reset", faults: []fault{before(reset)}, deletes: 2, gone: true},
		{
			name:    "refused",
			faults:  []fault{before(serveJSON(200, `{"WasSuccessful":false,"Message":"No."}`))},
			deletes: 1,
			want:    "delete webhook 300: 200: rejected: No.",
		},
		{
			name:    "refused under 500",
			faults:  slices.Repeat([]fault{before(serveJSON(500, `{"WasSuccessful":false,"Message":"In use."}`))}, 9),
			deletes: 5,
			want:    "delete webhook 300: 500: unavailable: In use.",
		},
		{name: "role", faults: []fault{before(serve(401, "", ""))}, deletes: 1, want: "delete webhook 300: 401: unauthorized"},
		{name: "wrong address", faults: []fault{before(serve(404, "text/html", "<html>"))}, deletes: 1,
			want: "delete webhook 300: 404: unexpected response: an HTML page (text/html, 6 bytes)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t)
				w.AddWebhook(lived)
				w.faults = test.faults
				err := w.client.DeleteWebhook(t.Context(), 300)
				if test.want == "" && err != nil || test.want != "" && failureOf(t, err).Error() != test.want {
					t.Errorf("error = %v, want %s", err, test.want)
				}
				if _, there := w.Webhook(300); there == test.gone {
					t.Errorf("there = %v, want %v", there, !test.gone)
				}
				if n := w.sent(http.MethodDelete); n != test.deletes {
					t.Errorf("%d DELETEs, want %d", n, test.deletes)
				}
			})
		})
	}
	w := newWriteTest(t)
	if err := w.client.DeleteWebhook(t.Context(), 300); err != nil {
		t.Errorf("a webhook that is gone already: %v", err)
	}
}

// A 404 counts as not found only if it is about the record: a list without it
// decides about all others.
func TestClient_webhookGone(t *testing.T) {
	html := serve(404, "text/html", "<html>")
	tests := []struct {
		name  string
		one   http.HandlerFunc
		list  http.HandlerFunc
		there bool
		gone  bool
	}{
		{name: "the API's words", one: serveJSON(404, `"Not found"`), list: html, gone: true},
		{name: "HTML, not in the list", one: html, gone: true},
		{name: "nothing, not in the list", one: serve(404, "", ""), gone: true},
		{name: "HTML, in the list", one: html, there: true},
		{name: "HTML for the list, too", one: html, list: html},
		{
			name: "an object for the list, too",
			one:  serveJSON(404, `{"Message":"No route"}`),
			list: serveJSON(404, `{"Message":"No route"}`),
		},
		{name: "no role to list", one: html, list: serve(401, "", "")},
		{name: "a list that is none", one: html, list: serveJSON(200, `{}`)},
		{name: "forbidden", one: serve(403, "", "")},
		{name: "conflict", one: serveJSON(409, `{}`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWriteTest(t)
			if test.there {
				w.AddWebhook(lived)
			}
			w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
				switch {
				case strings.HasSuffix(r.URL.Path, "/300"):
					test.one(out, r)
				case test.list != nil:
					test.list(out, r)
				default:
					return false
				}
				return true
			})
			if _, err := w.client.Webhook(context.Background(), 300); err == nil || IsNotFound(err) != test.gone {
				t.Errorf("error = %v, not found: %v, want %v", err, IsNotFound(err), test.gone)
			}
		})
	}
}

// An update that waits for rate limits overlays what the record holds afterwards.
func TestClient_updateWebhookAfterWait(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"throttled":   func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "60"); w.WriteHeader(409) },
		"unavailable": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "60"); w.WriteHeader(503) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriteTest(t)
				w.AddWebhook(lived)
				w.faults = []fault{before(handler), before(handler), before(handler)}
				time.AfterFunc(30*time.Second, func() {
					w.EditWebhook(300, func(webhook *simulator.Webhook) { webhook.SystemID = new("theirs") })
				})
				if _, err := w.client.UpdateWebhook(t.Context(), 300, orders); err != nil {
					t.Fatal(err)
				}
				if got, _ := w.Webhook(300); *got.SystemID != "theirs" || got.Name != "orders" {
					t.Errorf("SystemId = %q, name = %q, want theirs and ours", *got.SystemID, got.Name)
				}
			})
		})
	}
}

// An update that is sent again with a new access token overlays what the record holds
// by then.
func TestClient_updateWebhookAfterSignIn(t *testing.T) {
	w := newWriteTest(t, withPassword(Password{Username: "a@example.com", Password: NewSecret("p")}))
	w.AddWebhook(lived)
	w.faults = []fault{before(func(out http.ResponseWriter, _ *http.Request) {
		w.EditWebhook(300, func(webhook *simulator.Webhook) { webhook.SystemID = new("theirs") })
		out.WriteHeader(http.StatusUnauthorized)
	})}
	if _, err := w.client.UpdateWebhook(t.Context(), 300, orders); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.Webhook(300); *got.SystemID != "theirs" || got.Name != "orders" || w.sent(http.MethodPut) != 2 {
		t.Errorf("SystemId = %q, name = %q after %d PUTs, want theirs and ours after 2", *got.SystemID, got.Name, w.sent(http.MethodPut))
	}
}

// An update that is throttled for ever ends, although other requests succeed.
func TestClient_updateWebhookRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.AddWebhook(lived)
		w.faults = slices.Repeat([]fault{before(serve(409, "", ""))}, 1000)
		_, err := w.client.UpdateWebhook(t.Context(), 300, orders)
		if failure := failureOf(t, err); failure.Kind != KindThrottled || failure.Attempts > 2*maxRefusals {
			t.Errorf("error = %v after %d attempts, want throttled after %d or some more", failure, failure.Attempts, maxRefusals)
		}
	})
}

// A write that the service may still carry out, or may have carried out, is not
// said to have failed.
func TestClient_writesPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t, func(c *Config) { c.MaxRetries = 0 })
		w.AddWebhook(lived)
		w.faults = []fault{before(hang), before(hang)}
		_, err := w.client.UpdateWebhook(t.Context(), 300, orders)
		if !failureOf(t, err).Unknown {
			t.Errorf("update: %v, want it unknown", err)
		}
		if err := w.client.DeleteWebhook(t.Context(), 300); !failureOf(t, err).Unknown {
			t.Errorf("delete: %v, want it unknown", err)
		}
	})
}

// A list that contradicts its own total proves nothing.
func TestClient_webhookGoneByALie(t *testing.T) {
	w := newWriteTest(t)
	w.AddWebhook(lived)
	w.SetHook(func(out http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/300") {
			serve(404, "text/html", "<html>")(out, r)
		} else {
			serveJSON(200, `{"Records":[],"TotalItems":1,"HasNextPage":false}`)(out, r)
		}
		return true
	})
	if _, err := w.client.Webhook(t.Context(), 300); err == nil || IsNotFound(err) {
		t.Errorf("error = %v, want one that is not about the webhook", err)
	}
}

// A record that is deleted while it is updated is reported as not found.
func TestClient_updateWebhookDeletedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriteTest(t)
		w.AddWebhook(lived)
		w.faults = []fault{after(func(out http.ResponseWriter, r *http.Request) {
			w.RemoveWebhook(300)
			reset(out, r)
		})}
		if _, err := w.client.UpdateWebhook(t.Context(), 300, orders); !IsNotFound(err) {
			t.Errorf("error = %v, want not found", err)
		}
	})
}
