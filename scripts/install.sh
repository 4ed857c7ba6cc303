#!/usr/bin/env bash
# Usage: install.sh FOLDER
#
# Installs the built provider in FOLDER, a mirror that the CLI searches by default, and
# builds the simulator.
# Warns if the user's CLI configuration keeps the CLI from searching it.
# The GNUmakefile sets the variables.
set -euo pipefail

scripts/mirror.sh "$1"
go build -o "$BUILD/simulator" ./internal/cmd/simulator
cat <<END
Installed $SOURCE $VERSION in $1.
The simulator is $BUILD/simulator.

From now on, terraform init and tofu init look for this provider only there. They do not
find newer versions. Its checksum differs from the published version's, so a lock file
shared with colleagues will not match.
Run make uninstall before you use a published version.
END

if [ -n "${TF_CLI_CONFIG_FILE:-}" ]; then
	files=("$TF_CLI_CONFIG_FILE")
else
	files=("$HOME/.terraformrc" "$HOME/.tofurc" "${XDG_CONFIG_HOME:-$HOME/.config}/opentofu/tofurc")
fi
for file in "${files[@]}"; do
	if [ -f "$file" ] && grep -q '^[[:space:]]*provider_installation' "$file" && ! grep -Fq "\"$1" "$file"; then
		cat >&2 <<END

terraform init and tofu init will not find it: the provider_installation block in
$file does not name this folder. Add to the block:

  filesystem_mirror {
    path    = "$1"
    include = ["registry.terraform.io/$SOURCE", "registry.opentofu.org/$SOURCE"]
  }

If the block has a direct method, add to it:

    exclude = ["registry.terraform.io/$SOURCE", "registry.opentofu.org/$SOURCE"]
END
	fi
done
