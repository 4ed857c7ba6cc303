#!/usr/bin/env bash
# Usage: opentofu.sh FILE VERSION
#
# Builds the pinned OpenTofu from source into FILE. Several clones share the
# result, so the file gets its name only when it is complete.
set -euo pipefail

echo "Building OpenTofu $2 from source. This takes a few minutes, once per machine."
mkdir -p "$(dirname "$1")"
go build -C tools/opentofu -trimpath -ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' \
	-o "$1.$$" github.com/opentofu/opentofu/cmd/tofu
mv "$1.$$" "$1"
