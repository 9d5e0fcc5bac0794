"""Patching of real Debian hosts: what is pending, batches, restarts, reboots, and the way back (Art. 30, 32)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain.patching import WayBack
from tests.integration.patching.conftest import FIRST, HOSTS, House, told
from tests.integration.patching.repository import Package, daemon

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

SECOND = (
    daemon("1.1"),
    Package("tenure-sample-lib", "1.1", {"/usr/share/tenure-sample/lib": b"2\n"}, changes=("fixes CVE-2026-10001",)),
    Package("tenure-sample-boot", "1.1", postinst="touch /run/reboot-required"),
)
TWO_AT_ONCE: dict[str, Any] = {"patch_hosts": ["web-2", "web-3", "web-1"], "patch_serial": [2, 1]}
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


def test_a_failing_sign_of_health_leads_back_and_stops(house: House) -> None:
    """The canary has its old packages again and is healthy, the others are untouched; a mended release goes on all."""
    house.set_up()
    crashes = daemon("1.2", postinst="systemctl stop tenure-sample")
    house.repository.publish(*FIRST, crashes)
    failed = house.play("patch", **BATCHES)
    canary = told(failed, "web-2")
    assert canary.way_back is WayBack.PACKAGES
    assert "unit tenure-sample.service is inactive" in canary.reason
    assert [(each.before, each.after) for each in canary.led_back] == [("1.2", "1.0")]
    assert house.versions() == {"ii 1.0"}
    assert house.on("web-2", "systemctl is-active tenure-sample").strip() == "active"
    assert [one.told for one in failed.hosts if one.host != "web-2"] == [{}, {}]
    house.repository.publish(*FIRST, daemon("1.3"))
    assert house.play("patch", "op-patchpart-next", **BATCHES).succeeded
    assert house.versions() == {"ii 1.3"}


FULL = "mount -t tmpfs -o size=2m full /var/cache"
LOCK = """systemd-run --quiet --unit=holder python3 -c "
import fcntl, time
file = open('/var/lib/dpkg/lock-frontend', 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep(600)" && sleep 1"""


IN_THE_WAY = (
    (FULL, "umount /var/cache", "/var/cache has"),
    (LOCK, "systemctl stop holder", "package database is locked"),
)


def test_a_host_without_room_or_with_a_lock_is_not_touched(house: House) -> None:
    """It is told what is in the way, nothing was changed on any host, and the next run goes on."""
    house.set_up()
    house.repository.publish(*FIRST, daemon("1.1"))
    for break_it, mend_it, said in IN_THE_WAY:
        house.on("web-2", break_it)
        failed = house.play("patch", **BATCHES, patch_lock_seconds=1)
        house.on("web-2", mend_it)
        stopped = told(failed, "web-2")
        assert (stopped.way_back, said in stopped.reason) == (WayBack.NONE, True), stopped.reason
        assert house.versions() == {"ii 1.0"}
    assert house.play("patch", **BATCHES).succeeded
    assert house.versions() == {"ii 1.1"}


LOST = """
if [ -e /var/lib/tenure/once ]; then exit 0; fi
mkdir -p /var/lib/tenure; touch /var/lib/tenure/once
case $(hostname) in
  web-2)
    cut="sleep 1; ip link set eth0 down; sleep 60; ip link set eth0 up; ip route add $(ip route show default)"
    setsid sh -c "$cut" </dev/null >/dev/null 2>&1 &
    sleep 4;;
  web-3) systemctl poweroff; sleep 30;;
esac
"""


def test_hosts_that_are_lost_in_the_middle_are_mended_by_the_next_run(house: House) -> None:
    """One is cut off, one goes down: told as not reached, the rest untouched; the same operation ends it afterwards."""
    house.set_up()
    house.repository.publish(*FIRST, daemon("1.1"), Package("tenure-sample-lib", "1.4", postinst=LOST))
    lost = house.play("patch", **TWO_AT_ONCE)
    assert {one.host for one in lost.hosts if not one.reached} == {"web-2", "web-3"}
    assert [one.told for one in lost.hosts] == [{}, {}, {}]
    assert house.version("web-1") == "ii 1.0"
    for host in ("web-2", "web-3"):
        house.restart(host)
    house.access.wait_ready(house.environment, house.environment.outputs, house.recorder.job())
    mended = house.play("patch", **TWO_AT_ONCE)
    assert mended.succeeded, [(one.host, one.error) for one in mended.hosts]
    assert house.versions("tenure-sample-lib") == {"ii 1.4"}
