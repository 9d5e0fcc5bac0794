"""First way: a fitting program that the machine's administrator already put on PATH is linked, never copied."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from orchestrator.adapters.toolchain.part import WayFailedError

if TYPE_CHECKING:
    from orchestrator.adapters.toolchain.part import Progress


@dataclass(frozen=True)
class OnPath:
    """Link a program of PATH, and what must stand beside it.

    Attributes:
        target: Where the program is linked, relative to the part's folder; its name is looked up.
        search_path: Folders to look in, as in PATH.
        companions: Names of files that stand in the program's own folder and are linked beside it.
    """

    target: PurePosixPath
    search_path: str
    companions: tuple[str, ...] = ()
    label: str = "a fitting one on PATH"

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Link what PATH has."""
        found = shutil.which(self.target.name, path=self.search_path)
        if found is None:
            raise WayFailedError(f"PATH has no {self.target.name}")
        progress(f"  found {found}")
        _link(Path(found).resolve(), folder / self.target, self.companions)


@dataclass(frozen=True)
class Beside:
    """Link a program that stands in the real folder of another one, as official bundles have it.

    Attributes:
        other: The program whose folder is looked into.
        target: Where the program is linked, relative to the part's folder.
        companions: As in :class:`OnPath`.
    """

    other: Path
    target: PurePosixPath
    companions: tuple[str, ...] = ()
    label: str = "the one beside the CLI"

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Link what stands there."""
        program = self.other.resolve().parent / self.target.name
        if not program.exists():
            raise WayFailedError(f"{program.parent} has no {program.name}")
        progress(f"  found {program}")
        _link(program, folder / self.target, self.companions)


def _link(program: Path, link: Path, companions: tuple[str, ...]) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(program)
    for name in companions:
        (link.parent / name).symlink_to(program.parent / name)
