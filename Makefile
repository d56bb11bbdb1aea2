# The commands of this repository. `make` alone lists them.
#
# Tools are pinned in tools/go.mod and tools/temporal/go.mod and built into
# .bin/ when a target first needs them, or when their pin is newer.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Runs of the simulation, and the seed of its first run (1 when empty).
RUNS ?= 50000
SEED ?=
# Arguments of `make demo` and `make dev`, for example ARGS=--once.
ARGS ?=
# Packages of `make test`, and what else `go test` is to be told.
PKG ?= ./...
TESTFLAGS ?=

GOOSE_TAGS := no_clickhouse no_libsql no_mssql no_mysql no_sqlite3 no_vertica no_ydb no_turso no_duckdb no_spanner

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)


# The binary rather than `go run`, which does not pass SIGTERM on.
.PHONY: demo
demo: build ## bring everything up and show the main job (ARGS=--once ends by itself)
	@exec .bin/extsync demo $(ARGS)

.PHONY: dev
dev: build ## the whole service on this machine, data kept under .extsync/
	@exec .bin/extsync dev $(ARGS)

.PHONY: build
build: ## build the extsync binary into .bin/
	@mkdir -p .bin
	@go build -o .bin/extsync ./cmd/extsync


.PHONY: test
test: .bin/testreport temporal ## all tests with the race detector, then 5,000 runs of the simulation without
	@go test -json -race -timeout 20m $(TESTFLAGS) $(PKG) | .bin/testreport
	@$(MAKE) sim RUNS=5000 LAWS=20000

.PHONY: sim
sim: ## random schedules against the engine: RUNS=50000 SEED= PROFILE= (vendors: the real adapters alone) LAWS=100000
	@GOGC=800 go run ./internal/simtest/simrun -runs $(RUNS) -laws $(or $(LAWS),100000) $(if $(SEED),-seed $(SEED)) $(if $(PROFILE),-profile $(PROFILE))

.PHONY: turned
turned: ## each of RUNS=50000 schedules once more, its quiet phase in another order, other parts, with webhooks or without: it must end in the same place. SEED= PROFILE=
	@GOGC=800 go run ./internal/simtest/simrun -turned -runs $(RUNS) $(if $(SEED),-seed $(SEED)) $(if $(PROFILE),-profile $(PROFILE))

.PHONY: plateau
plateau: ## a long series of schedules, and how many situations each 100,000 of them show that none before did: RUNS=1000000 SEED= PROFILE=
	@go run ./internal/simtest/simrun -runs $(if $(filter command%,$(origin RUNS)),$(RUNS),1000000) $(if $(SEED),-seed $(SEED)) $(if $(PROFILE),-profile $(PROFILE))

.PHONY: stores
stores: ## schedules over Postgres, which must do call for call what they do over the store in memory: RUNS=300 SEED=
	@SIM_POSTGRES=$(if $(filter command%,$(origin RUNS)),$(RUNS),300) $(if $(SEED),SIM_SEED=$(SEED)) go test -count=1 -timeout 12h -run 'TestPostgres$$' ./internal/simtest

.PHONY: within
within: ## schedules over Postgres in which people act in the middle of transactions: RUNS=100 SEED=
	@SIM_TORN=$(if $(filter command%,$(origin RUNS)),$(RUNS),100) $(if $(SEED),SIM_SEED=$(SEED)) go test -count=1 -timeout 12h -run 'TestWithinTransactions$$' ./internal/simtest

.PHONY: privacy
privacy: ## RUNS=50000 pairs of runs that differ in what never leaves: all that is sent must be the same. SEED= PROFILE=
	@go run ./internal/simtest/simrun -pairs -runs $(RUNS) $(if $(SEED),-seed $(SEED)) $(if $(PROFILE),-profile $(PROFILE))

.PHONY: mutants
mutants: ## plant known bugs one by one and see the simulation find each
	@GOGC=800 go run ./internal/simtest/simrun -mutants -runs 60000 -trials 3

.PHONY: failpoints
failpoints: ## die at every call of a session on the store, the adapter and the clock, as found in the source, and recover
	@GOGC=800 go run ./internal/simtest/simrun -failpoints 3 -runs 3000

.PHONY: undo
undo: ## undo a session of 1,000 changes over both sides, and undo the undo, with GitHub, Jira and Linear
	@go test -count=1 -v -run TestUndoOfAThousandChanges ./internal/fleet

.PHONY: chain
chain: ## flip any bit of an audit row, delete, double, forge, swap or truncate rows, CHECKS=20000 times each: it must be told, and where
	@go test -count=1 -v -run '^TestChain(Holds|Shows)' ./store -rapid.checks=$(or $(CHECKS),20000)
	@go test -count=1 -v -run '^TestChain' ./store/postgres

