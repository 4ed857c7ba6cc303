package nexudus

import (
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

func TestUser_fields(t *testing.T) {
	var request *http.Request
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		request = r
		serveJSON(200, `{"Id":9007199254740993,"FullName":"Zoë Demo","Email":"zoe@example.com","DefaultBusinessId":5001,
			"DefaultBusinessName":"Werksviertel","DefaultCurrencyCode":"EUR","DefaultCountryName":"Germany",
			"DefaultSimpleTimeZoneNameIana":"Europe/Berlin","Businesses":[5002,9007199254740995],"IsAdmin":false,"APIAccess":true,
			"AccessToken":"live-token"}`)(w, r)
	})
	got, err := c.CurrentUser(t.Context())
	want := &User{
		ID: 9007199254740993, FullName: new("Zoë Demo"), Email: new("zoe@example.com"), DefaultBusinessID: new(int64(5001)),
		BusinessIDs: []int64{5002, 9007199254740995}, IsAdmin: new(false), APIAccess: new(true), TimeZone: new("Europe/Berlin"),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("user = %+v, %v\nwant   %+v", got, err, want)
	}
	if got := request.Method + " " + request.URL.String(); got != "GET https://nexudus.test/api/auth/me" {
		t.Errorf("request = %s", got)
	}
}

func TestUser_nulls(t *testing.T) {
	wantNulls(t, &User{ID: 42}, func(c *Client) (*User, error) { return c.CurrentUser(t.Context()) })
	got, err := newTestClient(t, serveJSON(200, `{"Id":42,"DefaultBusinessId":0}`)).CurrentUser(t.Context())
	if err != nil || got.DefaultBusinessID != nil {
		t.Errorf("user = %+v, %v, want no default location", got, err)
	}
}

// Whatever is wrong with the response, neither the error nor the log shows the
// token in it.
func TestUser_errors(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{name: "no ID", status: 200, body: `{"AccessToken":"l1veT0ken"}`, want: "200: unexpected response: a JSON object (27 bytes) without an Id"},
		{
			name: "type", status: 200, body: `{"Id":1,"Email":["l1veT0ken"],"AccessToken":"l1veT0ken"}`,
			want: "200: unexpected response: the field Email with a JSON array instead of the JSON type string",
		},
		{name: "truncated", status: 200, body: `{"Id":1,"AccessToken":"l1veT0ken`, want: "200: unexpected response: invalid JSON (32 bytes)"},
		{name: "rejected under 200", status: 200, body: `{"WasSuccessful":false,"Message":"l1veT0ken"}`, want: "200: rejected: …"},
		{name: "rejected", status: 400, body: `{"Errors":[{"PropertyName":"T","Message":"l1veT0ken"}],"Message":"l1veT0ken"}`, want: "400: rejected: …; T: …"},
		{name: "unauthorized", status: 401, body: `{"Message":"l1veT0ken"}`, want: "401: unauthorized: …"},
		{name: "not found", status: 404, body: `"Not found"`, want: "404: unexpected response: a JSON string (11 bytes): Not found"},
		{name: "unavailable", status: 503, body: `{"Message":"l1veT0ken"}`, want: "503: unavailable: …"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			c := newTestClient(t, serveJSON(test.status, test.body), func(c *rest.Config) {
				c.MaxRetries = 0
				c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			user, err := c.CurrentUser(t.Context())
			wantText(t, err, "get user: "+test.want)
			if text := fmt.Sprintf("%+v %#v", err, err) + log.String(); user != nil || strings.Contains(text, "l1veT0ken") || log.Len() == 0 {
				t.Errorf("user = %v; error and log = %s, want neither to contain the token", user, text)
			}
		})
	}
}
