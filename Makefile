# What people and CI call. `make test` is the whole check; everything it needs
# beside Go it installs itself on Debian (see .ci/install-tools).

GO ?= go
PACKAGES := ./...
GOLANGCI_LINT_VERSION := 2.15.0
LIGHTHOUSE_VERSION := 12.8.2
TOOLS := $(CURDIR)/.tools

# One `go test` may take this long before it prints where it hangs.
TIMEOUT ?= 30m

# The folders with tests whose names begin like that.
holding = $(shell grep -rl --include='*_test.go' '^func $(1)' . | xargs -r -n1 dirname | sort -u)

# The steps of `test` share two cores and build on each other: one at a time.
.NOTPARALLEL:
.PHONY: run demo test test-all faults load bench lint fmt build container \
	tools check-format check-vendored vet test-scripts test-race test-volume test-browser test-rules lighthouse

run:
	$(GO) run ./cmd/bedarfslotse serve

demo:
	$(GO) run ./cmd/bedarfslotse demo

# One static file that runs on any Linux of its architecture; `bedarfslotse
# version` says from which commit it is.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -ldflags='-s -w' -o bin/bedarfslotse ./cmd/bedarfslotse

# An image with nothing else in it, by podman, or CONTAINER=docker.
CONTAINER ?= podman
container: build
	mkdir -p bin/empty && cp /etc/ssl/certs/ca-certificates.crt bin/
	$(CONTAINER) build -t bedarfslotse .

# From quick to slow, so that the first mistake shows early.
test: tools check-format check-vendored vet lint test-scripts test-race test-volume test-browser

# The same with the long forms of the long tests (all languages, 10 000 attacked
# pages, 50 kills, long soak), which look at BEDARFSLOTSE_LONG.
test-all: export BEDARFSLOTSE_LONG = 1
test-all: TIMEOUT = 60m
test-all: test test-rules

tools:
	.ci/install-tools

check-format:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then \
		echo "not formatted, run 'make fmt':"; echo "$$unformatted"; exit 1; fi

# Libraries of others are as they were published.
check-vendored:
	@for folder in web/vendor internal/testbrowser/testdata internal/export/testdata; do \
		(cd $$folder && sha256sum --check --quiet SHA256SUMS) || exit 1; done

vet:
	$(GO) vet $(PACKAGES)

lint:
	lint=$$(.ci/golangci-lint $(GOLANGCI_LINT_VERSION) $(TOOLS)) && "$$lint" run --allow-parallel-runners $(PACKAGES)

fmt:
	lint=$$(.ci/golangci-lint $(GOLANGCI_LINT_VERSION) $(TOOLS)) && "$$lint" fmt

# The files are named because releases of Node disagree about folders.
test-scripts:
	@files=$$(find web/tests -name '*.test.mjs' -o -name '*.test.js'); if [ -z "$$files" ]; then \
		echo "no *.test.mjs in web/tests"; exit 1; fi; \
	echo "node --test $$files"; node --test $$files

# Where tests keep their files: see the script.
test-race test-volume test-browser: export TMPDIR := $(shell .ci/scratch)

# Tests make much and keep little: looking for garbage less often saves them a
# fifth of their time or more.
test-race test-browser: export GOGC := 300

# The C of SQLite, translated to Go, works on memory of its own, which the race
# detector passes over: asking it at every access finds nothing and makes SQLite
# some thirty times slower. The driver and everything else is watched.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

# Every package runs under the race detector, which makes Go some ten times slower.
# So some tests are left to the steps below: TestVolume…, which are about quantity,
# TestHeavy…, which reckon, draw or ask much, one thing after the other,
# TestBrowser…, which mostly wait for Chromium, and the matrix of permissions,
# which sends thousands of requests one after the other.
test-race:
	$(GO) test -race $(UNWATCHED) -timeout $(TIMEOUT) -skip '^Test(Volume|Heavy|Browser|PermissionMatrix$$)' $(PACKAGES)

# A test named TestVolume… skips itself unless BEDARFSLOTSE_VOLUME is set, so that
# a plain `go test ./...` stays quick. The heavy tests that run at the same time
# only wait for somebody's patience to end.
test-volume:
	@if [ -n "$(call holding,TestVolume)" ]; then set -x; \
		BEDARFSLOTSE_VOLUME=1 $(GO) test -timeout $(TIMEOUT) -run '^TestVolume' $(call holding,TestVolume); \
	else echo "there are no volume tests"; fi
	$(GO) test -parallel 8 -timeout $(TIMEOUT) -run '^Test(Heavy|PermissionMatrix$$)' ./internal/server $(call holding,TestHeavy)

# One package at a time, and in the largest as many tests at once as there are
# cores: pages mostly wait.
test-browser: TIMEOUT = 50m
test-browser:
	$(GO) test -p 1 -timeout $(TIMEOUT) -run '^TestBrowser' $(call holding,TestBrowser)

# Shows that the import rules of .golangci.yml refuse what they have to.
test-rules:
	.ci/try-import-rules "$$(.ci/golangci-lint $(GOLANGCI_LINT_VERSION) $(TOOLS))"

# Does to the program what befalls one, in the long form, and writes what came of it
# into docs/reliability.md. It needs root, to mount file systems.
faults: export BEDARFSLOTSE_LONG = 1
faults: export BEDARFSLOTSE_RELIABILITY = $(CURDIR)/docs/reliability.md
faults:
	$(GO) test -count=1 -timeout 60m -run '^TestHeavyFault' ./cmd/bedarfslotse

# Measures what the program bears, and writes it into the same document; some 45
# minutes on a machine with nothing else to do.
load: export BEDARFSLOTSE_LONG = 1
load: export BEDARFSLOTSE_RELIABILITY = $(CURDIR)/docs/reliability.md
load:
	$(GO) test -count=1 -timeout 90m -run '^TestHeavyLoad' ./cmd/bedarfslotse

# Only what matches, for example: make bench BENCH=Columns
BENCH ?= .
bench:
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m $(PACKAGES)

# Prints what Lighthouse says of the first page and of the form on a phone. With
# LIGHTHOUSE_FLOOR=98 it fails below that; LIGHTHOUSE_RUNS=3 takes medians. It
# needs Node and npm, and is no part of `test`: a busy machine costs points.
lighthouse: build
	node .ci/lighthouse.mjs $(LIGHTHOUSE_VERSION) $(TOOLS) bin/bedarfslotse
