package nexudus

import (
	"fmt"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	value := struct {
		Password Secret
		inner    struct{ password Secret }
	}{Password: NewSecret("hunter2")}
	value.inner.password = value.Password
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(format, value); strings.Contains(got, "hunter2") || strings.Contains(got, "68756e") ||
			!strings.Contains(got, "***") {
			t.Errorf("Sprintf(%q) = %s, want ***", format, got)
		}
	}
	if text, _ := NewSecret("hunter2").MarshalText(); string(text) != "***" {
		t.Errorf("MarshalText = %s, want ***", text)
	}
}
