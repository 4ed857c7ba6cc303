package e2e

import (
	"net/http"
	"slices"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// Plan and apply sign in within the same half-minute, and the service accepts each
// code only once: the second process waits for the next code.
func TestTwoFactor(t *testing.T) {
	tests := []struct {
		name, password string
		code           int
		want           string
		signIns        []int // statuses, unless a half-minute ends in between
	}{
		{
			name: "plan and apply", password: "pipeline", want: "1 added",
			signIns: []int{http.StatusOK, http.StatusBadRequest, http.StatusOK},
		},
		{
			name: "wrong password", password: "wrong", code: 1,
			want: "Error: Nexudus refused the sign-in with nexudus_webhook.test, on main.tf line 10, in resource \"nexudus_webhook\" \"test\": " +
				"10: resource \"nexudus_webhook\" \"test\" { Nexudus did not accept the user name, the password or the one-time codes. " +
				"The provider tried more than one code, because another process may have used the first one, and does not try again.",
			signIns: []int{http.StatusBadRequest, http.StatusBadRequest},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := serve(t)
			server.AddUser(demoTwoFactor)
			config := orders
			if test.code == 0 {
				config += `
data "nexudus_webhook" "planned" {
  id = 101
}
`
			}
			w := newWorkspace(t, config, append(environment, "NEXUDUS_ACCESS_TOKEN=", "NEXUDUS_USERNAME="+demoTwoFactor.Username,
				"NEXUDUS_PASSWORD="+test.password, "NEXUDUS_TOTP_SECRET="+demoTwoFactor.TOTPSecret)...)
			w.want(test.code, apply, test.want)
			signIns := slices.DeleteFunc(server.Requests(), func(r simulator.Request) bool { return r.Path != "/api/token" })
			var statuses []int
			for _, r := range signIns {
				statuses = append(statuses, r.Status)
			}
			want := test.signIns
			if test.code == 0 && len(signIns) == 2 && signIns[0].Time.Unix()/30 != signIns[1].Time.Unix()/30 {
				want = []int{http.StatusOK, http.StatusOK}
			}
			if !slices.Equal(statuses, want) {
				t.Errorf("sign-ins = %v, want %v", statuses, want)
			}
		})
	}
}
