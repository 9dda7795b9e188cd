#!/bin/sh
# gofmt, go vet and staticcheck; prints what is wrong and fails if anything is.
set -u
cd "$(dirname "$0")/.."
bad=0
un=$(gofmt -l $(git ls-files '*.go'))
[ -z "$un" ] || { echo "gofmt differs:"; echo "$un"; bad=1; }
go vet ./... || bad=1
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./... || bad=1
exit $bad
