#!/usr/bin/env bash
# Usage: goreleaser.sh ARGUMENT...
#
# Builds GoReleaser and the SBOM tool that GoReleaser looks for on PATH, and runs
# GoReleaser in the current folder. The GNUmakefile sets the variables.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
tools=$BUILD/release-tools
mkdir -p "$tools"
go build -C "$root" -modfile=tools/release/go.mod -o "$tools/" github.com/goreleaser/goreleaser/v2
go build -C "$root" -modfile=tools/go.mod -o "$tools/" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
PATH=$tools:$PATH exec goreleaser "$@"
