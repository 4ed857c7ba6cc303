package rest

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestStaticAuth(t *testing.T) {
	pair := base64.StdEncoding.EncodeToString([]byte("abc:abXYZ")) // a word of prose
	tests := []struct {
		name   string
		auth   Auth
		header string
		hidden []string
	}{
		{name: "token", auth: Token{AccessToken: NewSecret("abc")}, header: "Bearer abc", hidden: []string{"abc"}},
		{name: "basic", auth: Basic{Username: "abc", Password: NewSecret("abXYZ")}, header: "Basic " + pair, hidden: []string{"abXYZ", pair}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var shown texts
			a := test.auth.authorizer(nil, &shown, slog.New(slog.DiscardHandler))
			if header, err := a.authorization(t.Context()); header.reveal() != test.header || err != nil {
				t.Errorf("authorization = %q, %v, want %q", header.reveal(), err, test.header)
			}
			for _, secret := range test.hidden {
				if got := shown.sanitize("word " + secret); got != "word …" {
					t.Errorf("sanitize(%q) = %q, want it hidden", secret, got)
				}
				if printed := fmt.Sprintf("%+v %#v", a, a); strings.Contains(printed, secret) {
					t.Errorf("the authorizer prints %s", printed)
				}
			}
			if again, err := a.renew(t.Context(), Secret{}); again || err != nil || a.valid() {
				t.Errorf("renew = %v, %v, valid = %v, want false", again, err, a.valid())
			}
			if a.accepted(Secret{}); !a.valid() {
				t.Error("valid = false after Nexudus has accepted the header")
			}
		})
	}
}
