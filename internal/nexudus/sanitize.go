package nexudus

import (
	"strings"
	"unicode"
)

const maxMessageLength = 300 // characters

// sanitize prepares a server's text for one line of a terminal: no control
// characters, no characters that reorder or hide text, single spaces, bounded length.
// Emoji and all scripts stay.
func sanitize(text string) string { return truncate(singleLine(text)) }

func singleLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case r == '\u200d':
			return r // joins emoji and letters
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.Join(strings.Fields(text), " ")
}

func truncate(text string) string {
	if runes := []rune(text); len(runes) > maxMessageLength {
		text = string(runes[:maxMessageLength]) + "…"
	}
	return text
}
