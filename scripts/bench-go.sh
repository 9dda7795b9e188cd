#!/bin/bash
# Runs the Go benchmarks of the hot paths and compares them with a former run by benchstat.
#
#   scripts/bench-go.sh [package…]      default: the packages below
#
# Results go to bin/bench/go.txt; a former one becomes bin/bench/go.old.txt and is what the new one is compared with. To
# compare with a commit, run this there first. COUNT (6) runs of each, of TIME (0.3s). Without a module proxy the figures
# stand alone.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- ./cmd/convoke ./caldav ./carddav ./scheduling ./server ./server/dav ./server/davxml ./storage \
	./internal/icalendar ./internal/recur ./internal/contentline
dir=bin/bench
mkdir -p $dir
[ ! -s $dir/go.txt ] || mv $dir/go.txt $dir/go.old.txt
go test -run '^$' -bench . -benchtime "${TIME:-0.3s}" -count "${COUNT:-6}" "$@" | tee $dir/go.txt
old=
[ ! -s $dir/go.old.txt ] || old=$dir/go.old.txt
# Not in go.mod: it is no part of the product.
go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da $old $dir/go.txt ||
	echo "benchstat cannot be had: the figures above stand alone"
