package nexudus

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strings"
)

var (
	// address matches an address with the punctuation around it; the first group
	// is what is shown.
	address = regexp.MustCompile(
		`^["'(<\[]*([A-Za-z][A-Za-z0-9+.-]*://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)(?:[/?#].*?)?(["')>\].,;:!]*)$`,
	)

	// closing matches the punctuation at the end of a word, and question what follows a
	// question mark that ends a sentence.
	closing  = regexp.MustCompile(`["')>\].,;:!]*$`)
	question = regexp.MustCompile(`^[?!"')>\].,;:]*$`)
)

// redactURLs keeps only the scheme and host of addresses in a line, because what follows
// the host of a webhook's address often holds a secret. A word with an encoded
// address, or with a user name, is redacted as a whole, and so is one that cannot
// be decoded.
func redactURLs(line string) string {
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

// maxDecoding bounds how many times a text may have been encoded by systems that quote
// each other.
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

// redact removes the client's own credentials from a text. A text that holds an
// encoded credential is redacted as a whole.
func (c *Client) redact(text string) string {
	for _, secret := range c.auth.secrets() {
		raw := secret.reveal()
		if raw == "" {
			continue
		}
		text = strings.ReplaceAll(text, raw, redacted)
		if holdsEncoded(text, raw) {
			return redacted
		}
	}
	return text
}

// holdsEncoded reports whether a text holds a secret as encoded in a URL, a form,
// JSON, HTML or base64, alone or as part of something longer.
func holdsEncoded(text, secret string) bool {
	// Go's own encodings first: a character before the secret could be taken for
	// a part of its first escape.
	quoted, _ := json.Marshal(secret)
	for _, form := range []string{
		url.QueryEscape(secret), url.PathEscape(secret), string(quoted[1 : len(quoted)-1]), html.EscapeString(secret),
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	for _, decoded := range []string{
		unescape(percentEscape, text, url.PathUnescape),
		unescape(percentEscape, strings.ReplaceAll(text, "+", " "), url.PathUnescape),
		unescape(jsonEscape, text, unquote),
		html.UnescapeString(text),
	} {
		if strings.Contains(decoded, secret) {
			return true
		}
	}
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(text)
	for before := range 3 {
		// Three bytes make four characters. Those at either end that share bits with
		// a neighbour are left out.
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
