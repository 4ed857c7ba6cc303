#!/usr/bin/env bash
# Usage: generate.sh FOLDER
#
# Generates the pages of docs/ from the schemas, templates/ and examples/ into FOLDER. Run
# it with make generate, which builds the provider and sets the variables.
set -euo pipefail

schema=$BUILD/schema
mkdir -p "$schema"
cp examples/provider/provider.tf "$schema"
cat > "$BUILD/override.tfrc" <<END
provider_installation {
  dev_overrides {
    "$SOURCE" = "$BUILD"
  }
  direct {}
}
END
# tfplugindocs looks for the provider under its short name. OpenTofu, and Terraform
# before 1.14, do not print the schema of the list resource, which has the filters of
# the data source.
(cd "$schema" && TF_CLI_CONFIG_FILE=$BUILD/override.tfrc "$CLI" providers schema -json) |
	go tool -modfile=tools/go.mod gojq '.provider_schemas |= {nexudus: first(.[])} | .provider_schemas.nexudus |=
		(.list_resource_schemas.nexudus_webhook //= (.data_source_schemas.nexudus_webhooks | del(.block.attributes.webhooks, .block.attributes.include_urls)))' \
	> "$schema/schema.json"

# Prints the output of tfplugindocs only if it fails.
tfplugindocs() {
	go tool -modfile=tools/go.mod tfplugindocs "$@" --provider-name nexudus --providers-schema "$schema/schema.json" \
		> "$schema/log" 2>&1 || { cat "$schema/log" >&2; exit 1; }
}
mkdir -p docs
tfplugindocs generate --rendered-provider-name Nexudus --rendered-website-dir "$1"
tfplugindocs validate

# tfplugindocs prints this for a template variable that does not exist.
if grep -rn '<no value>' "$1" >&2; then
	echo "A template uses a variable that does not exist." >&2
	exit 1
fi
