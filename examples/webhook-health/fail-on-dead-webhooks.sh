#!/bin/sh
# Fails a pipeline if a check block, which only warns, has failed: plans the
# configuration in the current folder and reads the results of its checks.
#
# Usage: fail-on-dead-webhooks.sh [terraform | tofu]. Needs jq.
# Exit code: 0 if all checks pass; 1 if one fails, after printing its message;
# 2 if the result is not known.
set -eu

cli=${1:-terraform}
# The plan contains the addresses of the webhooks, which may contain secrets.
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' HUP INT TERM

# The texts are not trustworthy: the endpoint of a webhook chooses its last error.
# In a CI log, "::" and "##" can start a command for GitHub Actions or Azure
# Pipelines, and terminals interpret control characters.
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
