package e2e

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// With GODEBUG=http2debug=2, Go writes the headers of all HTTP/2 requests to
// standard error, Authorization among them. See https://pkg.go.dev/net/http.
func TestCanary_http2Debug(t *testing.T) {
	t.Parallel()
	h := &hostile{}
	served := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = h.hear(r)
		body := `{"Id":1}`
		if r.URL.Path == "/api/token" {
			body = `{"access_token":"` + canaryToken + `"}`
		}
		respond(w, 200, jsonType, body, nil)
	}))
	served.EnableHTTP2 = true
	served.StartTLS()
	t.Cleanup(served.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}

	environment := append([]string{
		"NEXUDUS_BASE_URL=" + served.URL + "/api", "NEXUDUS_MAX_REQUESTS_PER_SECOND=0",
		"SSL_CERT_FILE=" + authority, "GODEBUG=http2debug=2",
	}, canaryCredentials["totp"]...)
	places := newWorkspace(t, requiredProviders+`
data "nexudus_webhook" "one" {
  id = 1
}
`, environment...).places()
	checkCanaries(t, places, h.secrets())
	if len(h.secrets()) == 0 {
		t.Errorf("the server was sent no credential: %s", places["diagnostics"])
	}
	// The CLI and the provider speak HTTP/2 with each other.
	if !strings.Contains(places["diagnostics"]+places["log"], "http2: Framer") {
		t.Error("GODEBUG=http2debug=2 has no effect")
	}
}
