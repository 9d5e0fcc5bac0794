"""A host that is a folder: its files are real, its programs are written down and answer as a test says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playbooks.module_utils.tenure_host.machine import Machine, Ran

type Answer = Callable[[tuple[str, ...]], Ran | None]

WELL = Ran(0, "", "")
FAILED = Ran(1, "", "it does not like that")


class FolderHost(Machine):
    """One host.

    Attributes:
        ran: Commands that ran, in order, as one text each; what only asks is left out.
        answers: Asked in turn what a command leaves; well without an answer.
        states: By unit, whether its file is enabled and whether it is active.
    """

    def __init__(self, root: Path, *programs: str) -> None:
        super().__init__(root)
        self._root = root
        self.ran: list[str] = []
        self.answers: list[Answer] = []
        self.states: dict[str, tuple[str, str]] = {}
        self.container = False
        for program in programs:
            self.put(f"/usr/bin/{program}", "")

    def put(self, name: str, text: str, mode: int = 0o644) -> Path:
        """Put a file on the host."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def try_run(self, *command: str) -> Ran:
        """Answer as the test says, else as a host in good order does."""
        for answer in self.answers:
            said = answer(command)
            if said is not None:
                return said
        match command:
            case ("systemd-detect-virt", *_):
                return WELL if self.container else FAILED
            case ("systemctl", "show", _, *units):
                return Ran(0, "\n".join(map(self._state, units)), "")
            case ("systemctl", "mask", _, *units):
                self._mask(units)
        self.ran.append(" ".join(command))
        return WELL

    def _state(self, unit: str) -> str:
        file, active = self.states.get(unit, ("", "inactive"))
        return f"UnitFileState={file}\nActiveState={active}\n"

    def _mask(self, units: list[str]) -> None:
        folder = self.path("/etc/systemd/system")
        folder.mkdir(parents=True, exist_ok=True)
        for unit in units:
            (folder / unit).symlink_to("/dev/null")


def refuses(*beginning: str) -> Answer:
    """Let commands that begin so fail."""
    return lambda command: FAILED if command[: len(beginning)] == beginning else None


def prints(text: str, *beginning: str) -> Answer:
    """Let commands that begin so print a text."""
    return lambda command: Ran(0, text, "") if command[: len(beginning)] == beginning else None
