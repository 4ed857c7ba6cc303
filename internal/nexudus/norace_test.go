//go:build !race

package nexudus

const raceEnabled = false
