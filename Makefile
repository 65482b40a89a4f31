# Everyday commands. `make help` lists them; CONTRIBUTING.md says when to use which.
# Nothing is installed outside .venv/, no environment variable is needed.

# PYTHON=python3.12 picks another Python when .venv/ is built.
PYTHON ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
INSTALL := $(PIP) install --require-hashes --only-binary :all: --requirement
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

.PHONY: help
help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

.PHONY: setup
setup: .venv/.base ## build .venv/ with what truecrowd needs to run

.PHONY: setup-dev
setup-dev: .venv/.dev ## the same with what developing it needs

.venv/.python: scripts/find_python
	@if ! sh scripts/find_python $(BIN)/python >/dev/null 2>&1; then \
	  python=$$(sh scripts/find_python $(PYTHON)) || exit; \
	  echo "building .venv/ with $$("$$python" --version)"; \
	  "$$python" -m venv --clear .venv; \
	fi
	@touch $@

.venv/.base: .venv/.python requirements.txt pyproject.toml
	@$(INSTALL) requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.base requirements-dev.txt
	@$(INSTALL) requirements-dev.txt
	@touch $@

.PHONY: demo
demo: setup ## audit a recorded room and a simulated one, print where the reports are
	@$(BIN)/truecrowd demo

.PHONY: fmt
fmt: setup-dev ## format the code
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --select I --fix .

.PHONY: fmt-check
fmt-check: setup-dev
	@$(BIN)/ruff format --quiet --check . || { echo "fix: make fmt"; exit 1; }

.PHONY: lint
lint: setup-dev ## look for common mistakes
	@$(BIN)/ruff check --quiet .

.PHONY: type
type: setup-dev ## check the types of src/
	@$(BIN)/mypy --no-error-summary

.PHONY: imports
imports: setup-dev ## check that data flows one way
	@out=$$($(BIN)/lint-imports --no-cache) || { echo "$$out"; exit 1; }

.PHONY: docs
docs: setup-dev ## check that generated pages are current and links lead somewhere
	@$(BIN)/python scripts/tables_doc.py --check
	@$(BIN)/python scripts/commands_doc.py --check
	@$(BIN)/python scripts/check_links.py

.PHONY: docs-write
docs-write: setup-dev ## write the generated pages anew
	@$(BIN)/python scripts/tables_doc.py
	@$(BIN)/python scripts/commands_doc.py

.PHONY: test
test: setup-dev ## run all tests but the long ones of `make soak`; the commands in README and docs too
	@$(PYTEST) -n 2 -m "not slow"

.PHONY: cov
cov: setup-dev ## run all tests and show the branches none of them took
	@$(PYTEST) -n 2 --cov --cov-report=term-missing:skip-covered --cov-fail-under=95

.PHONY: check
check: fmt-check lint type imports docs test ## everything a change must pass; exactly what CI runs

.PHONY: bench
bench: setup-dev ## print speed as ratios to other tools in the same run
	@$(BIN)/truecrowd bench --quick

.PHONY: soak
soak: setup-dev ## slow tests; fifty times the examples of property and contract tests; `watch` killed 2,000 times
	@$(PYTEST) -n 2 -m slow
	@$(PYTEST) -n 2 --hypothesis-profile=soak tests/property tests/contract
	@$(BIN)/python scripts/soak_watch.py --kills 2000
	@$(BIN)/python scripts/soak_evidence.py --changes 10000

.PHONY: crosscheck
crosscheck: setup-dev ## let verifiers that nobody here wrote judge our logs; needs Go, Rust, Node, Python 3.12, openssl
	@$(BIN)/python scripts/crosscheck

.PHONY: hooks
hooks: ## check format and lint of staged files at every commit
	@git config core.hooksPath .githooks

.PHONY: lock
lock: setup-dev ## choose versions anew (needs uv); commit the two files it writes
	@uv pip compile --group dev pyproject.toml --universal --no-header --no-emit-index-url --generate-hashes --quiet $(LOCK) -o requirements-dev.txt
	@uv pip compile --group build pyproject.toml --constraint requirements-dev.txt --universal --no-header --no-emit-index-url --generate-hashes --quiet $(LOCK) -o requirements.txt

.PHONY: clean
clean: ## remove what these commands made, .venv/ too
	@rm -rf .venv out build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find src tests scripts -type d -name __pycache__ -prune -exec rm -rf {} +
