package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A write-only address that is the value of an ephemeral variable is in no output and no file, and
// Nexudus has it.
func TestCanary_urlWO(t *testing.T) {
	t.Parallel()
	const address = "https://example.com/hook?key=" + canaryKey
	config := strings.Replace(orders, `url         = "https://example.com/hook?key=1"`, "url_wo      = var.address\n  url_wo_version = 1", 1) + `
variable "address" {
  type      = string
  ephemeral = true
}
`
	server, environment := serve(t)
	w := newWorkspace(t, config, append(environment, "TF_VAR_address="+address)...)
	check := func(places map[string]string) {
		t.Helper()
		for _, leak := range leaks(places, []string{canaryKey}) {
			t.Errorf("found %s", leak)
		}
	}
	check(w.places())
	w.change(config, `"orders"`, `"renamed"`)
	places := w.places()
	for _, file := range []string{"terraform.tfstate", "saved.tfplan"} {
		places["show "+file] = w.want(0, "show -json "+file, "url_wo_version")
	}
	backup, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate.backup"))
	if err != nil {
		t.Fatal(err)
	}
	places["backup"] = string(backup)
	check(places)
	if got, _ := server.Webhook(ordersID); got.URL != address || got.Name != "renamed" {
		t.Errorf("webhook = %+v, want the address %s", got, address)
	}
}
