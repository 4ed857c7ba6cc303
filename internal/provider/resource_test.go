package provider

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// A webhook that is missing together with its location is probably in another account.
func TestConfirmGone(t *testing.T) {
	const gone, hidden = "Webhook 1 was not found", "Webhook 1 and its location are not visible"
	tests := []struct {
		name     string
		user     simulator.User
		handler  http.HandlerFunc // for the location
		want     string
		wantGone bool
	}{
		{name: "location visible", want: gone, wantGone: true},
		{name: "location of another account", user: simulator.User{Businesses: []int64{5002}}, want: hidden},
		{name: "may not read locations", user: simulator.User{Roles: []string{"WebHook-Read", "WebHook-List"}}, want: gone, wantGone: true},
		{name: "location cannot be read", handler: respond(503, "", ""), want: "Nexudus is not available"},
		{name: "no answer about the location", handler: reset, want: "No connection to Nexudus"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCore(t)
			c.account.RemoveWebhook(c.create(orders))
			test.user.Username = "b@example.com"
			c.account.AddUser(test.user)
			c.block["access_token"] = tftypes.NewValue(tftypes.String, c.account.IssueToken("b@example.com"))
			c.account.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
				if test.handler == nil || !strings.Contains(r.URL.Path, "/businesses") {
					return false
				}
				test.handler(w, r)
				return true
			})
			if got := summaries(c.refresh()); got != test.want || (c.state == nil) != test.wantGone {
				t.Errorf("diagnostics = %q, state = %v, want %q, gone: %v", got, c.state, test.want, test.wantGone)
			}
		})
	}
}

func TestConfirmGone_message(t *testing.T) {
	c := newCore(t)
	c.account.RemoveWebhook(c.create(orders))
	c.account.AddUser(simulator.User{Username: "a@example.com", Businesses: []int64{}})
	const want = `Error: Webhook 1 and its location are not visible: Nexudus finds neither the webhook nor its location, which has the ID 5001. The credentials probably belong to another account, or to a user without access to the location. The credentials come from "access_token" in the provider block.

Use the credentials that the webhook was created with. If the location was closed, remove the webhook from the state: with a "removed" block, or with the command "state rm".`
	if got := texts(c.refresh()); got != want {
		t.Errorf("diagnostics = %s\nwant %s", got, want)
	}
}

// A state that somebody has edited sends nothing: a DELETE without an ID would be about
// all webhooks.
func TestWebhookResource_editedState(t *testing.T) {
	for _, id := range []any{nil, "", "0", "abc", "-1", "9223372036854775808"} {
		c := newCore(t)
		c.create(orders)
		c.state["id"] = id
		before, sent := maps.Clone(c.state), len(c.account.Requests())
		p := &planned{config: orders, after: c.state.with("name", "renamed"), private: c.private}
		for name, diagnostics := range map[string][]*tfprotov6.Diagnostic{"refresh": c.refresh(), "update": c.applyPlan(p), "destroy": c.destroy()} {
			if got := summaries(diagnostics); got != "Invalid ID in the state" {
				t.Errorf("%s with the ID %v: diagnostics = %q", name, id, got)
			}
			c.state = maps.Clone(before)
		}
		if n := len(c.account.Requests()) - sent; n != 0 {
			t.Errorf("%d requests with the ID %v, want none", n, id)
		}
	}
}
