package nexudus

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestBasic(t *testing.T) {
	var got string
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got = user + " " + password
		record(w, r)
	}, func(c *Config) { c.Auth = Basic{Username: "key", Password: NewSecret("sécret:1")} })
	if _, err := c.Webhook(t.Context(), 1); err != nil || got != "key sécret:1" {
		t.Errorf("Basic = %q, %v, want the pair", got, err)
	}
	if strings.Contains(fmt.Sprintf("%+v %#v", c.auth, c.auth), "écret") {
		t.Error("the authorizer prints its secret")
	}
}
