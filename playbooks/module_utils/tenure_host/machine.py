"""The host as the modules see it: programs that run on it, and files under a root that a test may move."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

COMMAND_SECONDS = 900
NO_PROGRAM = 127


class HostError(Exception):
    """Something on the host went wrong; the message is for people."""


@dataclass(frozen=True)
class Ran:
    """What a program left."""

    code: int
    output: str
    errors: str

    def said(self) -> str:
        """Give the end of what it complained of, else of what it printed."""
        return (self.errors or self.output).strip()[-1000:]


class Machine:
    """One host.

    Args:
        root: Where its files are.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def path(self, name: str) -> Path:
        """Give the place of a file of the host."""
        return self._root / name.lstrip("/")

    def read(self, name: str) -> str | None:
        """Give the text of a file, or None when there is none."""
        try:
            return self.path(name).read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def has_program(self, name: str) -> bool:
        """Whether a program is on the administrator's path."""
        folders = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
        return any((self._root / folder / name).exists() for folder in folders)

    def try_run(self, *command: str) -> Ran:
        """Run a program and give what it left, whatever it was; code 127 when there is no such program."""
        environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=COMMAND_SECONDS,
                check=False,
                env=environment,
            )
        except FileNotFoundError:
            return Ran(NO_PROGRAM, "", f"there is no program {command[0]}")
        except subprocess.TimeoutExpired:
            return Ran(NO_PROGRAM, "", f"no end after {COMMAND_SECONDS} s")
        return Ran(done.returncode, done.stdout, done.stderr)

    def run(self, *command: str) -> str:
        """Run a program and give what it printed; HostError when it fails."""
        ran = self.try_run(*command)
        if ran.code != 0:
            raise HostError(f"{' '.join(command)} failed with {ran.code}: {ran.said()}")
        return ran.output

    @property
    def is_container(self) -> bool:
        """Whether it shares its kernel, with its clock and its audit log, with others."""
        return self.try_run("systemd-detect-virt", "--container", "--quiet").code == 0

    @property
    def family(self) -> str:
        """``debian`` or ``rpm``, by the package manager."""
        return "debian" if self.has_program("dpkg") else "rpm"