.PHONY: restored
restored: ## go back to an older backup: it must be found out, nothing written outside, no edit lost; then RUNS=50000 schedules of it, SEED=
	@go test -count=1 -v -run TestARestoredDatabaseIsReadAnew ./internal/chaos
	@$(MAKE) --no-print-directory sim PROFILE=restored

.PHONY: conformance
conformance: ## a table of what every adapter must obey, law by adapter
	@go run ./internal/conformance

.PHONY: kill-test
kill-test: .bin/testreport temporal ## kill the worker again and again on the real stack: nothing lost, nothing doubled
	@EXTSYNC_KILLTEST=full go test -json -count=1 -timeout 30m -run Kill ./internal/killtest/... | .bin/testreport -v

.PHONY: chaos
chaos: .bin/testreport temporal ## everything goes wrong on the real stack, with all vendors: DURATION=30m SEED=
	@EXTSYNC_CHAOS=$(or $(DURATION),30m) $(if $(SEED),EXTSYNC_SEED=$(SEED)) go test -json -count=1 -timeout 12h -run Chaos ./internal/chaos | .bin/testreport -v

.PHONY: bench
bench: temporal ## count calls and history events against the goals, into bench/out.json
	@mkdir -p bench
	@go run ./internal/bench

.PHONY: lint
lint: .bin/golangci-lint .bin/workflowcheck ## linters, workflow determinism, the arrows between packages, generated code
	@unformatted=$$(gofmt -l $$(find . -name '*.go' -not -path './.*')); \
		if [ -n "$$unformatted" ]; then echo "not formatted (run gofmt -w):"; echo "$$unformatted"; exit 1; fi
	@.bin/golangci-lint run ./...
	@.bin/workflowcheck ./workflows/...
	@go test -count=1 ./internal/archtest/...
	@$(MAKE) generate-check

.PHONY: vuln
vuln: .bin/govulncheck ## known vulnerabilities in what we call (needs the network)
	@rc=0; out=$$(.bin/govulncheck ./... 2>&1) || rc=$$?; \
		case $$rc in \
		0) echo "$$out" ;; \
		1) if grep -q 'fetching vulnerabilities' <<<"$$out"; \
			then echo "skipped: no database"; \
			else echo "$$out"; exit 1; fi ;; \
		*) echo "$$out"; exit $$rc ;; \
		esac


.PHONY: generate
generate: .bin/sqlc .bin/genqlient ## queries from SQL, the API description from the handlers
	@PATH="$(CURDIR)/.bin:$$PATH" go generate ./...

# Compared with what was there before, not with the last commit, so that it also
# tells something in the middle of a change.
.PHONY: generate-check
generate-check: ## fail when generated code is not what `make generate` makes
	@git rev-parse --git-dir >/dev/null 2>&1 || { echo "skipped: not a git checkout, nothing to compare with"; exit 0; }; \
		state() { git diff; git ls-files -z --others --exclude-standard | xargs -0 -r sha256sum; }; \
		before=$$(state | sha256sum); \
		$(MAKE) generate; \
		if [ "$$before" != "$$(state | sha256sum)" ]; then \
			echo "generated code was out of date; it is regenerated now, commit it:"; git status --short; exit 1; fi


.PHONY: tools
tools: .bin/golangci-lint .bin/workflowcheck .bin/sqlc .bin/genqlient .bin/govulncheck .bin/goose .bin/testreport temporal ## build all tools now rather than when needed

# Tests and the demo use `temporal` from PATH, else .bin/temporal. Built here
# first, since `go test` would hide the progress of a build of several minutes.
.PHONY: temporal
temporal:
	@command -v temporal >/dev/null || $(MAKE) .bin/temporal

.bin/temporal: tools/temporal/go.mod
	@tools/build.sh temporal tools/temporal github.com/temporalio/cli/cmd/temporal

.bin/golangci-lint: tools/go.mod
	@tools/build.sh golangci-lint tools github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.bin/workflowcheck: tools/go.mod
	@tools/build.sh workflowcheck tools go.temporal.io/sdk/contrib/tools/workflowcheck

.bin/sqlc: tools/go.mod
	@tools/build.sh sqlc tools github.com/sqlc-dev/sqlc/cmd/sqlc

.bin/genqlient: tools/go.mod
	@tools/build.sh genqlient tools github.com/Khan/genqlient

.bin/govulncheck: tools/go.mod
	@tools/build.sh govulncheck tools golang.org/x/vuln/cmd/govulncheck

.bin/goose: tools/go.mod
	@tools/build.sh goose tools github.com/pressly/goose/v3/cmd/goose "$(GOOSE_TAGS)"

.bin/testreport: tools/go.mod $(wildcard tools/testreport/*.go)
	@tools/build.sh testreport tools ./testreport
