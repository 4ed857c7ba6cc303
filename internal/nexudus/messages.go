package nexudus

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	maxMessages    = 10
	maxMessageBody = 1 << 16 // bytes; a longer body is not a message for people
)

// verdict is the API's own success flag, which a response with any status may have.
type verdict struct{ WasSuccessful *bool }

func (v verdict) refused() bool { return v.WasSuccessful != nil && !*v.WasSuccessful }

// envelope is the response to a write, and to any request that the API refuses,
// even under status 200. POST /token has its own two fields. AttemptedValue is
// left out on purpose: it may be a secret.
// See https://developers.nexudus.com/reference/response-format.
type envelope struct {
	verdict
	Message string
	Value   json.RawMessage
	Errors  []struct {
		PropertyName string
		Message      string
	}
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// messages are the service's own messages, sanitized for display.
type messages struct {
	texts  []string
	fields []FieldError
}

func (c *Client) messages(body []byte) messages {
	var m messages
	if len(body) > maxMessageBody {
		return m
	}
	var said envelope
	// A field of the wrong type is skipped: the others are still worth showing.
	_ = json.Unmarshal(body, &said)

	var about []string // "Name: is required", which Message often repeats
	for _, e := range said.Errors {
		field, text := c.Sanitize(e.PropertyName), c.Sanitize(e.Message)
		switch {
		case field == "" || text == "":
			m.add(field + text)
		case len(m.fields) < maxMessages && !slices.Contains(m.fields, FieldError{field, text}):
			m.fields = append(m.fields, FieldError{field, text})
			about = append(about, field+": "+text)
		}
	}
	if text := c.Sanitize(said.Message); !slices.Contains(about, text) && text != strings.Join(about, " ") {
		m.add(text)
	}
	if said.Description != "" {
		m.add(c.Sanitize(said.Description))
	} else {
		m.add(c.Sanitize(said.Code))
	}
	if more := len(m.texts) - maxMessages; more > 0 {
		m.texts = append(m.texts[:maxMessages], fmt.Sprintf("and %d more", more))
	}
	return m
}

func (m *messages) add(text string) {
	if text != "" && !slices.Contains(m.texts, text) {
		m.texts = append(m.texts, text)
	}
}

// Sanitize prepares a text of the service for display on one line: bounded, without
// control characters, credentials, what follows the host of an address, or
// commands for the CI system that runs the provider.
//
// It redacts again after each step that removes characters, because that can join a
// credential that they kept apart, and truncates last, since a truncated secret
// would not be recognized.
func (c *Client) Sanitize(text string) string {
	return truncate(c.redact(withoutCommands(redactURLs(c.redact(singleLine(c.redact(text)))))))
}

var (
	colons = regexp.MustCompile("(^| )::+")
	hashes = regexp.MustCompile("##+")
)

// withoutCommands shortens "::" at the start of a word, where the CLI may begin a new
// line, and "##": with these begin commands for GitHub Actions and Azure Pipelines.
// Whoever owns the endpoint of a webhook chooses its last error.
func withoutCommands(text string) string {
	return hashes.ReplaceAllString(colons.ReplaceAllString(text, "$1:"), "#")
}
