package main

import (
	"regexp"
	"testing"
)

// faultRows are the rows of the table of faults that the provider survives, by
// group: A signing in, B throttling, C network and TLS, D answers, E Terraform.
var faultRows = []string{
	"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11",
	"B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8",
	"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9",
	"D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11",
	"E1", "E2", "E3", "E4", "E5",
}

// Each row has a test: its number stands in the comment above a test ("Row B1",
// "rows A5 and A6") or in the name of a table's entry ("B1 …").
func TestFaultRows(t *testing.T) {
	mention := regexp.MustCompile(`(?m)^\s*// .*[Rr]ows? ([^.:]*)|"([A-E]\d+) `)
	number := regexp.MustCompile(`\b[A-E]\d+\b`)
	tested := make(map[string]bool)
	for path, text := range texts(t, "_test.go") {
		if path == "faults_test.go" {
			continue
		}
		for _, found := range mention.FindAllString(text, -1) {
			for _, row := range number.FindAllString(found, -1) {
				tested[row] = true
			}
		}
	}
	for _, row := range faultRows {
		if !tested[row] {
			t.Errorf("no test names the row %s", row)
		}
		delete(tested, row)
	}
	for row := range tested {
		t.Errorf("a test names the row %s, which is not in the table", row)
	}
}
