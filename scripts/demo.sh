#!/usr/bin/env bash
# Plans and applies examples/manage-webhooks against the simulator. Run it with
# make demo, which builds the provider and sets the variables.
set -euo pipefail

rm -rf "$BUILD/demo"
mkdir -p "$BUILD/demo"
cp examples/manage-webhooks/*.tf "$BUILD/demo"
go build -o "$BUILD/simulator" ./internal/cmd/simulator

# A mirror, because the CLI prints a warning about dev_overrides but none about a mirror.
scripts/mirror.sh "$BUILD/mirror"
cat > "$BUILD/mirror.tfrc" <<END
provider_installation {
  filesystem_mirror {
    path = "$BUILD/mirror"
  }
}
END
export TF_CLI_CONFIG_FILE=$BUILD/mirror.tfrc

color=-no-color bold='' normal=''
if [ -t 1 ] || [ -n "${COLOUR:-}" ]; then
	color='' bold=$'\e[1m' normal=$'\e[0m'
fi
export color bold normal

# show COMMAND ARGUMENT... runs the CLI, and prints the command as a user would type it.
show() {
	printf '%s$ %s%s\n' "$bold" "$(basename "$CLI") $*" "$normal"
	"$CLI" "$1" -input=false $color "${@:2}"
}
demo() {
	show plan -out=demo.tfplan
	echo
	show apply -compact-warnings demo.tfplan
}
export -f show demo

cd "$BUILD/demo"
"$CLI" init -input=false -no-color > init.log 2>&1 || { cat init.log; exit 1; }
"$BUILD/simulator" -- bash -euc demo
