package provider

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxShown is the maximum number of characters that a message shows of a value from the configuration.
const maxShown = 100

// quote returns a value from the configuration as messages show it.
func quote(value string) string {
	if utf8.RuneCountInString(value) <= maxShown {
		return strconv.Quote(value)
	}
	return fmt.Sprintf("%q and %d more characters", string([]rune(value)[:maxShown]), utf8.RuneCountInString(value)-maxShown)
}

// digits returns a number without an exponent, unless it would be too long to read.
func digits(number *big.Float) string { return number.Text('g', 40) }

func mapped[T any](values []T, f func(T) string) []string {
	result := make([]string, len(values))
	for i, value := range values {
		result[i] = f(value)
	}
	return result
}

// atMostTen returns the first ten texts, and how many more there are.
func atMostTen(texts []string) []string {
	if more := len(texts) - 10; more > 0 {
		return append(texts[:10], fmt.Sprintf("%d more", more))
	}
	return texts
}

// join joins names with commas and "and".
func join(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
