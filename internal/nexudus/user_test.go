package nexudus

import (
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

func TestClient_currentUser(t *testing.T) {
	var got *http.Request
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		serveJSON(
			200,
			`{"Id":9007199254740993,"FullName":"Zoë Demo","Email":"zoe@example.com","DefaultBusinessId":5001,"DefaultBusinessName":"Werksviertel",
			"DefaultCurrencyCode":"EUR","DefaultCountryName":"Germany","DefaultSimpleTimeZoneNameIana":"Europe/Berlin",
			"Businesses":[5002,9007199254740995],"IsAdmin":false,"APIAccess":true,"AccessToken":"live-token"}`,
		)(w, r)
	})
	user, err := c.CurrentUser(t.Context())
	want := &User{
		ID: 9007199254740993, FullName: new("Zoë Demo"), Email: new("zoe@example.com"), DefaultBusinessID: new(int64(5001)),
		BusinessIDs: []int64{5002, 9007199254740995}, IsAdmin: new(false), APIAccess: new(true), TimeZone: new("Europe/Berlin"),
	}
	if err != nil || !reflect.DeepEqual(user, want) {
		t.Errorf("user = %+v, %v\nwant   %+v", user, err, want)
	}
	if got.Method != http.MethodGet || got.URL.String() != "https://nexudus.test/api/auth/me" {
		t.Errorf("request = %s %s", got.Method, got.URL)
	}
}

func TestClient_currentUserNulls(t *testing.T) {
	for _, body := range []string{
		`{"Id":42}`,
		`{"Id":42,"FullName":null,"Email":null,"DefaultBusinessId":null,"DefaultSimpleTimeZoneNameIana":null,"Businesses":null,"IsAdmin":null,"APIAccess":null}`,
	} {
		user, err := newTestClient(t, serveJSON(200, body)).CurrentUser(t.Context())
		if err != nil || !reflect.DeepEqual(user, &User{ID: 42}) {
			t.Errorf("user = %+v, %v, want only the Id", user, err)
		}
	}
}

// Whatever is wrong with the response, neither the error nor the log shows the
// token in it.
func TestClient_currentUserErrors(t *testing.T) {
	const token = "live-token"
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{name: "no Id", status: 200, body: `{"AccessToken":"live-token"}`,
			want: "get user: 200: unexpected response: a JSON object (application/json, 28 bytes) without an Id"},
		{name: "type", status: 200, body: `{"Id":1,"Email":["live-token"],"AccessToken":"live-token"}`,
			want: "get user: 200: unexpected response: the field Email with a JSON array instead of the JSON type string"},
		{name: "locations", status: 200, body: `{"Id":1,"Businesses":["live-token"]}`,
			want: "get user: 200: unexpected response: the field Businesses with a JSON string instead of the JSON type integer"},
		{
			name:   "text",
			status: 200,
			body:   `"live-token"`,
			want:   "get user: 200: unexpected response: a JSON string (application/json, 12 bytes)",
		},
		{name: "truncated", status: 200, body: `{"Id":1,"AccessToken":"live-token`,
			want: "get user: 200: unexpected response: invalid JSON (application/json, 33 bytes)"},
		{name: "rejected under 200", status: 200, body: `{"WasSuccessful":false,"Message":"live-token","AccessToken":"live-token"}`,
			want: "get user: 200: rejected"},
		{name: "rejected", status: 400, body: `{"Errors":[{"PropertyName":"AccessToken","Message":"live-token"}],"Message":"live-token"}`,
			want: "get user: 400: rejected"},
		{name: "unauthorized", status: 401, body: `{"Message":"live-token"}`, want: "get user: 401: unauthorized"},
		{name: "forbidden", status: 403, body: `{"Message":"live-token"}`, want: "get user: 403: forbidden"},
		{
			name:   "not found",
			status: 404,
			body:   `"Not found"`,
			want:   "get user: 404: unexpected response: a JSON string (application/json, 11 bytes)",
		},
		{name: "unavailable", status: 503, body: `{"Message":"live-token"}`, want: "get user: 503: unavailable"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			c := newTestClient(t, serveJSON(test.status, test.body), func(c *Config) {
				c.MaxRetries = 0
				c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			user, err := c.CurrentUser(t.Context())
			if user != nil || err == nil || err.Error() != test.want {
				t.Errorf("user = %v, error = %v\nwant nil and %s", user, err, test.want)
			}
			for place, text := range map[string]string{"error": fmt.Sprintf("%+v %#v", err, failureOf(t, err)), "log": log.String()} {
				if strings.Contains(text, token) {
					t.Errorf("%s holds the token: %s", place, text)
				}
			}
			if log.Len() == 0 {
				t.Error("nothing was logged")
			}
		})
	}
}

// What the service says to a sign-in is shown: it contains no token.
func TestClient_currentUserSignIn(t *testing.T) {
	c := newTestClient(t, serveJSON(400, `{"error":"invalid_grant","error_description":"The user name or password is incorrect."}`),
		withPassword(Password{Username: "u", Password: NewSecret("secret")}))
	_, err := c.CurrentUser(t.Context())
	if want := "sign in: 400: sign-in refused: The user name or password is incorrect."; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

// A user without any role can read itself.
func TestClient_currentUserRoles(t *testing.T) {
	server, _ := newDemoClient(t)
	server.AddUser(simulator.User{Username: "u@example.com", Password: "p", Roles: []string{}, Businesses: []int64{5002, 5001}})
	c := newTestClient(t, server.ServeHTTP, withPassword(Password{Username: "u@example.com", Password: NewSecret("p")}))
	user, err := c.CurrentUser(t.Context())
	if err != nil || *user.Email != "u@example.com" || *user.IsAdmin || !reflect.DeepEqual(user.BusinessIDs, []int64{5002, 5001}) {
		t.Errorf("user = %+v, %v", user, err)
	}
}
