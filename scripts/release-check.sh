#!/usr/bin/env bash
# Builds a release of the committed code in two clones without publishing it, so
# that a test can compare the results. Run it with make release-check, which sets the
# variables.
set -euo pipefail

rm -rf "$BUILD/release"
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

goreleaser=$PWD/scripts/goreleaser.sh
for folder in one two; do
	git clone -q . "$BUILD/release/$folder"
	(cd "$BUILD/release/$folder" && "$goreleaser" check && "$goreleaser" release --snapshot --skip=$skip)
done
if [ $skip = publish ]; then
	gpg --verify "$BUILD"/release/one/dist/*_SHA256SUMS.sig
fi
