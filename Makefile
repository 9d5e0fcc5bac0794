# Every target prepares what it needs: `make test` works on a bare machine with Python 3.12+.
.DEFAULT_GOAL := help
SHELL := /bin/bash
ARGS ?=
export PYTHONUNBUFFERED := 1

VENV := .venv
TENURE := $(VENV)/bin/tenure
READY := $(VENV)/.ready

.PHONY: help setup toolchain demo test coverage bench lint format docs picture clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(READY): pyproject.toml uv.lock tools/setup-venv.sh
	@bash tools/setup-venv.sh $(VENV)
	@touch $@

setup: $(READY) ## make the virtual environment (.venv) from the lockfile

toolchain: setup ## Pulumi CLI and OpenStack provider, into the user's cache
	@$(TENURE) toolchain install

demo: setup ## an approved request becomes a running environment (ARGS=--whole-life: and goes away again)
	@$(TENURE) demo $(ARGS)

test: setup ## lint, unit tests, then the tests on real parts (ARGS selects: make test ARGS=tests/unit)
	@bash tools/test.sh $(ARGS)

coverage: setup ## unit tests with the branches that they miss (takes twice their time, so `make test` does without)
	@$(VENV)/bin/python -m pytest tests/unit --cov --cov-report=term:skip-covered $(ARGS)

bench: setup ## measure against something real, e.g. make bench ARGS=provision
	@$(VENV)/bin/python -m tests.bench $(ARGS)

lint: setup ## ruff, mypy, import-linter, yamllint, ansible-lint
	@bash tools/lint.sh

format: setup ## let ruff mend layout and imports
	@$(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format .

docs: setup ## write the generated parts of docs/
	@$(VENV)/bin/python -m tools.docs

picture: setup ## photograph a pull request's comment on a real Gitea and cloud (needs chromium and CJK, emoji fonts)
	@$(VENV)/bin/python -m tests.picture

clean: ## remove the virtual environment and caches of this folder (not the user's cache)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov dist
