package provider

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxShown is the maximum number of characters that a message shows of a value from
// the configuration, which can be of any length.
const maxShown = 100

// quote returns a value from the configuration as messages show it.
func quote(value string) string {
	if utf8.RuneCountInString(value) <= maxShown {
		return strconv.Quote(value)
	}
	shown := string([]rune(value)[:maxShown])
	return fmt.Sprintf("%q and %d more characters", shown, utf8.RuneCountInString(value)-maxShown)
}

// digits returns a number without an exponent, unless it would be too long
// to read.
func digits(number *big.Float) string {
	const maxBits = 256 // about 77 digits
	if exponent := number.MantExp(nil); exponent < -maxBits || exponent > maxBits {
		return number.Text('g', 10)
	}
	return number.Text('f', -1)
}

func quoteAll(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return quoted
}

func environmentNames(names []string) []string {
	variables := make([]string, len(names))
	for i, name := range names {
		variables[i] = environmentName(name)
	}
	return variables
}

// join joins names with commas and "and".
func join(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
