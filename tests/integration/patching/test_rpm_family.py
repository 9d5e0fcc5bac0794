"""Patching by a real dnf: what is pending, advisories, a reboot, an interrupted run, and the way back (Art. 30)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orchestrator.domain.patching import WayBack
from tests.integration.patching.conftest import House, told
from tests.integration.patching.rpms import HIDDEN, Advisory, Rpm, beginning, publication

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

HOST = "web-3"
ONCE = "/var/lib/tenure/once"
LONG = "tenure-sample-with-a-name-that-is-longer-than-the-columns-in-which-it-is-listed"
START = "systemctl daemon-reload; systemctl enable --quiet --now tenure-rpm-daemon"
BASE = Rpm("tenure-sample-base", "1.0", header="Provides: /bin/sh")
FIRST = (
    BASE,
    Rpm("tenure-rpm-daemon", "1.0", post=START),
    Rpm(LONG, "1.0", header="Epoch: 1"),
    Rpm("linux-firmware", "1.0"),
)
WAITS = f"if [ ! -e {ONCE} ]; then touch {ONCE}; sleep 300; fi; {START}"
SECOND = (
    Rpm("tenure-rpm-daemon", "1.1", post=WAITS),
    Rpm("linux-firmware", "1.1"),
    Rpm(LONG, "1.1", header="Epoch: 1"),
)
BROKEN = Rpm("tenure-rpm-daemon", "1.2", post="systemctl stop tenure-rpm-daemon")
ADVISORIES = (Advisory("TSA-2026:0001", SECOND[0], "CVE-2026-10001"), Advisory("TBA-2026:0002", SECOND[1]))
VARIABLES: dict[str, Any] = {"patch_hosts": [HOST], "patch_health": {HOST: [{"unit": "tenure-rpm-daemon.service"}]}}
HOLDER = """systemd-run --quiet --unit=holder python3 -c "
import dnf, dnf.lock, time
base = dnf.Base()
with dnf.lock.build_metadata_lock(base.conf.cachedir, True), dnf.lock.build_rpmdb_lock(base.conf.persistdir, True):
    time.sleep(600)" && sleep 3"""


@pytest.fixture(scope="module")
def rpm_host(house: House) -> Iterator[House]:
    """Give a host to whose roles dnf is the package manager, with packages of the first release."""
    house.on(
        HOST, beginning() + "".join(f"mv /usr/bin/{name} /usr/bin/{name}.hidden\n" for name in HIDDEN), seconds=300
    )
    try:
        house.on(HOST, publication(FIRST, ()))
        house.on(HOST, f"HOME=/root dnf -q -y install {' '.join(one.name for one in FIRST)} >/dev/null; {START}")
        yield house
    finally:
        house.on(HOST, "".join(f"mv /usr/bin/{name}.hidden /usr/bin/{name}\n" for name in HIDDEN))


def test_the_rpm_family_is_patched(rpm_host: House) -> None:
    """Updates with their advisories; a transaction that was cut off is ended; a broken release is led back."""
    house = rpm_host
    house.on(HOST, f"rm -f {ONCE}; {publication(SECOND, ADVISORIES)}")
    house.on(HOST, HOLDER)
    locked = house.play("patch", hosts=(HOST,), **VARIABLES, patch_lock_seconds=1)
    house.on(HOST, "systemctl stop holder")
    assert "package database is locked" in told(locked, HOST).reason

    seen = told(house.play("patch_look", hosts=(HOST,), patch_excluded=["tenure-sample-*"]), HOST)
    updates = {each.package: each for each in seen.pending}
    assert {name: (each.installed, each.candidate, each.security, each.held) for name, each in updates.items()} == {
        "tenure-rpm-daemon.x86_64": ("1.0-1", "1.1-1", True, False),
        "linux-firmware.x86_64": ("1.0-1", "1.1-1", False, False),
        f"{LONG}.x86_64": ("1:1.0-1", "1:1.1-1", False, True),
    }
    assert updates["tenure-rpm-daemon.x86_64"].advisories == ("CVE-2026-10001", "TSA-2026:0001")
    assert updates["linux-firmware.x86_64"].advisories == ("TBA-2026:0002",)

    kept = {"patch_excluded": ["tenure-sample-*"]} | VARIABLES
    house.cut_off(ONCE, HOST, "patch", **kept)
    assert house.on(HOST, "pgrep -x dnf || true") == ""
    done = house.play("patch", hosts=(HOST,), **kept)
    patched = told(done, HOST)
    assert done.succeeded, (patched, [one.error for one in done.hosts])
    assert {(each.package, each.before, each.after) for each in patched.installed} == {
        ("tenure-rpm-daemon.x86_64", "1.0-1", "1.1-1"),
        ("linux-firmware.x86_64", "1.0-1", "1.1-1"),
    }
    assert patched.restarted == ("tenure-rpm-daemon.service",)
    assert (patched.rebooted, [each.package for each in patched.pending]) == (True, [f"{LONG}.x86_64"])

    house.on(HOST, publication((BROKEN,), ADVISORIES))
    failed = told(house.play("patch", "op-patchpart-back", (HOST,), **VARIABLES), HOST)
    assert failed.way_back is WayBack.PACKAGES, failed
    assert {(each.package, each.before, each.after) for each in failed.led_back} == {
        ("tenure-rpm-daemon.x86_64", "1.2-1", "1.1-1"),
        (f"{LONG}.x86_64", "1:1.1-1", "1:1.0-1"),
    }
