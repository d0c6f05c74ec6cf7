# `make demo` or `make test` may be the first command on a clean clone: everything below .venv is made here.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# For commands that need settings but no secrets of worth.
CHECK_ENV := SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ORCHESTRATE_FIELD_KEYS=$$($(BIN)/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())') \
	DJANGO_SETTINGS_MODULE=orchestrate_site.settings ORCHESTRATE_URL=https://ci.example.com ALLOWED_HOSTS=ci.example.com

.DEFAULT_GOAL := help
.PHONY: help demo run test check lint types arch migrations deploy-check bench corpus lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements-dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; name it with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@command -v git >/dev/null || { echo "git is needed; on Debian: apt-get install git" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "the venv module is needed; on Debian: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@echo "installing into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## the whole loop on this machine, with a real CI server; stays up until Ctrl-C
	@$(BIN)/orchestrate demo

run: $(READY) .env ## web, worker and fixer for real use, on http://127.0.0.1:8000
	@export PATH="$(CURDIR)/$(BIN):$$PATH"; honcho start release && honcho start --port 8000 web worker fixer

.env: $(READY)
	@$(BIN)/python -m orchestrate_site.newenv > $@.new && chmod 600 $@.new && mv $@.new $@ && echo "made .env with new secrets"

test: $(READY) ## every test, the real peers and both databases included
	@$(BIN)/pytest -n 2 --dist loadfile
	@ORCHESTRATE_TEST_DATABASE=postgres $(BIN)/pytest -n 2 --dist loadfile tests/stories tests/ci_integrations/services \
		tests/fixers/test_triage.py -k "not whatever_is_killed or act or doorbell"

check: lint types arch migrations deploy-check ## ruff, mypy, import contracts, migrations, check --deploy

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/mypy

arch: $(READY)
	@$(BIN)/lint-imports

migrations: $(READY)
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -m django makemigrations --check --dry-run

deploy-check: $(READY)
	@$(CHECK_ENV) $(BIN)/python -m django check --deploy --fail-level WARNING

bench: $(READY) ## measurements, printed as ratios against a named peer
	@for bench in $(notdir $(basename $(filter-out %/__init__.py,$(wildcard benchmarks/*.py)))); do \
		echo "== $$bench"; $(BIN)/python -m benchmarks.$$bench || exit 1; done

corpus: $(READY) ## the parser on real material, beside its targets and floors; needs CORPUS
	@$(BIN)/python -m benchmarks.corpus

lock: $(READY) ## write the hash-locked requirements anew
	@$(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --extra dev --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock

clean: ## remove what was installed and built
	@rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache staticfiles
