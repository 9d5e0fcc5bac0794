#!/usr/bin/env bash
# Lint, unit tests, then the tests on real parts. With arguments: just pytest with them.
#
# Groups of tests run side by side, as many as TENURE_TEST_LANES says (3), the long ones first: on the cloud they wait for
# hosts most of the time. Every line says whose it is. What makes the cloud itself fail comes last, with no other user.
set -euo pipefail
bin=.venv/bin
if [ $# -gt 0 ]; then exec "$bin/python" -m pytest "$@"; fi

stage() { printf '\n=== %s (%ss)\n' "$*" "$SECONDS"; }

notes=$(mktemp -d)
trap 'rm -rf "$notes"' EXIT
# A stop from outside ends all groups.
trap 'kill $(jobs -p) 2>/dev/null || true; exit 1' INT TERM

# Runs a command as a group, once there is room; its name is noted when it fails, and what pytest says of it then.
group() {
  local name=$1 begun
  shift
  while [ "$(jobs -rp | wc -l)" -ge "${TENURE_TEST_LANES:-3}" ]; do wait -n || true; done
  {
    begun=$SECONDS
    "$@" 2>&1 | sed -u "s/^/$name: /" | tee "$notes/$name" || echo "$name" >> "$notes/failed"
    stage "$name: over after $((SECONDS - begun)) s"
  } &
}

tests() { group "$1" "$bin/python" -m pytest "${@:2}"; }

without_cloud=(tests/integration/engine tests/integration/store tests/integration/web tests/integration/git
  tests/integration/forge tests/integration/test_doctor.py tests/integration/test_toolchain.py)
long=(tests/integration/pulumi tests/integration/patching tests/integration/restic)

# These kill, refuse and mend on the very cloud that all others use; the other one has a second cloud for itself.
faults=(tests/integration/test_localcloud.py tests/integration/pulumi/test_refusals.py tests/e2e/test_refusals.py)
second_cloud=tests/integration/test_localcloud_lifecycle.py

# Two test runs on one cloud would meet in the same projects.
cache=${TENURE_CACHE:-$HOME/.cache/tenure}
mkdir -p "$cache"
exec 9> "$cache/tests.lock"
if ! flock --nonblock 9; then
  echo "another test run uses this machine's cloud; waiting for it for up to half an hour"
  flock --wait 1800 9 || { echo "it does not end: see who holds $cache/tests.lock (fuser -v)"; exit 1; }
fi

stage "lint, beside it the parts of this machine"
group lint bash tools/lint.sh
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
stage "tests begin"
mapfile -t alone < <(printf -- '--ignore=%s\n' "${faults[@]}" "$second_cloud")
mapfile -t elsewhere < <(printf -- '--ignore=%s\n' "${without_cloud[@]}" "${long[@]}")
tests "whole lives" tests/e2e "${alone[@]}"
tests pulumi tests/integration/pulumi "${alone[@]}"
tests unit tests/unit
tests patching tests/integration/patching
tests restic tests/integration/restic
tests "without cloud" "${without_cloud[@]}"
tests "on the cloud" tests/integration "${elsewhere[@]}" "${alone[@]}"
wait
stage "the cloud itself"
tests "second cloud" "$second_cloud"
tests "faults of the cloud" "${faults[@]}"
wait
if [ -z "${OS_CLOUD:-}" ] && [ "${CI:-}" = true ]; then "$bin/tenure" cloud down; fi
if [ -s "$notes/failed" ]; then
  stage "failed: $(paste -sd, "$notes/failed")"
  # Whoever sees the last lines only sees what it was, not just where.
  while read -r name; do
    grep -E "^[^:]*: (E  |FAILED|ERROR|[^ ]*:[0-9]+: )" "$notes/$name" | tail -40 | cut -c1-600 || true
  done < "$notes/failed"
  exit 1
fi
stage "done"
