# Duly. `make demo` shows it, `make test` proves it; both set up everything they need inside the clone.
#
# Needed beforehand: Python 3.11 or newer with venv, git, make. uv and all packages come from PyPI, by the lock file.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .uv/bin/uv
export UV_PYTHON_DOWNLOADS := never
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON ?= $(shell $(PYTHON) -c 'import sys; print(sys.executable)' 2>/dev/null || echo $(PYTHON))

.PHONY: help setup setup-dev demo demo-reset test lint check clean

help: ## What there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Duly needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo missing)."; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv is missing here. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@echo "Setting up uv $(UV_VERSION) in .uv ..."
	@$(PYTHON) -m venv .uv && echo '*' > .uv/.gitignore
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

setup: $(UV) ## Everything that the server needs, in .venv
	@$(UV) sync --locked --no-dev --inexact --quiet

setup-dev: $(UV) ## The same and what tests and linters need
	@$(UV) sync --locked --quiet

demo: setup ## Two years of a small town's registers; then http://127.0.0.1:8000
	@exec .venv/bin/duly demo $(ARGS)

demo-reset: ## Forget the demo's data; the next `make demo` begins anew (the compiled law is kept)
	@rm -rf .duly/duly.db* .duly/outbox .duly/cast.json .duly/played.json .duly/keys.json .duly/sources.toml .duly/senders

test: setup-dev chromium ## All tests, on SQLite and PostgreSQL, and the pages in a browser
	@$(UV) run --no-sync pytest -n auto --dist loadfile $(ARGS)

lint: setup-dev ## Style, types, layers
	@$(UV) run --no-sync ruff check .
	@$(UV) run --no-sync ruff format --check .
	@$(UV) run --no-sync pyright
	@$(UV) run --no-sync lint-imports

check: setup-dev ## The pack: well-formed, and its cases agree
	@$(UV) run --no-sync duly check norway

.PHONY: chromium
chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing chromium for the browser tests ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else \
	    echo "The browser tests need chromium. On Debian: sudo apt-get install chromium"; exit 1; \
	  fi; }

clean: ## Forget everything that was set up or made here
	@rm -rf .uv .venv .duly .pytest_cache .ruff_cache .hypothesis .import_linter_cache
