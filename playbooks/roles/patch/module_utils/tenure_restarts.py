"""Which services still run what an update has replaced: their processes hold files that are no longer there."""

from __future__ import annotations

import re
from pathlib import Path

from ansible.module_utils.tenure_commands import attempt

REPLACED = re.compile(r" (/(?:usr|lib|lib64|bin|sbin|opt)/\S+) \(deleted\)$", re.MULTILINE)
UNIT = re.compile(r"/([A-Za-z0-9:_.\\@-]+\.service)(?:/|$)")
MANAGER = "1"
ONLY_BY_REBOOT = ("dbus.service", "dbus-broker.service", "systemd-logind.service", "user@", "getty@", "serial-getty@")
"""Services that cannot be restarted under a running system."""


def outdated() -> dict[str, str]:
    """Give the units that run replaced files: ``restart``, ``reboot``, or ``reexec`` for the manager itself."""
    found: dict[str, str] = {}
    for process in Path("/proc").glob("[0-9]*"):
        if REPLACED.search(_read(process / "maps")):
            found.update(_of_process(process))
    return found


def restart(units: list[str]) -> list[str]:
    """Restart services; gives those that did not come up again."""
    return [unit for unit in units if attempt(["systemctl", "restart", unit], seconds=120).returncode != 0]


def reexecute() -> None:
    """Let the service manager run its new files; services go on."""
    attempt(["systemctl", "daemon-reexec"], seconds=60)


def _of_process(process: Path) -> dict[str, str]:
    if process.name == MANAGER:
        return {"systemd": "reexec"}
    units = UNIT.findall(_read(process / "cgroup"))
    if not units:
        return {}
    unit = units[-1]
    return {unit: "reboot" if unit.startswith(ONLY_BY_REBOOT) else "restart"}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
