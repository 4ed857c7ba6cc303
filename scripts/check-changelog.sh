#!/bin/sh
# Usage: check-changelog.sh TAG [CHANGELOG]
#
# Fails unless the changelog begins with a dated heading for the tag, such as
# "## 0.1.0 (January 2, 2027)" for v0.1.0.
set -eu
version=${1#v}
heading=$(head -n 1 "${2:-CHANGELOG.md}")

date=${heading#"## $version "}
months='January|February|March|April|May|June|July|August|September|October|November|December'
if [ "$date" = "$heading" ] || ! printf '%s\n' "$date" | grep -Eqx "\(($months) [1-9][0-9]?, 20[0-9][0-9]\)"; then
	echo "The changelog begins with \"$heading\"." >&2
	echo "To release $1, it must begin with \"## $version\" and a date, such as \"(January 2, 2027)\"." >&2
	exit 1
fi
