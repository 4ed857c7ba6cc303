package provider

import "testing"

func TestParseID(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "42": 42, "9007199254740993": 9007199254740993, "9223372036854775807": 1<<63 - 1} {
		if id, ok := parseID(text); id != want || !ok {
			t.Errorf("parseID(%q) = %d, %v, want %d", text, id, ok, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "+1", "01", "1.0", "1e3", " 1", "1 ", "abc", "0x1", "1_000", "9223372036854775808", "١"} {
		if _, ok := parseID(text); ok {
			t.Errorf("parseID(%q) accepts it", text)
		}
	}
}
