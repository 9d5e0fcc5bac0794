"""A desired state of a host in parts, brought about in one visit: what is right already is left alone.

One module call for the whole baseline instead of one for each file and service: each call costs a process on the
controller and a Python on the host.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .machine import HostError, Machine
from .packages import install

UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
OWN_UNITS = "/etc/systemd/system/"
STARTS_WITH_HOST = frozenset({"enabled", "static", "alias", "generated"})
UNFINISHED = "/var/lib/tenure/unfinished"


@dataclass(frozen=True)
class WantedFile:
    """A file with its whole content.

    Attributes:
        proof: A command that takes the file's new content at ``%s`` and fails when it is not valid.
        within: A folder without which the file makes no sense on this host; empty for none.
    """

    path: str
    content: str
    mode: str = "0644"
    proof: tuple[str, ...] = ()
    within: str = ""


@dataclass(frozen=True)
class Part:
    """One subject of the baseline.

    Attributes:
        absent: Files that are not to be there.
        locked: Accounts that have no password, where they exist.
        barred: Accounts that nobody enters any more, where they exist.
        masked: Units that never start, whether they exist or not.
        running: Units that are enabled and run; each a list of names, of which the first that exists is meant.
        packages: By program that must be there, the package of each family that brings it.
        after: Commands that run when a file of the part changed, or an earlier visit was cut off in this part.
        holds: A command that fails when the part is not in force although its files are right; ``after`` runs then.
        own_kernel: Whether packages, units and commands need a kernel of the host's own.
    """

    name: str
    files: tuple[WantedFile, ...] = ()
    absent: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    running: tuple[tuple[str, ...], ...] = ()
    packages: dict[str, dict[str, str]] = field(default_factory=dict)
    after: tuple[tuple[str, ...], ...] = ()
    holds: tuple[str, ...] = ()
    own_kernel: bool = False


def part_from(data: dict[str, Any]) -> Part:
    """Read a part as playbooks write it; TypeError names a key that no part has."""
    values = dict(data)
    values["files"] = tuple(
        WantedFile(**{**file, "proof": tuple(file.get("proof", ()))}) for file in values.get("files", ())
    )
    for name in ("running", "after"):
        values[name] = tuple(tuple(map(str, each)) for each in values.get(name, ()))
    for name in ("absent", "locked", "barred", "masked", "holds"):
        values[name] = tuple(values.get(name, ()))
    return Part(**values)


@dataclass(frozen=True)
class Change:
    """One thing that was changed, or would be; the texts are those of a file before and after."""

    part: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class UnitState:
    """How a unit stands, in systemd's words: its file (``enabled``, ``static`` …) and itself (``active`` …)."""

    file: str
    active: str


