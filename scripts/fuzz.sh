#!/usr/bin/env bash
# Usage: fuzz.sh TIME
#
# Fuzzes each target for TIME, one after the other.
set -euo pipefail

# go test -list prints the targets of a package, and then a line with its name.
go test -list '^Fuzz' ./... |
	awk '/^Fuzz/ { targets[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, targets[i]; n = 0 }' |
	while read -r package target; do
		echo "$target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "$package" < /dev/null
	done
