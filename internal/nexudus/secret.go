package nexudus

import (
	"fmt"
	"log/slog"
)

// Secret is a text that is never formatted: printed, logged or encoded in any
// way it reads ***. Its zero value is the empty text.
type Secret struct {
	// A pointer, since fmt prints an unexported field without asking its type
	// how: it shows an address where a string would show itself.
	text *string
}

// NewSecret hides a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// reveal returns the text, for the wire alone.
func (s Secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

func (s Secret) isEmpty() bool { return s.text == nil }

const redacted = "***"

// Format implements [fmt.Formatter] for every verb, since a String method
// alone would not cover %x or %d.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// String returns ***.
func (Secret) String() string { return redacted }

// MarshalText implements [encoding.TextMarshaler], and with it JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
