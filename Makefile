# One place for every command. `make` alone lists them.
#
# Needs Python 3.11 or newer, nothing else: PostgreSQL and Node come as wheels into .venv. PYTHON chooses another
# interpreter, HOLDFAST_PORT and HOLDFAST_DATA move the port and the data folder.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test test-all check bench bench-large lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.installed ## start everything with the demo businesses, on http://glow.localhost:8000
	@$(BIN)/python hatch_build.py
	@exec $(BIN)/holdfast up

test: check ## everything that must hold before a change goes in (minutes)
	@$(BIN)/python hatch_build.py
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not slow"

test-all: check ## the same, and the long races, fuzzing and sweeps
	@$(BIN)/python hatch_build.py
	@$(BIN)/pytest -q -n 2 --dist loadfile

check: $(VENV)/.installed-for-tests ## style, types and import contracts
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.installed-for-tests ## free time, holds and moves a second beside pgbench, a replay of the log (minutes)
	@$(BIN)/python hatch_build.py
	@PYTHONTZPATH= $(BIN)/python -m benchmarks
	@PYTHONTZPATH= $(BIN)/python -m benchmarks.history

bench-large: $(VENV)/.installed-for-tests ## free time with ten million bookings beside ten thousand (10 minutes, 15 GB)
	@$(BIN)/python hatch_build.py
	@PYTHONTZPATH= $(BIN)/python -m benchmarks --only free-time --bookings 10_000,10_000_000

lock: ## write requirements/*.txt anew from pyproject.toml (needs uv)
	@sh requirements/lock.sh

clean: ## remove .venv, caches and what the front end's build made; data in .holdfast stays
	rm -rf $(VENV) frontend/node_modules src/holdfast/web/static/dist
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@sh requirements/make-venv.sh $(VENV)

$(VENV)/.installed: requirements/runtime.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Holdfast needs into $(VENV) (once, about a minute) …"
	@$(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-for-tests: requirements/test.txt $(VENV)/.installed
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@
