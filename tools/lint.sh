#!/usr/bin/env bash
# What CI checks without running anything: style, types, the direction of imports, YAML, playbooks.
set -euo pipefail
bin=.venv/bin
"$bin/ruff" check .
"$bin/ruff" format --check .
"$bin/mypy"
tools/mypy-playbooks.sh
"$bin/lint-imports" --no-cache
"$bin/yamllint" --strict templates environments playbooks Pulumi.yaml
PATH="$PWD/$bin:$PATH" ansible-lint -q playbooks # it calls ansible-playbook by its name
