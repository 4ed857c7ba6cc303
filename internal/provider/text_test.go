package provider

import (
	"math/big"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for value, want := range map[string]string{
		"":                        `""`,
		"a\"b\x1b":                `"a\"b\x1b"`,
		strings.Repeat("ü", 100):  `"` + strings.Repeat("ü", 100) + `"`,
		strings.Repeat("ü", 1234): `"` + strings.Repeat("ü", 100) + `" and 1134 more characters`,
	} {
		if got := quote(value); got != want {
			t.Errorf("quote(%q) = %s, want %s", value, got, want)
		}
	}
}

func TestDigits(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-1": "-1", "1.5": "1.5", "0.01": "0.01", "1000000": "1000000",
		"9223372036854775808": "9223372036854775808", "-1e30": "-1000000000000000000000000000000",
		"1e300": "1e+300", "-1e-300": "-1e-300",
	} {
		number, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		if got := digits(number); got != want {
			t.Errorf("digits(%s) = %s, want %s", text, got, want)
		}
	}
}
