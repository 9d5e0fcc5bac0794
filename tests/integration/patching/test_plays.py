"""Patching of real Debian hosts: what is pending, batches, restarts, reboots, and the way back (Art. 30, 32)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.patching.conftest import FIRST, HOSTS, House, told
from tests.integration.patching.repository import Package, daemon

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

SECOND = (
    daemon("1.1"),
    Package("tenure-sample-lib", "1.1", {"/usr/share/tenure-sample/lib": b"2\n"}, changes=("fixes CVE-2026-10001",)),
    Package("tenure-sample-boot", "1.1", postinst="touch /run/reboot-required"),
)
BATCHES: dict[str, Any] = {"patch_hosts": ["web-2", "web-3", "web-1"], "patch_serial": [1, 1, 1]}


def test_updates_are_listed_and_installed(house: House) -> None:
    """A look changes nothing and names advisories; a run restarts what runs replaced files and boots where it must."""
    house.set_up()
    house.repository.publish(*FIRST, *SECOND)
    seen = house.play("patch_look", patch_excluded=["tenure-sample-l*"])
    assert seen.succeeded, [(one.host, one.error) for one in seen.hosts]
    updates = {each.package: each for each in told(seen, "web-2").pending}
    assert {name: (each.installed, each.candidate, each.security, each.held) for name, each in updates.items()} == {
        "tenure-sample-boot": ("1.0", "1.1", True, False),
        "tenure-sample-daemon": ("1.0", "1.1", True, False),
        "tenure-sample-lib": ("1.0", "1.1", True, True),
    }
    assert updates["tenure-sample-lib"].advisories == ("CVE-2026-10001",)
    assert house.version("web-2") == "ii 1.0"

    booted = house.on("web-1", "cat /proc/sys/kernel/random/boot_id")
    done = house.play("patch", **BATCHES, patch_excluded=["tenure-sample-l*"])
    assert done.succeeded, [(one.host, one.error) for one in done.hosts]
    for host in HOSTS:
        patched = told(done, host)
        assert {(each.package, each.after) for each in patched.installed} == {
            ("tenure-sample-boot", "1.1"),
            ("tenure-sample-daemon", "1.1"),
        }
        assert [(each.package, each.held) for each in patched.pending] == [("tenure-sample-lib", True)]
        assert patched.restarted == ("tenure-sample.service",)
        assert patched.rebooted
        assert not patched.reboot
    assert house.on("web-1", "cat /proc/sys/kernel/random/boot_id") != booted
    assert house.on("web-1", "ls /var/lib/tenure/patch 2>/dev/null || echo nothing").strip() == "nothing"
