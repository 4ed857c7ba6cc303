package nexudus

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// set adds a parameter to a query unless its value is nil.
func set[T any](query url.Values, name string, value *T) {
	if value != nil {
		query.Set(name, fmt.Sprint(*value))
	}
}

// ascii returns an ASCII text, which has only one normal form, or nil for any other.
func ascii(text *string) *string {
	if text == nil || strings.ContainsFunc(*text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return nil
	}
	return text
}

// reference returns a reference to another record. In older answers, one that is not set is 0.
func reference(id *int64) *int64 {
	if id == nil || *id == 0 {
		return nil
	}
	return id
}

// matches reports whether a field has the wanted value. A nil wanted matches every field.
func matches[T comparable](wanted, field *T) bool {
	return wanted == nil || field != nil && *field == *wanted
}

// normal returns a text in Unicode normal form C, which is what Terraform uses.
func normal(text *string) *string {
	if text == nil {
		return nil
	}
	return new(norm.NFC.String(*text))
}
