#!/usr/bin/env bash
# Lint, unit tests, then the tests on real parts. With arguments: just pytest with them.
set -euo pipefail
bin=.venv/bin
if [ $# -gt 0 ]; then exec "$bin/python" -m pytest "$@"; fi

stage() { printf '\n=== %s (%ss)\n' "$*" "$SECONDS"; }

stage "lint"
bash tools/lint.sh
stage "unit tests"
"$bin/python" -m pytest tests/unit --cov --cov-report=term:skip-covered
stage "parts of this machine"
bash tools/install-postgresql.sh
"$bin/tenure" toolchain install
stage "local cloud"
if [ -n "${OS_CLOUD:-}" ]; then echo "using OS_CLOUD=$OS_CLOUD"; else "$bin/tenure" cloud up; fi
stage "tests on real parts"
status=0
"$bin/python" -m pytest tests/integration tests/e2e || status=$?
if [ -z "${OS_CLOUD:-}" ] && [ "${CI:-}" = true ]; then "$bin/tenure" cloud down; fi
stage "done"
exit $status
