# Everything a person or a machine does here, one target each. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
# Scripts inside .venv/bin carry the folder's path in their first line and break when it holds a
# space, so every tool is called as a module of this interpreter.
PY := .venv/bin/python
STAMP := .venv/.installed

$(STAMP): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Expo needs Python 3.11 or newer, and '$(PYTHON)' is not. Choose another: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. Install its venv package (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Preparing .venv (a few minutes the first time) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(STAMP)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | sort | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: install
install: $(STAMP) ## Make .venv with the pinned requirements
