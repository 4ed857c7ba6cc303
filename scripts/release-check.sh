#!/usr/bin/env bash
# Builds a release of the committed code without publishing it, in a clone, for a test to
# look at. Run it with make release-check, which sets the variables.
set -euo pipefail

rm -rf "$BUILD/release"
git clone -q . "$BUILD/release"
cd "$BUILD/release"
goreleaser() { go tool -modfile=tools/release/go.mod goreleaser "$@"; }
skip=publish,sign
if command -v gpg > /dev/null; then
	# A key for this run only.
	GNUPGHOME=$(mktemp -d)
	export GNUPGHOME
	trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
	gpg --batch --quiet --passphrase '' --quick-generate-key release-check
	GPG_FINGERPRINT=$(gpg --list-keys --with-colons | awk -F: '/^fpr/ { print $10; exit }')
	export GPG_FINGERPRINT
	skip=publish
else
	echo "gpg is not installed: the release is not signed."
fi
goreleaser check
goreleaser release --snapshot --skip=$skip
if [ $skip = publish ]; then
	gpg --verify dist/*_SHA256SUMS.sig
fi
