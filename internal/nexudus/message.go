package nexudus

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
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
		text = shorten(withoutSecrets(c.redact(oneLine(c.redact(text)))))
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

var (
	// address is what of an address is shown, with the punctuation around it.
	address = regexp.MustCompile(`^["'(<\[]*([A-Za-z][A-Za-z0-9+.-]*://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)(?:[/?#].*?)?(["')>\].,;:!]*)$`)

	// question is a question mark that ends a sentence.
	closing  = regexp.MustCompile(`["')>\].,;:!]*$`)
	question = regexp.MustCompile(`^[?!"')>\].,;:]*$`)
)

// withoutSecrets leaves only scheme and host of the addresses in a line: what
// follows the host of a webhook's address often carries a secret. A word that
// holds an address in an encoded form, or one with a user name, is left out as a
// whole, and so is one that cannot be read.
func withoutSecrets(line string) string {
	words := strings.Split(line, " ")
	for i, word := range words {
		plain, ok := decoded(word)
		before, query, _ := strings.Cut(plain, "?")
		found := address.FindStringSubmatch(word)
		switch {
		case !ok, strings.Contains(plain, "//") && (found == nil || strings.Contains(plain, "@")):
			words[i] = "…"
		case strings.Contains(plain, "//"):
			opening, rest, _ := strings.Cut(word, found[1])
			words[i] = opening + found[1] + found[2]
			if rest != found[2] {
				words[i] = opening + found[1] + "/…" + found[2]
			}
		case question.MatchString(query):
		case strings.HasPrefix(word, before+"?"):
			words[i] = before + "?…" + closing.FindString(word)
		default:
			words[i] = "…"
		}
	}
	return strings.Join(words, " ")
}

// maxDecoding is how often one text is encoded by systems that repeat each
// other's. What is encoded more often cannot be read.
const maxDecoding = 8

// decoded undoes all percent, HTML and JSON escapes of a word, and reports whether
// none are left.
func decoded(word string) (plain string, ok bool) {
	plain = word
	for range maxDecoding {
		before := plain
		plain = unescape(percentEscape, plain, url.PathUnescape)
		plain = unescape(jsonEscape, html.UnescapeString(plain), unquote)
		if plain == before {
			return plain, true
		}
	}
	return plain, false
}

func unquote(escaped string) (plain string, err error) {
	err = json.Unmarshal([]byte(`"`+escaped+`"`), &plain)
	return plain, err
}

// redact takes the client's own credentials out of a text. A text that holds
// one encoded is hidden as a whole.
func (c *Client) redact(text string) string {
	for _, secret := range c.auth.secrets() {
		raw := secret.reveal()
		if raw == "" {
			continue
		}
		text = strings.ReplaceAll(text, raw, hidden)
		if holdsEncoded(text, raw) {
			return hidden
		}
	}
	return text
}

// holdsEncoded reports whether a text holds a secret as it stands in a URL, a
// form, JSON, HTML or base64, itself or as a part of something longer.
func holdsEncoded(text, secret string) bool {
	// As Go writes it, since what stands before may be taken for a part of the
	// first escape.
	quoted, _ := json.Marshal(secret)
	for _, form := range []string{url.QueryEscape(secret), url.PathEscape(secret), string(quoted[1 : len(quoted)-1]), html.EscapeString(secret)} {
		if form != secret && strings.Contains(text, form) {
			return true
		}
	}
	for _, decoded := range []string{
		unescape(percentEscape, text, url.PathUnescape),
		unescape(percentEscape, strings.ReplaceAll(text, "+", " "), url.PathUnescape),
		unescape(jsonEscape, text, unquote),
		html.UnescapeString(text),
	} {
		if decoded != text && strings.Contains(decoded, secret) {
			return true
		}
	}
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(text)
	for before := range 3 {
		// Three bytes make four characters. Those made of a neighbour's bits,
		// at either end, say nothing about the secret.
		bytes := append(make([]byte, before), secret...)
		encoded := base64.StdEncoding.EncodeToString(bytes)[(before*4+2)/3 : len(bytes)*4/3]
		if len(encoded) >= minBase64 && strings.Contains(standard, encoded) {
			return true
		}
	}
	return false
}

// minBase64 keeps a secret of one or two characters from being found in every
// word.
const minBase64 = 4

var (
	percentEscape = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)
	jsonEscape    = regexp.MustCompile(`(?:\\u[0-9A-Fa-f]{4}|\\["\\/bfnrt])+`)
)

// unescape decodes what it can and leaves the rest.
func unescape(escape *regexp.Regexp, text string, decode func(string) (string, error)) string {
	return escape.ReplaceAllStringFunc(text, func(escaped string) string {
		plain, err := decode(escaped)
		if err != nil {
			return escaped
		}
		return plain
	})
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
