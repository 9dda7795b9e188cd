#!/bin/bash
# Measures convoke with the load harness of $SHARED/bench, beside peers and the machine's ceiling, in one run.
#
#   scripts/bench.sh [peer…|limit]      default: cyrus radicale limit
#
# The peers are Debian packages (cyrus-caldav cyrus-imapd sasl2-bin radicale libeatmydata1 curl). OUT is where the
# results go (default bin/bench); QUICK=1 is the short run. The table comes last. Everything stays on loopback.
set -eu
cd "$(dirname "$0")/.."
SHARED=$(cd "${SHARED:-../shared}" && pwd)
OUT=${OUT:-bin/bench}
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
export LAB=${LAB:-/tmp/convokebench}
mkdir -p "$LAB"
[ $# -gt 0 ] || set -- cyrus radicale limit
# The shared folder may be read-only: build beside the results.
cp -r "$SHARED/bench" "$LAB/bench.src" 2>/dev/null || { rm -rf "$LAB/bench.src"; cp -r "$SHARED/bench" "$LAB/bench.src"; }
chmod -R u+w "$LAB/bench.src"
(cd "$LAB/bench.src/davbench" && go build -o "$LAB/davbench" .)

ctl=$PWD/scripts/bench/convoke.sh
chmod +x "$ctl"
export PORT=9206
quick=
[ -z "${QUICK:-}" ] || quick=-quick
if [ -n "$quick" ]; then
	"$LAB/davbench" run -quick -name convoke -ctl "$ctl" -json "$OUT/convoke.json" >"$OUT/convoke.txt"
else
	"$LAB/davbench" run -name convoke -ctl "$ctl" -json "$OUT/convoke.a.json" -only '^(put|schedule|carddav|mixed|start)$' \
		-maxsec 5s -cards 1000 -mixn 60 -quiet 2s >"$OUT/convoke.a.txt" 2>"$OUT/convoke.a.log"
	"$LAB/davbench" run -name convoke -ctl "$ctl" -json "$OUT/convoke.b.json" \
		-only '^(fill|get|etag-list|query-month|multiget|sync|freebusy-query|freebusy-post|carddav)$' \
		-maxsec 5s -memtag ' (10k calendar)' -quiet 2s >"$OUT/convoke.b.txt" 2>"$OUT/convoke.b.log"
fi
"$ctl" stop
(cd "$LAB/bench.src" && unset PORT && ./run.sh "$OUT" "$@")
"$LAB/davbench" table -ref limit "$OUT"/*.json | tee "$OUT/table.md"
