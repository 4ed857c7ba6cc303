package nexudus

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A server that lists a thousand errors must not fill the terminal with them.
func TestMessages_bounded(t *testing.T) {
	type fault struct{ Message string }
	var faults []fault
	for i := range 500 {
		faults = append(faults, fault{Message: fmt.Sprintf("error %d", i+1)})
	}
	got := messagesOf(t, map[string]any{"Errors": faults})
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprintf("error %d", i+1))
	}
	if want = append(want, "and 490 more"); !slices.Equal(got, want) {
		t.Errorf("messages = %q, want ten and how many more", got)
	}
}

// A credential at the place where a long text is cut would be shown in part.
func TestMessages_credentialAtTheEnd(t *testing.T) {
	const token = "abcdefghijklmnopqrstuvwxyz"
	for before := 300 - len(token); before <= 300; before++ {
		got := messagesOf(t, said(strings.Repeat("ü", before)+token+" and more text"),
			func(c *Config) { c.Auth = Token{AccessToken: NewSecret(token)} })
		if len(got) != 1 || strings.Contains(got[0], "abc") || len([]rune(got[0])) > 301 {
			t.Errorf("messages with the token after %d characters = %q, want nothing of it", before, got)
		}
	}
}

// The longest text that is sanitized takes little time.
func TestMessages_longAddress(t *testing.T) {
	for _, part := range []string{"%25", "&amp;", `\u005c`, "https://a?", "?", "//"} {
		started := time.Now()
		messagesOf(t, said(strings.Repeat(part, maxMessageBody/len(part)/2)))
		if took := time.Since(started); took > 2*time.Second {
			t.Errorf("many %q took %v", part, took)
		}
	}
}

// A text that others choose must not contain a command for the CI system, at a place
// where the CLI may begin a new line.
func TestClient_sanitizeCommands(t *testing.T) {
	c := newTestClient(t, nil, func(c *Config) { c.Auth = Basic{"user", NewSecret("p#word")} })
	for text, want := range map[string]string{
		"::stop-commands::x":             ":stop-commands::x",
		"failed\n:::::add-mask::x":       "failed :add-mask::x",
		"failed :\u200b:add-mask::x":     "failed :add-mask::x",
		"##vso[task.setvariable x]y":     "#vso[task.setvariable x]y",
		"failed:###[group]x":             "failed:#[group]x",
		"failed p##word":                 "failed ***",
		"dial tcp [::1]:443: no route":   "dial tcp [::1]:443: no route",
		"System::Net::WebException #404": "System::Net::WebException #404",
	} {
		if got := c.Sanitize(text); got != want {
			t.Errorf("Sanitize(%q) = %q, want %q", text, got, want)
		}
	}
}
