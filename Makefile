# Vinilogy: the commands that everybody uses. `make run` is all that is needed to look at it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install install-dev run stop test lint types imports bench shots browser clean

# Any Python from 3.11 on makes the virtual environment; everything else runs inside it.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set-up: each step leaves a stamp, so that nothing is done twice ---------------------

$(VENV)/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit("Vinilogy needs Python 3.11 or newer, this is %d.%d: say make PYTHON=..." % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Vinilogy needs into $(VENV)"
	@$(PIP) install --requirement requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing the development tools into $(VENV)"
	@$(PIP) install --requirement requirements-dev.txt
	@touch $@

install: $(VENV)/.installed  ## the virtual environment with everything that running needs

install-dev: $(VENV)/.installed-dev  ## the same with the development tools

# --- running ----------------------------------------------------------------------------

run: install  ## run the whole site until Ctrl-C
	@exec $(PY) -m vinyl.embedded run

stop: install  ## stop the running site
	@exec $(PY) -m vinyl.embedded stop

# --- checking ---------------------------------------------------------------------------

# Code checks, unit, contract, journey and browser tests: three pytest runs side by side, each with
# a closing line of its own (tools/suite.py).
test: install-dev  ## every check and every test
	@CHROMIUM="$$($(PY) -m tools.browser --install)" exec $(PY) -m tools.suite $(ARGS)

lint: install-dev  ## ruff and djLint
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m djlint --lint --quiet templates

types: install-dev  ## mypy
	@$(PY) -m mypy

imports: install-dev  ## the import rules of the house
	@$(VENV)/bin/lint-imports

browser: install-dev  ## find a Chromium for the browser tests, or get one
	@$(PY) -m tools.browser --install

# Each in its short form: minutes in all. bench/README.md has the long ones and their last figures.
bench: install-dev  ## the benchmarks of the door, live pages, killed workers, search and pages, short
	@while read -r script options; do \
	  echo "== python -m bench.$$script $$options"; \
	  $(PY) -m "bench.$$script" $$options < /dev/null || exit 1; \
	done < bench/short.txt

shots: install-dev  ## screenshots of the site into docs/screenshots
	@CHROMIUM="$$($(PY) -m tools.browser --install)" exec $(PY) -m tools.shots

clean:  ## remove what tools left behind; the site's data stays
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov
	@find . -name __pycache__ -not -path './.venv/*' -type d -exec rm -rf {} +
