#!/usr/bin/env bash
# Applies examples/webhook-health against the simulator. Run it with make demo,
# which builds the provider and sets the variables.
set -euo pipefail

rm -rf "$BUILD/demo"
mkdir -p "$BUILD/demo"
cp examples/webhook-health/*.tf "$BUILD/demo"
go build -o "$BUILD/simulator" ./internal/cmd/simulator

# The CLI would print a warning about dev_overrides, but none about a mirror.
scripts/mirror.sh "$BUILD/mirror"
cat > "$BUILD/mirror.tfrc" <<END
provider_installation {
  filesystem_mirror {
    path = "$BUILD/mirror"
  }
}
END
export TF_CLI_CONFIG_FILE=$BUILD/mirror.tfrc

# Prints the output of a command only if it fails.
quietly() {
	"$@" > output.log 2>&1 || { cat output.log; exit 1; }
}

plan_and_apply() {
	quietly "$CLI" plan -input=false -no-color -out=demo.tfplan
	if [ -t 1 ] || [ -n "${COLOUR:-}" ]; then
		"$CLI" apply -input=false demo.tfplan
	else
		"$CLI" apply -input=false -no-color demo.tfplan
	fi
}
export -f quietly plan_and_apply

cd "$BUILD/demo"
quietly "$CLI" init -input=false -no-color
"$BUILD/simulator" -- bash -euc plan_and_apply
