package rest

import "fmt"

// Secret is a text that is never shown: printed, logged or encoded in any
// way, it becomes ***. Its zero value is the empty text.
type Secret struct {
	// A pointer, because fmt prints an unexported field without calling the methods of its type.
	// It prints the address of a pointer, but the text of a string.
	text *string
}

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{&text} }

// reveal returns the text. It is for requests only.
func (s Secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

func (s Secret) isEmpty() bool { return s.reveal() == "" }

const redacted = "***"

// Format implements [fmt.Formatter]: String would not cover %x or %d.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json and
// log/slog use.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
