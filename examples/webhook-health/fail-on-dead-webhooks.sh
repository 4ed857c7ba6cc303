#!/bin/sh
# Fails a pipeline for what a check block only warns about: plans the
# configuration in the current folder and looks at its checks.
#
# Usage: fail-on-dead-webhooks.sh [terraform | tofu]. Needs jq.
# Exit code: 0 all webhooks are delivered; 1 some are not, and they are listed;
# 2 that could not be found out.
set -eu

cli=${1:-terraform}
# A plan holds the webhooks' addresses, and with them their secrets.
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' HUP INT TERM

# The texts come from outside: the endpoint of a webhook chooses its last error.
# In a CI log, "::" and "##" may begin a command to GitHub Actions or Azure
# Pipelines, and a terminal obeys control characters.
clean='gsub("[^\\P{C}\\n]|\\p{Zl}|\\p{Zp}"; " ") | gsub("::+"; ":") | gsub("##+"; "#")'

"$cli" plan -input=false -no-color -out="$dir/plan" > "$dir/log" 2>&1 || { jq -Rr "$clean" "$dir/log" >&2; exit 2; }
"$cli" show -json "$dir/plan" > "$dir/plan.json" || exit 2

status=$(jq -r '[.checks[]?.status] | if any(. == "fail") then "fail" elif length > 0 and all(. == "pass") then "pass" else "unknown" end' "$dir/plan.json") || exit 2
case $status in
pass) ;;
fail)
	jq -r ".checks[].instances[]?.problems[]?.message | $clean" "$dir/plan.json"
	exit 1
	;;
*)
	echo "The configuration has no check, or one that was not evaluated." >&2
	exit 2
	;;
esac
