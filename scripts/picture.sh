#!/usr/bin/env bash
# Draws .github/demo-dark.svg and .github/demo-light.svg from the output of make
# demo, without the CLI's hint about how to apply a saved plan. Run it with make
# picture, which sets the variables.
set -euo pipefail

"$MAKE" --no-print-directory demo COLOUR=always > "$BUILD/demo.ansi"
sed -i '/─────/,/apply "demo.tfplan"/d' "$BUILD/demo.ansi"
go tool -modfile=tools/go.mod freeze "$BUILD/demo.ansi" --language ansi --window --padding 20 \
	--border.radius 8 --border.width 1 --border.color '#8b949e' \
	--font.family 'ui-monospace, Menlo, Consolas, monospace' --output .github/demo-dark.svg
# freeze has one palette for ANSI colors, which suits a dark background.
sed 's/#171717/#ffffff/g; s/#c4c4c4/#1f2328/g; s/#D3E561/#9a6700/g; s/#31BB71/#1a7f37/g; s/#4B4B4B/#6e7781/g' \
	.github/demo-dark.svg > .github/demo-light.svg
