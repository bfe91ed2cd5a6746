# `make run` and `make test` do everything on a fresh machine with Python 3.11+ and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TESTS  ?= tests
# Kept even where the environment forbids it: compiling anew takes longer than all of a start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run demo test test-slow test-apart lint format bench kafka stop clean lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.run: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing the dependencies…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what tests and checks need…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.run ## Start everything in one process (KAFKA=1: through a local broker)
	@$(BIN)/billing run $(if $(KAFKA),--kafka)

demo: $(VENV)/.run ## Play a month of a host application against the running system
	@$(BIN)/billing demo

test: $(VENV)/.dev ## All tests but the slow and rare ones
	@$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not apart" $(TESTS)

test-slow: $(VENV)/.dev ## The slow and rare ones: faults, races repeated, long properties
	@$(BIN)/pytest -n 2 --dist loadfile -m "slow and not apart" $(TESTS)

test-apart: $(VENV)/.dev ## The end-to-end suite on separate processes and Kafka
	@$(BIN)/pytest -m apart $(TESTS)

lint: $(VENV)/.dev ## Style, types, and who may import whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports
	@$(BIN)/python -m contracts.schemas --check

format: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Measure, as ratios inside one run
	@$(BIN)/python -m tests.bench

kafka: $(VENV)/.dev ## A local Kafka broker for development
	@$(BIN)/billing kafka

stop: $(VENV)/.run ## Stop the embedded PostgreSQL for good, and a local Kafka
	@$(BIN)/billing stop

clean: ## Remove the environment and caches (the data directory stays)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -not -path './.data*' -prune -exec rm -rf {} +

lock: $(VENV)/.dev ## Pin every dependency again, with hashes
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group build --group dev --all-extras pyproject.toml -o requirements-dev.lock
