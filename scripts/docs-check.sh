#!/usr/bin/env bash
# Fails if docs/ is out of date. Run it with make docs-check, which builds the
# provider and sets the variables.
set -euo pipefail

rm -rf "$BUILD/docs"
mkdir -p docs
cp -r docs "$BUILD/docs"
scripts/generate.sh
if ! diff -r "$BUILD/docs" docs > /dev/null; then
	echo "docs/ was out of date. It has been regenerated; commit it." >&2
	exit 1
fi
