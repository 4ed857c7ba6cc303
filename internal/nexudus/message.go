package nexudus

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// What a person can still read, and an answer that holds more is not meant for
// one.
const (
	maxMessages      = 10
	maxMessageLength = 300     // characters
	maxMessageBody   = 1 << 16 // bytes of an answer that is searched for messages
)

// envelope is how the API says no, also under status 200, and how POST /token
// does. The AttemptedValue of an error is left out: it may be a secret.
type envelope struct {
	WasSuccessful *bool
	Message       string
	Errors        []struct {
		PropertyName string
		Message      string
	}
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// messages returns the service's own words in an answer, fit to be shown.
func (c *Client) messages(got answer) []string {
	if len(got.body) > maxMessageBody {
		return nil
	}
	var said envelope
	// A field of the wrong type is skipped, the others are still worth showing.
	_ = json.Unmarshal(got.body, &said)

	var messages []string
	add := func(text string) {
		// Again on one line, since that joins what invisible characters kept
		// apart; and before the end is cut off, which would leave a part.
		text = shorten(c.redact(oneLine(c.redact(text))))
		if text != "" && !slices.Contains(messages, text) {
			messages = append(messages, text)
		}
	}
	add(said.Message)
	for _, e := range said.Errors {
		if e.PropertyName != "" && e.Message != "" {
			add(e.PropertyName + ": " + e.Message)
		} else {
			add(e.Message)
		}
	}
	if said.Description != "" {
		add(said.Description)
	} else {
		add(said.Code)
	}

	if more := len(messages) - maxMessages; more > 0 {
		messages = append(messages[:maxMessages], fmt.Sprintf("and %d more", more))
	}
	return messages
}

// redact takes the client's own credentials out of a text, in the forms in
// which a server could repeat them.
func (c *Client) redact(text string) string {
	for _, secret := range c.auth.secrets() {
		raw := secret.reveal()
		if raw == "" {
			continue
		}
		quoted, _ := json.Marshal(raw)
		for _, form := range []string{
			raw,
			url.QueryEscape(raw),
			url.PathEscape(raw),
			string(quoted[1 : len(quoted)-1]),
			base64.StdEncoding.EncodeToString([]byte(raw)),
		} {
			text = strings.ReplaceAll(text, form, hidden)
		}
	}
	return text
}

// clean makes a server's text fit for one line of a terminal: no control
// characters, no characters that reorder or hide text, single spaces, and an
// end where it is too long. Emoji and all scripts stay.
func clean(text string) string { return shorten(oneLine(text)) }

func oneLine(text string) string {
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

func shorten(text string) string {
	if runes := []rune(text); len(runes) > maxMessageLength {
		text = string(runes[:maxMessageLength]) + "…"
	}
	return text
}