class Bringer:
    """Brings a host to its state.

    Args:
        machine: The host.
        rehearsal: Whether to change nothing.

    Attributes:
        changes: What was changed, in order.
        left_out: Parts whose services mean nothing on this host.
    """

    def __init__(self, machine: Machine, *, rehearsal: bool) -> None:
        self._machine = machine
        self._rehearsal = rehearsal
        self._container = machine.is_container
        self._cut_off = frozenset(mark.name for mark in machine.path(UNFINISHED).glob("*"))
        self.changes: list[Change] = []
        self.left_out: list[str] = []

    def bring(self, parts: list[Part]) -> None:
        """Bring about each part in turn; HostError when one cannot be."""
        self._mask(parts)
        for part in parts:
            self._bring(part)

    def _bring(self, part: Part) -> None:
        able = not (part.own_kernel and self._container)
        if not able:
            self.left_out.append(part.name)
        else:
            self._install(part)
        self._close_accounts(part)
        written = [file.path for file in part.files if self._write(part, file)]
        for path in part.absent:
            self._remove(part, path)
        if able and (written or self._lapsed(part)):
            for command in part.after:
                self._do(*command)
        if not self._rehearsal:
            self._mark(part).unlink(missing_ok=True)
        if able:
            self._keep_running(part)

    def _lapsed(self, part: Part) -> bool:
        """Whether the files are right and do not count: an earlier visit was cut off, or somebody undid it."""
        if part.name in self._cut_off:
            self._did(part, "put in force, which an earlier visit did not come to")
            return True
        if part.holds and self._machine.try_run(*part.holds).code != 0:
            self._did(part, "put in force again")
            return True
        return False

    def _mark(self, part: Part) -> Path:
        """Give the file that is there while packages or files of a part were changed and its commands have not run."""
        return self._machine.path(f"{UNFINISHED}/{part.name}")

    def _did(self, part: Part, what: str, before: str = "", after: str = "") -> None:
        self.changes.append(Change(part.name, what, before, after))

    def _do(self, *command: str) -> None:
        if not self._rehearsal:
            self._machine.run(*command)

    def _install(self, part: Part) -> None:
        family = self._machine.family
        missing = [names[family] for program, names in part.packages.items() if not self._machine.has_program(program)]
        if missing:
            self._did(part, f"installed {', '.join(missing)}")
        # A package whose program is there may still be half installed, where an earlier visit was cut off.
        if not self._rehearsal and (missing or (part.packages and part.name in self._cut_off)):
            self._begin(part)
            install(self._machine, missing)

    def _begin(self, part: Part) -> None:
        self._mark(part).parent.mkdir(parents=True, exist_ok=True)
        self._mark(part).touch()

    def _close_accounts(self, part: Part) -> None:
        lines = (self._machine.read("/etc/shadow") or "").splitlines()
        shadow = {line.split(":")[0]: line.split(":") for line in lines}
        for name in (*part.locked, *part.barred):
            if name in shadow and not shadow[name][1].startswith(("!", "*")):
                self._did(part, f"password of {name} locked")
                self._do("usermod", "--lock", name)
        for name in part.barred:
            if name in shadow and shadow[name][7] != "1":
                self._did(part, f"account {name} barred")
                self._do("usermod", "--expiredate", "1970-01-02", name)

    def _write(self, part: Part, file: WantedFile) -> bool:
        if file.within and not self._machine.path(file.within).is_dir():
            return False
        path, present = self._machine.path(file.path), self._machine.read(file.path)
        wrong_mode = present is not None and oct(path.stat().st_mode & 0o7777) != oct(int(file.mode, 8))
        if present == file.content and not wrong_mode:
            return False
        what = "its mode" if present == file.content else "written"
        self._did(part, f"{file.path} {what}", present or "", file.content)
        if not self._rehearsal:
            self._begin(part)
            self._put(path, file)
        return True

    def _put(self, path: Path, file: WantedFile) -> None:
        """Put a file into place whole, once it has proved to be valid."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.tenure")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(file.content)
            fresh.chmod(int(file.mode, 8))
            if file.proof:
                self._machine.run(*(str(fresh) if word == "%s" else word for word in file.proof))
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    def _remove(self, part: Part, name: str) -> None:
        path = self._machine.path(name)
        if path.exists() or path.is_symlink():
            self._did(part, f"{name} removed", self._machine.read(name) or "")
            if not self._rehearsal:
                path.unlink()

    def _mask(self, parts: list[Part]) -> None:
        """Mask and stop the units of all parts, so that systemd reads its files anew once."""
        masked = [(part, unit) for part in parts for unit in part.masked]
        fresh = [(part, unit) for part, unit in masked if not self._is_masked(unit)]
        for part, unit in fresh:
            self._did(part, f"{unit} masked")
        if fresh:
            self._do("systemctl", "mask", "--quiet", *(unit for _, unit in fresh))
        states = self._states([unit for _, unit in masked])
        for part, unit in masked:
            if states[unit].active not in {"inactive", "failed"}:
                self._did(part, f"{unit} stopped")
                self._do("systemctl", "stop", unit)

    def _is_masked(self, unit: str) -> bool:
        link = self._machine.path(OWN_UNITS + unit)
        return link.is_symlink() and str(link.readlink()) == os.devnull

    def _keep_running(self, part: Part) -> None:
        units = [self._existing(part, names) for names in part.running]
        for unit, state in self._states(units).items():
            if state.file not in STARTS_WITH_HOST or state.active != "active":
                self._did(part, f"{unit} enabled and started")
                self._do("systemctl", "enable", "--quiet", "--now", unit)

    def _states(self, units: list[str]) -> dict[str, UnitState]:
        """Ask systemd once for all units; it answers about units that do not exist too."""
        if not units:
            return {}
        told = self._machine.run("systemctl", "show", "--property=UnitFileState,ActiveState", *units)
        blocks = [dict(line.split("=", 1) for line in block.splitlines() if line) for block in told.split("\n\n")]
        states = (UnitState(block["UnitFileState"], block["ActiveState"]) for block in blocks)
        return dict(zip(units, states))

    def _existing(self, part: Part, names: tuple[str, ...]) -> str:
        for name in names:
            if any(self._machine.path(f"{folder}/{name}").exists() for folder in UNIT_FOLDERS):
                return name
        if self._rehearsal:
            return names[0]
        raise HostError(f"{part.name}: there is no unit {' or '.join(names)}")
