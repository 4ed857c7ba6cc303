package simulator_test

import (
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func TestEnums(t *testing.T) {
	server, _ := newAccount(t)
	server.AddUser(simulator.User{Username: "u", Password: "p", Roles: []string{}}) // no role is needed
	c := newClient(t, server, basic("u", "p"))
	type value struct {
		ID   int64 `json:"Id"`
		Name string
	}
	list := func() []value {
		t.Helper()
		return decode[[]value](t, c.want(200, "GET", "/api/utils/enums?name=eWebhookAction", ""))
	}
	got := list()
	if len(got) != 90 {
		t.Fatalf("%d actions, want 90", len(got))
	}
	for i, v := range got {
		if v.ID != int64(i+1) || v.Name == "" {
			t.Errorf("action %d = %+v", i+1, v)
		}
	}
	for _, want := range []value{
		{ID: 1, Name: "None"}, {ID: 6, Name: "BookingCreate"}, {ID: 45, Name: "HelDeskMessageCreated"},
		{ID: 90, Name: "CoworkerPaymentMethodUpdate"},
	} {
		if got[want.ID-1] != want {
			t.Errorf("action = %+v, want %+v", got[want.ID-1], want)
		}
	}

	server.Actions = map[int64]string{6: "Renamed", 95: "Newer"}
	got = list()
	if len(got) != 91 || got[5].Name != "Renamed" || got[90] != (value{ID: 95, Name: "Newer"}) {
		t.Errorf("with newer actions: %+v", got)
	}

	c.want(404, "GET", "/api/utils/enums?name=eOther", "")
	newClient(t, server, "").want(401, "GET", "/api/utils/enums?name=eWebhookAction", "")
}
