package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/simulator"
)

// A real CLI with its default parallelism runs within the documented limits. This takes
// two seconds of real time. The client's tests prove the larger cases in virtual time.
func TestThrottle(t *testing.T) {
	t.Parallel()
	const n = 20
	server, environment := serve(t)
	for id := range n {
		server.AddWebhook(simulator.Webhook{ID: int64(id + 1), BusinessID: 5001, Name: fmt.Sprint("webhook ", id+1), Action: 6, URL: "https://example.com"})
	}
	server.LimitFactor = 1
	w := newWorkspace(t, requiredProviders+fmt.Sprintf(`
data "nexudus_webhook" "each" {
  for_each = toset([for id in range(1, %d) : tostring(id)])
  id       = each.key
}

output "read" {
  value = length(data.nexudus_webhook.each)
}
`, n+1), append(environment, "NEXUDUS_MAX_REQUESTS_PER_SECOND=", "TF_LOG_PROVIDER=INFO")...)
	output := w.want(0, "plan", fmt.Sprint("read = ", n))
	served := 0
	for _, r := range server.Requests() {
		if r.Status == http.StatusOK {
			served++
		}
	}
	// No request should be throttled, but a machine under load may delay some for too long.
	throttled := len(server.Requests()) - served
	if waits := strings.Count(output, "Nexudus asks to wait: "); served != n || throttled > n || waits != throttled {
		t.Errorf("%d requests served, %d throttled, %d waits in the log, want %d served and one wait for each throttled", served, throttled, waits, n)
	}
}
