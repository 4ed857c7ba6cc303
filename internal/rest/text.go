package rest

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	maxText  = 4096 // bytes of a text that are looked at
	maxShown = 300  // characters of it that are shown

	// minSecret is the shortest part of a webhook's address that is hidden where the text
	// would otherwise show it. Shorter ones are ordinary words, such as "hooks" or "v1".
	minSecret = 8

	hidden = "…"
)

// texts prepares texts that others have chosen for display. The zero value is ready to use.
type texts struct {
	mu      sync.Mutex
	secrets []string // credentials
}

// hide adds credentials that no text may show.
func (t *texts) hide(secrets ...Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, secret := range secrets {
		if !secret.isEmpty() {
			t.secrets = append(t.secrets, secret.reveal())
		}
	}
}

// sanitize returns a text as one line that is safe for a terminal and for the logs of CI systems. It
// shows only words of prose; any other word may be a key, a path or a command, and becomes "…".
// Credentials are removed, and those parts of the addresses that may be secret.
func (t *texts) sanitize(text string, addresses ...string) string {
	text = strings.Map(printable, strings.ToValidUTF8(bounded(text), ""))
	t.mu.Lock()
	secrets := slices.Clone(t.secrets)
	t.mu.Unlock()
	for _, address := range addresses {
		secrets = append(secrets, secretParts(address)...)
	}
	// The longest first: a shorter one may be a part of it.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	replacements := make([]string, 0, 2*len(secrets))
	for _, secret := range secrets {
		replacements = append(replacements, secret, hidden)
	}
	replacer := strings.NewReplacer(replacements...)
	// Again after the spaces have been folded, which may complete a secret that contains spaces.
	words := strings.Fields(replacer.Replace(strings.Join(strings.Fields(replacer.Replace(text)), " ")))
	for i, word := range words {
		if !isProse(word) {
			words[i] = hidden
		}
	}
	words = slices.CompactFunc(words, func(a, b string) bool { return a == hidden && b == hidden })
	text = strings.Join(words, " ")
	if runes := []rune(text); len(runes) > maxShown {
		return string(runes[:maxShown]) + hidden
	}
	return text
}

// bounded returns the beginning of a long text, up to the end of a word.
func bounded(text string) string {
	if len(text) <= maxText {
		return text
	}
	text = text[:maxText]
	return text[:strings.LastIndexFunc(text, unicode.IsSpace)+1] + hidden
}

// printable turns control characters into spaces, and drops characters that reorder or hide text.
func printable(r rune) rune {
	switch {
	case unicode.IsControl(r), unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

var (
	number  = regexp.MustCompile(`^[0-9]{1,6}(?:[.:,][0-9]{1,6}){0,4}$`) // also an IP address with its port
	mixture = regexp.MustCompile(`^[\pL\pN]+(?:[./-][\pL\pN]+)*$`)
)

// isProse reports whether a word, without the punctuation around it, is one of letters, with single
// separators between them; a number; two short words joined by a slash; or a short mixture, such as
// HTTP/1.1 or x509.
func isProse(word string) bool {
	if strings.ContainsAny(word, `=&%@\#+`) || strings.Contains(word, "::") {
		return false
	}
	core := strings.TrimFunc(word, func(r rune) bool { return r != '/' && unicode.IsPunct(r) || strings.ContainsRune("<>`", r) })
	length := utf8.RuneCountInString(core)
	switch {
	case length == 0:
		return utf8.RuneCountInString(word) <= 3
	case length <= 8 && mixture.MatchString(core), number.MatchString(core):
		return true
	case length > 40:
		return false
	}
	return isLetters(core, "'’._-", 30) || strings.Count(core, "/") == 1 && isLetters(core, "/", 6)
}

// isLetters reports whether a text consists of letters, with single separators between runs of limited length.
func isLetters(text, separators string, limit int) bool {
	run := 0
	for _, r := range text {
		switch {
		case (unicode.IsLetter(r) || unicode.IsMark(r)) && run < limit:
			run++
		case strings.ContainsRune(separators, r) && run > 0:
			run = 0
		default:
			return false
		}
	}
	return run > 0
}

// secretParts returns what may be a secret in the address of a webhook: the user information, the
// segments of the path, the values of the query, and the fragment. The host never is.
func secretParts(address string) (parts []string) {
	add := func(texts ...string) {
		for _, text := range texts {
			if utf8.RuneCountInString(text) >= minSecret {
				parts = append(parts, text)
			}
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		add(address)
		return parts
	}
	password, _ := u.User.Password()
	// An escaped form that differs contains % or +, which isProse rejects.
	add(u.User.Username(), password, u.Fragment)
	add(strings.Split(u.Path, "/")...)
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		decoded, _ := url.QueryUnescape(cmp.Or(value, name))
		add(decoded)
	}
	return parts
}
