package rest

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
		got := fmt.Sprintf(format, value)
		if strings.Contains(got, "hunter2") || strings.Contains(got, "68756e") || !strings.Contains(got, "***") {
			t.Errorf("Sprintf(%q) = %s, want ***", format, got)
		}
	}
	if text, err := NewSecret("hunter2").MarshalText(); string(text) != "***" || err != nil {
		t.Errorf("MarshalText = %s, %v, want ***", text, err)
	}
	if !(Secret{}).isEmpty() || NewSecret("hunter2").isEmpty() || NewSecret("hunter2").reveal() != "hunter2" {
		t.Error("a secret has another text than it was made of")
	}
}
