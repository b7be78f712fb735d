# Everything a person or a machine does here, one target each. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Scripts inside .venv/bin carry the folder's path in their first line and break when it holds a
# space, so every tool is called as a module of this interpreter.
PY := .venv/bin/python
VERSION := import sys; print("%d.%d" % sys.version_info[:2])
# PYTHON=... rebuilds .venv when it is another version; without it, the .venv that is there will do.
ifndef PYTHON
PYTHON := $(shell for p in $(PY) python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done || true)
PYTHON := $(or $(PYTHON),python3)
endif
# What was installed, for which version: the packages that running needs, and those for tests and checks too.
V := $(shell "$(PYTHON)" -c '$(VERSION)' 2>/dev/null)
RUN := .venv/.run-$(V)
DEV := .venv/.dev-$(V)
COMPILE := .cache/uv/bin/python -m uv --no-config pip compile --quiet --upgrade --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header
# Looking at the code needs settings, but no server.
NO_SERVERS := DEBUG=on DATABASE_POOL=off DATABASE_URL=postgresql://nobody@localhost:1/none BROKER_URL=redis://localhost:1/0

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: run
run: $(RUN) ## Run everything here as in production: database, broker, site, workers, beat (PORT=8000 PYTHON=python3)
	@PORT="$(PORT)" $(PY) manage.py up $(ARGS)

.PHONY: dev
dev: $(RUN) ## The same for changing the code: DEBUG on, the site restarts when a file changes
	@PORT="$(PORT)" $(PY) manage.py up --dev $(ARGS)

.PHONY: test
test: $(DEV) ## Run all tests, with browser and live workers (ARGS="-k word" for some)
	@$(PY) manage.py browser >/dev/null
	@$(PY) -m pytest $(ARGS); code=$$?; $(PY) manage.py servers stop --test --unless-used >/dev/null; exit $$code

.PHONY: lint
lint: $(DEV) ## Check style, types, directions of imports, and missing migrations
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/djangofmt --quiet --check templates
	@$(NO_SERVERS) $(PY) -m mypy
	@$(NO_SERVERS) $(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	@$(NO_SERVERS) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

.PHONY: format
format: $(DEV) ## Format the code and the templates
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .
	@.venv/bin/djangofmt --quiet templates

.PHONY: doctor
doctor: $(RUN) ## Check this deployment and say what to do about each failure
	@$(PY) manage.py doctor

.PHONY: screenshots
screenshots: $(DEV) ## Make the pictures of the README again
	@$(PY) manage.py browser
	@$(PY) manage.py screenshots

.PHONY: audit
audit: $(DEV) ## Look for known vulnerabilities in the pinned packages
	@$(PY) -m pip_audit --require-hashes --disable-pip -r requirements.txt

.PHONY: requirements
requirements: ## Compile requirements*.in into pins with hashes
	@"$(PYTHON)" -m venv .cache/uv && .cache/uv/bin/python -m pip install --quiet uv
	@$(COMPILE) requirements.in -o requirements.txt
	@$(COMPILE) requirements-run.in -c requirements.txt -o requirements-run.txt
	@$(COMPILE) requirements-dev.in -c requirements-run.txt -o requirements-dev.txt
	@$(COMPILE) requirements-uv.in -o requirements-uv.txt

.PHONY: stop
stop: $(RUN) ## Stop embedded servers that an earlier command left running
	@$(PY) manage.py servers stop
	@$(PY) manage.py servers stop --test

.PHONY: clean
clean: ## Stop the servers, then remove .venv, all data and all caches
	@if [ -x $(PY) ]; then $(PY) manage.py servers stop && $(PY) manage.py servers stop --test; fi
	@rm -rf .venv .data .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis staticfiles test-results
	@find expo reviews tests bench -name __pycache__ -prune -exec rm -rf {} +

.PHONY: install
install: $(DEV) ## Make .venv with all pinned packages

$(RUN): requirements-run.txt requirements-uv.txt
	@$(call install,requirements-run.txt)
	@touch $@

$(DEV): requirements-dev.txt requirements-uv.txt
	@$(call install,requirements-dev.txt)
	@touch $(RUN) $@

define install
  "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
    echo "Expo needs Python 3.11 or newer, and '$(PYTHON)' is not. Choose another: make run PYTHON=python3.12"; exit 1; }; \
  "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
    echo "'$(PYTHON)' cannot make virtual environments. Install its venv package (Debian: apt-get install python3-venv)."; exit 1; }; \
  echo "Installing packages into .venv (once; about a minute) ..."; \
  [ "$$($(PY) -c 'import pip; $(VERSION)' 2>/dev/null)" = "$(V)" ] || "$(PYTHON)" -m venv --clear .venv; \
  $(PY) expo/ops/install.py $(1)
endef
