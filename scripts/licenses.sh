#!/bin/sh
# Gathers the licence of every module that is linked into convoke, Go's own, that of the CLDR, of which the table of
# Windows time zones is made, and those of web/static/vendor (web/vendor-src/licenses.txt, made by `npm run vendor`)
# into cmd/convoke/licenses.txt.gz, for `convoke version --licenses`.
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
{
	echo "Convoke is made of the following, besides its own code (see LICENSE)."
	printf '\n==== The Go standard library and runtime, %s ====\n\n' "$(go env GOVERSION)"
	cat "$(go env GOROOT)/LICENSE"
	printf '\n==== Unicode CLDR, supplemental/windowsZones.json (names of Windows time zones) ====\n\n'
	cat internal/timezone/gen/LICENSE.cldr
	echo
	cat web/vendor-src/licenses.txt
	go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}}|{{.Version}}|{{.Dir}}{{end}}{{end}}' ./cmd/convoke | sort -u |
	while IFS='|' read -r path version dir; do
		printf '\n==== %s %s ====\n\n' "$path" "$version"
		found=
		for f in "$dir"/LICENSE* "$dir"/LICENCE* "$dir"/COPYING* "$dir"/NOTICE*; do
			[ -f "$f" ] || continue
			found=1
			cat "$f"
			echo
		done
		[ -n "$found" ] || { echo "no licence found in $path" >&2; exit 1; }
	done
} >"$out"
gzip -9nc "$out" >cmd/convoke/licenses.txt.gz
