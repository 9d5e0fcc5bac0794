#!/usr/bin/env bash
# Installs PostgreSQL's server programs (Debian, Ubuntu) for the tests that start a private server; starts none itself.
set -euo pipefail
if compgen -G "/usr/lib/postgresql/*/bin/initdb" > /dev/null || command -v initdb > /dev/null; then
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "tools/install-postgresql.sh: run me as root, or install the package postgresql yourself" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends postgresql-common
mkdir -p /etc/postgresql-common/createcluster.d
echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/tenure.conf
apt-get install -q -y --no-install-recommends postgresql
