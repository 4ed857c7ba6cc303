package nexudus

import (
	"strings"
	"testing"
)

func TestSanitize(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{name: "plain", text: "Name: is a required field", want: "Name: is a required field"},
		{name: "lines", text: "one\r\ntwo\tthree", want: "one two three"},
		{name: "escapes", text: "\x1b[2Jgone\u009b31m", want: "[2Jgone 31m"},
		{name: "direction", text: "abc\u202etxt.exe\u2066", want: "abctxt.exe"},
		{name: "emoji", text: "family 👨‍👩‍👧 ok", want: "family 👨‍👩‍👧 ok"},
		{name: "not UTF-8", text: "a\xffb", want: "a\ufffdb"},
		{name: "long", text: strings.Repeat("ü", 301), want: strings.Repeat("ü", 300) + "…"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := sanitize(test.text); got != test.want {
				t.Errorf("sanitize = %q, want %q", got, test.want)
			}
		})
	}
}
