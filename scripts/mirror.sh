#!/usr/bin/env bash
# Usage: mirror.sh FOLDER
#
# Copies the built provider to FOLDER in the layout of a filesystem mirror, for
# Terraform and OpenTofu. The GNUmakefile sets the variables.
set -euo pipefail

for host in $HOSTS; do
	folder=$1/$host/$SOURCE/$VERSION/$(go env GOOS)_$(go env GOARCH)
	mkdir -p "$folder"
	cp "$BINARY" "$folder/terraform-provider-nexudus_v$VERSION"
done
