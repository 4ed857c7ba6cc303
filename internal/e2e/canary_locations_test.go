package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// Secrets that the service sends with locations and the user.
const (
	canaryDigits    = "canaryDigitsB2n3M4"
	canaryMail      = "canaryMailG5h6J7"
	canaryPreAuth   = "canaryPreAuthK8l9P0"
	canaryUserToken = "canaryUserTokenV1c2X3"
)

var locationCanaries = []string{canaryDigits, canaryMail, canaryPreAuth, canaryUserToken}

// serveLocations serves the demo's account with a canary in each field that
// belongs to the operator. Requests for the user are answered with a body.
func serveLocations(t *testing.T, status int, user string) (server *simulator.Server, environment []string) {
	t.Helper()
	server, environment = serve(t)
	for _, name := range []string{"Secretive", "Twin", "Twin"} {
		server.AddBusiness(simulator.Business{
			Name: name, Last4Digits: new(canaryDigits), WelcomeEmail: new("<p>" + canaryMail + "</p>"),
			Extra: map[string]json.RawMessage{"PreAuthKey": json.RawMessage(`"` + canaryPreAuth + `"`)},
		})
	}
	server.SetHook(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/auth/me" {
			return false
		}
		w.Header().Set("X-Access-Token", canaryUserToken)
		respond(w, status, jsonType, user, nil)
		return true
	})
	return server, environment
}

const locationsConfig = requiredProviders + `
data "nexudus_current_user" "me" {}

data "nexudus_businesses" "all" {}

data "nexudus_business" "by_id" {
  id = [for b in data.nexudus_businesses.all.businesses : b.id if b.name == "Secretive"][0]
}

data "nexudus_business" "by_name" {
  name = "Secretive"
}

output "all" {
  value = [data.nexudus_current_user.me, data.nexudus_businesses.all, data.nexudus_business.by_id, data.nexudus_business.by_name]
}
`

// The operator's billing data and the user's live token reach no output and no
// file of a run that succeeds.
func TestCanary_locations(t *testing.T) {
	t.Parallel()
	server, environment := serveLocations(
		t,
		200,
		`{"Id":7001,"FullName":"Demo Person","Email":"demo@example.com","AccessToken":"`+canaryUserToken+`"}`,
	)
	places := newWorkspace(t, locationsConfig, environment...).places()
	for _, leak := range leaks(places, locationCanaries) {
		t.Errorf("found %s", leak)
	}
	for place, want := range map[string]string{
		"standard output": "Demo Person",
		"log":             "/api/auth/me",
		"state":           `"name": "Secretive"`,
		"saved plan":      "Secretive",
	} {
		if !strings.Contains(places[place], want) {
			t.Errorf("%s lacks %q", place, want)
		}
	}
	sent := make(map[string]bool)
	for _, r := range server.Requests() {
		sent[strings.TrimRight(r.Path, "0123456789")] = true
	}
	if !sent["/api/auth/me"] || !sent["/api/sys/businesses"] || !sent["/api/sys/businesses/"] {
		t.Errorf("requests = %v, want the user, the list and a location", sent)
	}
}

// The operator's billing data and the user's live token reach no output and no file of a
// run that fails: neither through the service's messages about the user nor through the
// names of the candidates, which the service chooses.
func TestCanary_locationsFail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		user   string
		want   string
	}{
		{
			name: "type", status: 200, user: `{"Id":"` + canaryUserToken + `","AccessToken":"` + canaryUserToken + `"}`,
			want: "the field Id with a JSON string instead of the JSON type integer",
		},
		{
			name: "rejected under 200", status: 200, want: "Rejected by Nexudus",
			user: `{"WasSuccessful":false,"Message":"` + canaryUserToken + `","AccessToken":"` + canaryUserToken + `"}`,
		},
		{name: "rejected", status: 400, user: envelopeOf([]string{canaryUserToken}), want: "Rejected by Nexudus"},
		{name: "not JSON", status: 200, user: canaryUserToken, want: "Unexpected response from Nexudus"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serveLocations(t, test.status, test.user)
			_, token, _ := strings.Cut(environment[1], "=")
			for _, form := range encodings(token) {
				server.AddBusiness(simulator.Business{Name: "Echo", WebAddress: &form, SystemID: &form})
				server.AddBusiness(simulator.Business{Name: "Ecko " + form})
			}
			places := newWorkspace(t, requiredProviders+`
data "nexudus_current_user" "me" {}

data "nexudus_business" "several" {
  name = "Twin"
}

data "nexudus_business" "echo" {
  name = "Echo"
}

data "nexudus_business" "none" {
  name = "Ecko"
}
`, environment...).places()
			for _, leak := range leaks(places, append([]string{token}, locationCanaries...)) {
				t.Errorf("found %s", leak)
			}
			seen := words(places["diagnostics"])
			for _, want := range []string{test.want, `2 locations have the name "Twin"`, `locations have the name "Echo"`, `No location has the name "Ecko"`, `"***"`} {
				if !strings.Contains(seen, want) {
					t.Errorf("diagnostics = %s\nwant %q", seen, want)
				}
			}
		})
	}
}
