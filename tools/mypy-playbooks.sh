#!/usr/bin/env bash
# Types of the playbooks' own modules: Ansible finds them under names that exist on the hosts only, so they are laid out
# under these names here. Hosts may run an older Python than this machine.
set -euo pipefail
layout=$(mktemp -d)
trap 'rm -r "$layout"' EXIT
mkdir -p "$layout/ansible/module_utils"
ln -s "$PWD"/playbooks/module_utils/* "$PWD"/playbooks/roles/*/module_utils/tenure_*.py "$layout/ansible/module_utils/"
MYPYPATH="$layout" .venv/bin/mypy --explicit-package-bases --python-version 3.10 \
  "$layout/ansible/module_utils" playbooks/library playbooks/roles/*/library
