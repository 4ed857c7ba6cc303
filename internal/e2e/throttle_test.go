package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// readMany returns a configuration that reads the webhooks 1 to n one by one.
func readMany(n int) string {
	return requiredProviders + fmt.Sprintf(`
data "nexudus_webhook" "each" {
  for_each = toset([for id in range(1, %d) : tostring(id)])
  id       = each.key
}

output "read" {
  value = length(data.nexudus_webhook.each)
}
`, n+1)
}

// manyWebhooks starts an account with the webhooks 1 to n.
func manyWebhooks(t *testing.T, n int) (server *simulator.Server, environment []string) {
	t.Helper()
	server, environment = serve(t)
	for id := range n {
		server.AddWebhook(simulator.Webhook{
			ID: int64(id + 1), BusinessID: 5001, Name: fmt.Sprint("webhook ", id+1), Action: 6, Active: true, URL: "https://example.com",
		})
	}
	return server, environment
}

// A real CLI with its default parallelism runs against the documented limits,
// in real time. They make the large case take more than a minute. The client's tests
// count refusals exactly.
func TestThrottle(t *testing.T) {
	tests := []struct {
		name                       string
		config                     string
		want                       string
		requests, refused, atLeast int
	}{
		// No request should be refused, but a machine under load may delay some for too long.
		{name: "20 reads", config: readMany(20), want: "read = 20", requests: 20, refused: 20},
		{
			name: "200 reads beside the fleet",
			config: readMany(200) + `
data "nexudus_webhooks" "fleet" {}

output "fleet" {
  value = length(data.nexudus_webhooks.fleet.webhooks)
}
`,
			want:     "fleet = 200",
			requests: 201,
			refused:  100,
			atLeast:  1,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server, environment := manyWebhooks(t, 200)
			server.LimitFactor = 1
			w := newWorkspace(t, test.config, append(environment, "NEXUDUS_MAX_REQUESTS_PER_SECOND=", "TF_LOG_PROVIDER=INFO")...)
			started := time.Now()
			output, code := w.run("plan")
			if code != 0 || !strings.Contains(output, test.want) {
				t.Errorf("exit code %d, output = … %s\nwant 0 and %q", code, output[max(0, len(output)-1000):], test.want)
			}
			refused := 0
			for _, r := range server.Requests() {
				if r.Status != http.StatusOK {
					refused++
				}
			}
			if n := len(server.Requests()) - refused; n != test.requests || refused > test.refused || refused < test.atLeast {
				t.Errorf("%d requests served and %d refused, want %d served and %d to %d refused",
					n, refused, test.requests, test.atLeast, test.refused)
			}
			// The log contains one line for each wait, with its reason and length.
			if n := strings.Count(output, "Nexudus asks to wait: "); n != refused {
				t.Errorf("%d waits in the log, want %d", n, refused)
			}
			if refused > 0 &&
				(!strings.Contains(output, "status=409") || !strings.Contains(output, "asked=") || !strings.Contains(output, "wait=")) {
				t.Errorf("the log does not tell the reason and the length of a wait")
			}
			// A long wait is explained on the screen, once.
			if n := strings.Count(output, "Warning: Slowed down by Nexudus"); n < test.atLeast || n > 1 {
				t.Errorf("%d warnings about the wait, want %d or one", n, test.atLeast)
			}
			t.Logf("%s: %.1f s, %d refused", test.name, time.Since(started).Seconds(), refused)
		})
	}
}
