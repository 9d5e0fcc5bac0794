#!/usr/bin/env bash
# Lint, unit tests, then the tests on real parts. With arguments: just pytest with them.
#
# The tests that need no cloud run beside those that do: these wait for hosts most of the time. What the first ones said
# is shown when they are over; the others report as they go.
set -euo pipefail
bin=.venv/bin
if [ $# -gt 0 ]; then exec "$bin/python" -m pytest "$@"; fi

stage() { printf '\n=== %s (%ss)\n' "$*" "$SECONDS"; }

without_cloud=(tests/integration/engine tests/integration/store tests/integration/web
  tests/integration/test_doctor.py tests/integration/test_toolchain.py)

run_without_cloud() {
  "$bin/python" -m pytest tests/unit --cov --cov-report=term:skip-covered && "$bin/python" -m pytest "${without_cloud[@]}"
}

stage "lint"
bash tools/lint.sh
stage "parts of this machine"
bash tools/install-postgresql.sh
"$bin/tenure" toolchain install
stage "local cloud"
if [ -n "${OS_CLOUD:-}" ]; then echo "using OS_CLOUD=$OS_CLOUD"; else "$bin/tenure" cloud up; fi
stage "tests without a cloud begin, and the tests on the cloud beside them"
said=$(mktemp)
run_without_cloud > "$said" 2>&1 &
beside=$!
# A stop from outside ends both.
trap 'kill "$beside" 2>/dev/null || true' INT TERM
status=0
"$bin/python" -m pytest tests/integration tests/e2e "${without_cloud[@]/#/--ignore=}" || status=$?
stage "tests without a cloud"
wait "$beside" || status=$?
cat "$said"
rm -f "$said"
if [ -z "${OS_CLOUD:-}" ] && [ "${CI:-}" = true ]; then "$bin/tenure" cloud down; fi
stage "done"
exit $status
