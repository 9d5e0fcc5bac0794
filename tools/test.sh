#!/usr/bin/env bash
# Lint, unit tests, then the tests on real parts. With arguments: just pytest with them.
#
# Two lanes, since tests on the cloud wait for hosts most of the time: the parts on the cloud in one; unit tests, parts
# without a cloud and whole lives in the other. What the quick ones said is shown when they are over. Tests that kill
# the cloud's own processes come last, alone.
set -euo pipefail
bin=.venv/bin
if [ $# -gt 0 ]; then exec "$bin/python" -m pytest "$@"; fi

stage() { printf '\n=== %s (%ss)\n' "$*" "$SECONDS"; }

without_cloud=(tests/integration/engine tests/integration/store tests/integration/web tests/integration/git
  tests/integration/forge tests/integration/test_doctor.py tests/integration/test_toolchain.py)

# These kill and mend the very cloud that all others use.
of_the_cloud=(tests/integration/test_localcloud.py tests/integration/test_localcloud_lifecycle.py)

quick_tests() {
  "$bin/python" -m pytest tests/unit --cov --cov-report=term:skip-covered && "$bin/python" -m pytest "${without_cloud[@]}"
}

second_lane() {
  local said status=0
  said=$(mktemp)
  quick_tests > "$said" 2>&1 || status=$?
  stage "unit tests and parts without a cloud ended with $status"
  cat "$said"
  rm -f "$said"
  "$bin/python" -m pytest tests/e2e 2>&1 | sed -u 's/^/whole lives: /' || status=$?
  return $status
}

# Two test runs on one cloud would meet in the same projects.
cache=${TENURE_CACHE:-$HOME/.cache/tenure}
mkdir -p "$cache"
exec 9> "$cache/tests.lock"
if ! flock --nonblock 9; then
  echo "another test run uses this machine's cloud; waiting for it for up to half an hour"
  flock --wait 1800 9 || { echo "it does not end: see who holds $cache/tests.lock (fuser -v)"; exit 1; }
fi

stage "lint"
bash tools/lint.sh
stage "parts of this machine"
bash tools/install-postgresql.sh
"$bin/tenure" toolchain install --with forge
stage "local cloud"
if [ -n "${OS_CLOUD:-}" ]; then
  echo "using OS_CLOUD=$OS_CLOUD"
else
  # A run that was ended in the middle has left projects behind; CI begins with an empty cloud.
  if [ "${CI:-}" = true ]; then "$bin/tenure" cloud down --wipe; fi
  "$bin/tenure" cloud up
fi
stage "tests begin, in two lanes"
second_lane &
second=$!
# A stop from outside ends both.
trap 'kill "$second" 2>/dev/null || true' INT TERM
status=0
ignored=("${without_cloud[@]/#/--ignore=}" "${of_the_cloud[@]/#/--ignore=}")
"$bin/python" -m pytest tests/integration "${ignored[@]}" || status=$?
stage "parts on the cloud ended with $status"
wait "$second" || status=$?
stage "the cloud itself"
"$bin/python" -m pytest "${of_the_cloud[@]}" || status=$?
if [ -z "${OS_CLOUD:-}" ] && [ "${CI:-}" = true ]; then "$bin/tenure" cloud down; fi
stage "done with $status"
exit $status
