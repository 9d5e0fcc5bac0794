"""A job that is stopped in the middle of installing is in no other job's way (Art. 30).

The hosts' package manager is killed while a package is being configured; dpkg refuses all work from then on, until
somebody brings to its end what was begun.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.patching.conftest import FIRST, House
from tests.integration.patching.repository import Package, daemon

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

HOST = "web-2"
ONCE = "/var/lib/tenure/once"
WAITS = f"if [ -e {ONCE} ]; then exit 0; fi\ntouch {ONCE}\nsleep 300"
BACKUP: dict[str, Any] = {"dump_databases": [], "backup_tools_mark": "/var/lib/tenure/backup/set-up"}
PATCH: dict[str, Any] = {"patch_hosts": [HOST]}


def a_restic(version: str, postinst: str = "") -> Package:
    """Give what the role installs, from the tests' own repository."""
    return Package("restic", version, {"/usr/bin/restic": b"#!/bin/sh\n"}, postinst)


def test_a_setting_up_that_was_cut_off_is_ended_by_the_next_job_of_any_kind(house: House) -> None:
    """Restic is unpacked and not configured: a patch mends that, keeps it, and the next setting up finds it whole."""
    house.set_up(HOST)
    house.repository.publish(*FIRST, a_restic("0.1", WAITS))
    house.cut_off(ONCE, HOST, "backup", **BACKUP)
    assert house.on(HOST, "pgrep -x 'apt-get|dpkg' || true") == ""
    assert house.version(HOST, "restic") == "iF 0.1"
    house.repository.publish(*FIRST, a_restic("0.1", WAITS), daemon("1.6", postinst="systemctl stop tenure-sample"))
    assert not house.play("patch", "op-patchpart-back", (HOST,), **PATCH).succeeded
    assert (house.version(HOST), house.version(HOST, "restic")) == ("ii 1.0", "ii 0.1"), (
        "the way back keeps what it mended"
    )
    outcome = house.play("backup", hosts=(HOST,), **BACKUP)
    assert outcome.succeeded, outcome
    assert house.on(HOST, "ls /var/lib/tenure/unfinished") == ""


def test_a_patch_that_was_cut_off_does_not_keep_a_host_from_its_backups(house: House) -> None:
    """The setting up ends the interrupted update first; the next patch finds nothing left to do."""
    house.set_up(HOST)
    slow = Package("tenure-sample-lib", "1.6", {"/usr/share/tenure-sample/lib": b"2\n"}, WAITS)
    house.repository.publish(*FIRST, slow, a_restic("0.2"))
    house.cut_off(ONCE, HOST, "patch", **PATCH)
    assert house.version(HOST, "tenure-sample-lib") == "iF 1.6"
    outcome = house.play("backup", hosts=(HOST,), **BACKUP)
    assert outcome.succeeded, outcome
    assert house.version(HOST, "tenure-sample-lib") == "ii 1.6"
    assert house.play("patch", "op-patchpart-next", (HOST,), **PATCH).succeeded
