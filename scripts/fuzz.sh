#!/bin/sh
# Runs each fuzz target for FUZZTIME (default 10s).
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for pkg in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
		echo "$pkg $target"
		status=0
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" "$pkg" >"$out" 2>&1 || status=$?
		cat "$out"
		# Go may call the end of the time a failure. One of the target's names an input or a seed, or is a panic.
		if [ "$status" -ne 0 ] && { ! grep -q 'context deadline exceeded' "$out" || grep -qE 'Failing input|seed corpus|panic:' "$out"; }; then
			exit "$status"
		fi
	done
done
