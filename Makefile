# Targets for people and for .ci/run. Each says what it did; none needs more than Go
# unless it says so.

GO       ?= go
BINARY   ?= bin/convoke
LDFLAGS  ?= -s -w
# Where the shared conformance runner and the bench harness are.
SHARED   ?= ../shared

export CGO_ENABLED = 0

.PHONY: build test test-go interop lint fuzz conformance bench bench-go screens licenses clean

build: ## a static binary in bin/
	$(GO) build -trimpath -tags timetzdata -ldflags '$(LDFLAGS)' -o $(BINARY) ./cmd/convoke

test: ## everything: Go tests under the race detector, then each interop/*/run.sh
	@scripts/test.sh

test-go: ## the Go part alone; needs nothing but Go
	$(GO) test -shuffle=on ./...

interop: build ## foreign clients against a real server; installs what it needs
	@scripts/test.sh interop

lint: ## gofmt, go vet, staticcheck
	@scripts/lint.sh

fuzz: ## each fuzz target for FUZZTIME (10s)
	@scripts/fuzz.sh

conformance: build ## the shared CalDAV and CardDAV scripts against a real server
	@SHARED='$(SHARED)' scripts/conformance.sh

bench: build ## the shared yardstick against a real server
	@SHARED='$(SHARED)' scripts/bench.sh

bench-go: ## Go benchmarks of the hot paths, compared with the last run by benchstat
	@scripts/bench-go.sh

screens: build ## the pictures in docs/screens, by Chromium over the demo
	@cd interop/browser && npm ci --ignore-scripts --no-audit --no-fund >/dev/null && CONVOKE=../../$(BINARY) node pictures.mjs

licenses: ## gathers the licences of what is linked in
	@scripts/licenses.sh

clean:
	rm -rf bin
