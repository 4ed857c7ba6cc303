#!/bin/sh
# Fails a pipeline if a check block, which only warns, has failed: plans the
# configuration in the current folder and reads the results of its checks.
#
# Usage: fail-on-dead-webhooks.sh [terraform | tofu]. Needs jq.
# Exit code: 0 if all checks pass; 1 if one fails, after printing its message;
# 2 if the result is not known.
set -eu

cli=${1:-terraform}
# The plan may contain secrets, such as addresses of webhooks.
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' HUP INT TERM

"$cli" plan -input=false -no-color -out="$dir/plan" > "$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 2; }
"$cli" show -json "$dir/plan" > "$dir/plan.json" || exit 2

status=$(jq -r '[.checks[]?.status] | if any(. == "fail") then "fail" elif length > 0 and all(. == "pass") then "pass" else "unknown" end' "$dir/plan.json") || exit 2
case $status in
pass) ;;
fail)
	jq -r '.checks[].instances[]?.problems[]?.message' "$dir/plan.json"
	exit 1
	;;
*)
	echo "The configuration has no check, or one that was not evaluated." >&2
	exit 2
	;;
esac
