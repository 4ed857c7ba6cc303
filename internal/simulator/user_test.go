package simulator_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// signedIn is what a test reads of GET /auth/me.
type signedIn struct {
	ID                            int64 `json:"Id"`
	FullName                      string
	Email                         string
	DefaultBusinessID             *int64 `json:"DefaultBusinessId"`
	DefaultBusinessName           *string
	DefaultCurrencyCode           *string
	DefaultCountryName            *string
	DefaultSimpleTimeZoneNameIana *string
	Businesses                    []int64
	IsAdmin                       bool
	APIAccess                     bool
	AccessToken                   string
}

func TestUser_me(t *testing.T) {
	server, c := newAccount(t)
	me := func(c client) signedIn {
		t.Helper()
		return decode[signedIn](t, c.want(200, "GET", "/api/auth/me", ""))
	}
	admin := me(c)
	if admin.ID != 7001 || admin.FullName != "Demo Person" || admin.Email != "demo@example.com" || !admin.IsAdmin || !admin.APIAccess ||
		*admin.DefaultBusinessID != 5000 || *admin.DefaultBusinessName != "Example Spaces" || len(admin.Businesses) != 8 {
		t.Errorf("administrator = %+v", admin)
	}

	server.AddUser(simulator.User{Username: "u", Password: "p", Roles: []string{}, Businesses: []int64{5002, 5001}})
	one := newClient(t, server, basic("u", "p"))
	user := me(one)
	if user.ID != 7002 || user.FullName != "u" || user.IsAdmin || !slices.Equal(user.Businesses, []int64{5002, 5001}) ||
		*user.DefaultBusinessID != 5002 || *user.DefaultBusinessName != "Speicherstadt" || *user.DefaultCurrencyCode != "EUR" ||
		*user.DefaultCountryName != "Germany" || *user.DefaultSimpleTimeZoneNameIana != "Europe/Berlin" {
		t.Errorf("user without roles = %+v", user)
	}

	// The token works, stays, and is renewed when it ends.
	if again := me(one); again.AccessToken != user.AccessToken {
		t.Error("each response has another token")
	}
	if got := me(newClient(t, server, "Bearer "+user.AccessToken)); got.Email != "u" {
		t.Errorf("the token belongs to %q", got.Email)
	}
	server.RevokeTokens()
	if got := me(one); got.AccessToken == user.AccessToken {
		t.Error("the token does not end")
	}
	newClient(t, server, "").want(401, "GET", "/api/auth/me", "")
}

// An account without locations still has users.
func TestUser_meAlone(t *testing.T) {
	server := &simulator.Server{}
	server.AddUser(simulator.User{Username: "u", Password: "p", ID: 1 << 53})
	server.AddUser(simulator.User{Username: "u", Password: "q"}) // keeps the Id
	w := newClient(t, server, basic("u", "q")).want(200, "GET", "/api/auth/me", "")
	got := decode[map[string]json.RawMessage](t, w)
	if string(got["Id"]) != "9007199254740992" || string(got["Businesses"]) != "[]" || string(got["DefaultBusinessId"]) != "null" ||
		string(got["DefaultBusinessName"]) != "null" {
		t.Errorf("user = %s", got)
	}
}
