#!/usr/bin/env bash
# Makes the project's virtual environment from uv.lock. Needs Python 3.12 or newer, found on PATH or under pyenv.
set -euo pipefail
venv=$1

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.12 python3.13 python3.14 python3 \
      "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
    [ -n "$candidate" ] || continue
    "$candidate" -c 'import sys, venv, ssl, sqlite3; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && { echo "$candidate"; return; }
  done
  return 1
}

if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
  python=$(find_python) || {
    echo "setup: no Python 3.12 or newer with venv, ssl and sqlite3 was found." >&2
    echo "hint: install one (apt-get install python3.12 python3.12-venv, or pyenv install 3.12), or name it: PYTHON=/path/to/python3 make setup" >&2
    exit 1
  }
  echo "setup: virtual environment from $("$python" --version 2>&1)"
  "$python" -m venv --clear "$venv"
fi
[ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv
"$venv/bin/uv" sync --quiet --locked --all-extras --all-groups --inexact --python "$venv/bin/python"
echo "setup: $("$venv/bin/python" --version), packages as in uv.lock"
