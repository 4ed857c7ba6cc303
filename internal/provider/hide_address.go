package provider

import (
	"errors"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// minSecret is the minimum length of a part of an address that is treated as a secret by
// itself.
const minSecret = 12

// hideAddress removes what follows the host of a webhook's address, which may be a
// secret, from a text that Nexudus sent. The client has already shortened the other
// addresses, but it cannot recognize one without a scheme or a host.
func hideAddress(text, address string) string {
	_, rest, _ := strings.Cut(address, "://")
	start := strings.IndexAny(rest, "/?#")
	if start < 0 {
		return text
	}
	path, query, _ := strings.Cut(rest[start:], "?")
	secrets := []string{strings.TrimRight(path, "/"), query}
	for _, part := range strings.FieldsFunc(path+"?"+query, func(r rune) bool { return strings.ContainsRune("/?&=#", r) }) {
		if len(part) >= minSecret {
			secrets = append(secrets, part)
		}
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		for range 3 { // it may be encoded more than once
			if slices.ContainsFunc(secrets, func(secret string) bool { return secret != "" && strings.Contains(word, secret) }) {
				words[i] = "…"
			}
			word = html.UnescapeString(word)
			if plain, err := url.PathUnescape(word); err == nil {
				word = plain
			}
		}
	}
	return strings.Join(words, " ")
}

// withoutAddress applies hideAddress to all texts of a client error.
func withoutAddress(err error, address string) error {
	var failure *nexudus.Error
	if !errors.As(err, &failure) {
		return err
	}
	hidden := *failure
	hidden.Reason, hidden.Messages, hidden.Fields = hideAddress(failure.Reason, address), nil, nil
	for _, said := range failure.Messages {
		hidden.Messages = append(hidden.Messages, hideAddress(said, address))
	}
	for _, field := range failure.Fields {
		hidden.Fields = append(hidden.Fields, nexudus.FieldError{
			Field: hideAddress(field.Field, address), Message: hideAddress(field.Message, address),
		})
	}
	return &hidden
}
