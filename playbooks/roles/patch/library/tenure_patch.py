#!/usr/bin/python
"""Patches of one host, in the steps of roles/patch: look, prepare, install, restart, go back, settle."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.tenure_apt import Apt
from ansible.module_utils.tenure_commands import Fault, run, write, written
from ansible.module_utils.tenure_dnf import Dnf
from ansible.module_utils.tenure_restarts import outdated, reexecute, restart

DOCUMENTATION = r"""
module: tenure_patch
short_description: Patch one host step by step
description:
  - C(look) lists pending updates and changes nothing but the package indexes.
  - C(prepare) mends an interrupted run, plans, looks for room, and keeps what is installed for the way back.
  - C(install) installs exactly what was planned. C(restart) restarts the services that run replaced files.
  - C(back) leads every package back to the version that C(prepare) saw first in this operation.
  - C(mark), C(reboot) and C(booted) boot the host again. C(settle) forgets the way back.
options:
  step:
    type: str
    required: true
    choices: [look, prepare, install, restart, mark, reboot, booted, back, forget, settle]
  operation: {type: str, default: ""}
  boot: {type: str, default: "", description: the boot before}
  planned: {type: list, elements: str, default: []}
  excluded: {type: list, elements: str, default: []}
  may_begin: {type: bool, default: true, description: false where only what this operation has begun is ended}
  lock_seconds: {type: int, default: 120}
  spare_mib: {type: int, default: 64}
"""

BASE = Path("/var/lib/tenure/patch")
MIB = 1024 * 1024
GOING_DOWN_SECONDS = 240
STARTED_AT = 19
"""Place of a process's start in its line of the kernel, counted from its state."""


def manager(module: AnsibleModule) -> Apt | Dnf:
    """Give the host's package manager."""
    kinds: dict[str, type[Apt | Dnf]] = {"apt-get": Apt, "dnf": Dnf}
    kind = next((kinds[name] for name in kinds if shutil.which(name)), None)
    if kind is None:
        raise Fault("neither apt-get nor dnf is on this host")
    BASE.mkdir(mode=0o700, parents=True, exist_ok=True)
    return kind(str(BASE), module.params["excluded"], module.params["lock_seconds"])


def look(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """List what is pending."""
    del module
    packages.refresh()
    pending = packages.pending()
    packages.advisories(pending)
    return {"changed": False, "pending": pending, "reboot": packages.reboot_wanted()}


def prepare(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Mend, plan, look for room, and keep the way back of this operation's first attempt.

    What another job's end left half installed is no part of that: it is mended before the versions are kept.
    """
    before = known_before(module)
    begun = before.exists()
    if not begun and not module.params["may_begin"]:
        raise Fault("the window has closed; this host was not begun")
    try:
        refuse_without_room(0, module.params["spare_mib"])
        packages.mend()
        if not begun:
            shutil.rmtree(BASE)
            write(before, packages.versions())
        told = plan(module, packages)
    except Fault as fault:
        module.fail_json(msg=fault.summary, said=fault.said, begun=begun)
    done = before_and_after(written(before), packages.versions())
    return {"changed": False, "begun": begun, "done_before": done, **told}


def plan(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Say what will be installed and which packages have no way back."""
    packages.refresh()
    planned = packages.planned()
    refuse_without_room(packages.room_needed(planned), module.params["spare_mib"])
    return {"planned": planned, "no_way_back": packages.keep_old(planned) if planned else []}


def refuse_without_room(needed: int, spare_mib: int) -> None:
    """Raise a fault unless every file system that packages are written to has room, and some to spare."""
    for place in ("/", "/usr", "/var", "/var/cache", "/boot"):
        if Path(place).is_dir():
            status = os.statvfs(place)
            free, wanted = status.f_bavail * status.f_frsize, needed + spare_mib * MIB
            if free < wanted:
                raise Fault(f"{place} has {free // MIB} MiB left; the updates want {wanted // MIB + 1} MiB")


def install(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Install what was planned; tells what changed since the operation's first attempt began."""
    before = packages.versions()
    packages.install(module.params["planned"])
    done = before_and_after(before, packages.versions())
    return {"changed": bool(done), "installed": done, "reboot": packages.reboot_wanted()}


def restart_services(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Restart what runs replaced files, and nothing else."""
    del module
    found = outdated()
    units = sorted(unit for unit, way in found.items() if way == "restart")
    failed = restart(units)
    if "reexec" in found.values():
        reexecute()
    if failed:
        raise Fault(f"{', '.join(failed)} did not start again")
    waits = sorted(unit for unit, way in found.items() if way == "reboot")
    return {"changed": bool(units), "restarted": units, "reboot": bool(waits) or packages.reboot_wanted()}


def mark(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Tell which boot this is."""
    del module, packages
    return {"changed": False, "boot": this_boot()}


def reboot(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Go down, and stay until the host does."""
    del module, packages
    run(["systemctl", "reboot"])
    time.sleep(GOING_DOWN_SECONDS)
    raise Fault(f"the host did not go down in {GOING_DOWN_SECONDS} seconds")


def booted(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Look that this is another boot."""
    del packages
    if this_boot() == module.params["boot"]:
        raise Fault("the host did not boot again")
    return {"changed": True}


def this_boot() -> str:
    """Give what differs from boot to boot: a host in a container keeps the machine's id, its first process is new."""
    first = Path("/proc/1/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip() + "/" + first[STARTED_AT]


def back(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Take the way back."""
    before = written(known_before(module))
    if not before:
        raise Fault("nothing is known of what was before")
    now = packages.versions()
    packages.go_back(before)
    return {"changed": True, "led_back": before_and_after(now, packages.versions())}


def known_before(module: AnsibleModule) -> Path:
    """Give where the versions stand that this operation's first attempt saw."""
    return BASE / f"before-{module.params['operation']}.json"


def forget(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Forget the plan of a host on which nothing was changed."""
    del module, packages
    shutil.rmtree(BASE, ignore_errors=True)
    return {"changed": False}


def settle(module: AnsibleModule, packages: Apt | Dnf) -> dict[str, object]:
    """Forget the way back; what is installed stays."""
    del module
    pending = packages.pending()
    shutil.rmtree(BASE, ignore_errors=True)
    return {"changed": False, "pending": pending, "reboot": packages.reboot_wanted()}


def before_and_after(before: dict[str, str], after: dict[str, str]) -> list[dict[str, str]]:
    """Give the packages whose version differs."""
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return [{"package": name, "before": before.get(name, ""), "after": after.get(name, "")} for name in names]


STEPS = {
    "mark": mark,
    "reboot": reboot,
    "booted": booted,
    "look": look,
    "prepare": prepare,
    "install": install,
    "restart": restart_services,
    "back": back,
    "forget": forget,
    "settle": settle,
}


def main() -> None:
    """Do one step."""
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "required": True, "choices": list(STEPS)},
            "operation": {"type": "str", "default": ""},
            "boot": {"type": "str", "default": ""},
            "planned": {"type": "list", "elements": "str", "default": []},
            "excluded": {"type": "list", "elements": "str", "default": []},
            "may_begin": {"type": "bool", "default": True},
            "lock_seconds": {"type": "int", "default": 120},
            "spare_mib": {"type": "int", "default": 64},
        }
    )
    try:
        module.exit_json(**STEPS[module.params["step"]](module, manager(module)))
    except Fault as fault:
        module.fail_json(msg=fault.summary, said=fault.said)


if __name__ == "__main__":
    main()
