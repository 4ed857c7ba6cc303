//go:build race

package nexudus

const raceEnabled = true
