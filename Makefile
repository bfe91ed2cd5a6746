# `make run` and `make test` do everything on a machine that has Python 3.11+ and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/pytest
# In the order of tests/conftest.py: a worker that begins the longest file last ends alone.
BOTH_CORES := -n 2 --dist loadfile --no-loadscope-reorder
LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml
# Kept even where the environment forbids it: compiling anew takes longer than all of a start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run demo example kafka stop check style types imports schemas unit lint format docs client \
        screenshots test test-slow test-soak test-apart bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^##@ / {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run
run: $(VENV)/$(if $(KAFKA),.dev,.run) ## Start everything in one process (KAFKA=1: through a local broker)
	@$(BIN)/billing run $(if $(KAFKA),--kafka)

demo: $(VENV)/.run ## Play a month of a host application against the running system
	@$(BIN)/billing demo

example: $(VENV)/.run ## A host application beside the running system, on port 8001
	@PYTHONPATH=clients/python $(BIN)/uvicorn --app-dir examples/host --port 8001 --log-level warning app:app

kafka: $(VENV)/.dev ## A local Kafka broker for development
	@$(BIN)/billing kafka

stop: $(VENV)/.run ## Stop the embedded PostgreSQL for good, and a local Kafka
	@$(BIN)/billing stop

##@ While changing code, in seconds
check: $(VENV)/.dev ## All of the following five at once: before each commit
	@$(MAKE) --no-print-directory --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) \
	  types unit style imports schemas

style: $(VENV)/.dev ## Format and lint rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/.dev ## Types
	@$(BIN)/mypy

imports: $(VENV)/.dev ## Who may import whom
	@$(BIN)/lint-imports > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }

schemas: $(VENV)/.dev ## Published contracts: JSON Schemas and samples as their models say
	@$(BIN)/python -m contracts.schemas --check

unit: $(VENV)/.dev ## Unit tests
	@$(PYTEST) tests/unit

lint: style types imports schemas ## The same without the tests

format: $(VENV)/.dev ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(VENV)/.dev ## The documents as a static site in build/site; fails on a dead link
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file tools/site/mkdocs.yml

screenshots: $(VENV)/.dev ## Pictures of the pages for the documents, taken anew by their test
	@BILLING_SCREENSHOTS=$(CURDIR)/docs/images $(PYTEST) -m slow tests/pages/test_screenshots.py

client: $(VENV)/.dev ## What is generated of the clients, from the present API
	@$(BIN)/python -m tests.clients.document $(VENV)/openapi.json
	@cd clients/python && ../../$(BIN)/python -m generate ../../$(VENV)/openapi.json
	@PYTHONPATH=clients/python $(BIN)/python -m tests.support.typescript $(VENV)/openapi.json

##@ Tests, on real PostgreSQL, Kafka, SMTP and HTTP
test: $(VENV)/.dev ## All but the slow and rare ones (T=path::name: only that one, or that folder)
	@$(PYTEST) $(if $(T),-m "not apart" $(T),$(BOTH_CORES) -m "not slow and not apart and not soak" tests)

test-slow: $(VENV)/.dev ## The slow and rare ones: faults, races repeated, long properties
	@$(PYTEST) $(BOTH_CORES) -m "slow and not apart and not soak" tests

test-soak: $(VENV)/.dev ## Long random lives, an hour and more: by hand
	@$(PYTEST) $(BOTH_CORES) -m soak tests

test-apart: $(VENV)/.dev ## The end-to-end suite on separate processes and Kafka
	@$(PYTEST) -m apart $(or $(T),tests)

bench: $(VENV)/.dev ## Measure, as ratios inside one run (ARGS="--json now.json --against before.json")
	@$(BIN)/python -m tests.bench $(ARGS)

##@ The environment
lock: $(VENV)/.dev ## Pin every dependency again, with hashes
	@$(PIP) uv
	@$(LOCK) --group build -o requirements.lock
	@$(LOCK) --group build --group dev --all-extras -o requirements-dev.lock

clean: ## Remove the environment and caches (the data directory stays)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -not -path './.data*' -prune -exec rm -rf {} +

$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing the dependencies…"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what tests and checks need…"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
