"""Third way: build from the pinned Go modules of tools/toolchain; go.sum proves what the module proxy serves."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import run_bounded

if TYPE_CHECKING:
    from orchestrator.adapters.toolchain.part import Progress

BUILD_LIMIT_SECONDS = 3600
MODULE_LIMIT_SECONDS = 300
TELL_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class ModuleFile:
    """A file of a Go module that goes beside a built program.

    Attributes:
        module: Module and version, for instance ``example.org/module@v1.0.0``.
        path: The file in the module.
        target: Where it goes in the part's folder, executable.
    """

    module: str
    path: PurePosixPath
    target: PurePosixPath


@dataclass(frozen=True)
class ModuleFolder:
    """A folder of a Go module, with all that is in it, that goes beside a built program.

    Attributes:
        module: A module that go.mod requires, without its version; go.sum proves it.
        path: The folder in the module.
        target: Where it goes in the part's folder.
    """

    module: str
    path: PurePosixPath
    target: PurePosixPath


@dataclass(frozen=True)
class GoBuild:
    """Build one program.

    Attributes:
        module: Folder with go.mod and go.sum.
        package: What to build: ``.`` or an import path that go.mod requires.
        target: Where the program goes in the part's folder.
        version_variable: Variable of the linker and its value, as ``path.Name=v1.2.3``, or empty.
        extras: Files and folders of modules that go beside it.
        tags: What the build is to include.
    """

    module: Path
    package: str
    target: PurePosixPath
    version_variable: str = ""
    extras: tuple[ModuleFile | ModuleFolder, ...] = ()
    tags: tuple[str, ...] = ()
    label: str = "a build from pinned Go modules"

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Build into the folder; this takes minutes the first time, Go's own cache makes it seconds afterwards."""
        go = shutil.which("go")
        if go is None:
            raise WayFailedError("there is no Go on PATH")
        teller = BuildTeller(progress)
        setting = f" -X {self.version_variable}" if self.version_variable else ""
        run_bounded(
            [
                *(go, "build", "-v", "-trimpath", "-buildvcs=false", f"-ldflags=-s -w{setting}"),
                *(("-tags", " ".join(self.tags)) if self.tags else ()),
                *("-o", str(folder / self.target), self.package),
            ],
            timeout_seconds=BUILD_LIMIT_SECONDS,
            folder=self.module,
            on_line=teller.hear,
        )
        for extra in self.extras:
            if isinstance(extra, ModuleFolder):
                _copy_folder(go, extra, self.module, folder)
            else:
                _copy_from_module(go, extra, folder)
        progress(f"  built in {teller.elapsed_seconds():.0f} s")


@dataclass
class BuildTeller:
    """Turns Go's lines, one per download and per compiled package, into a line every few seconds."""

    progress: Progress
    started: float = field(default_factory=time.monotonic)
    told: float = 0.0
    downloaded: int = 0
    compiled: int = 0

    def hear(self, line: str) -> None:
        """Take one line of ``go build -v``."""
        if line.startswith("go: downloading"):
            self.downloaded += 1
        elif "/" in line and " " not in line:
            self.compiled += 1
        now = time.monotonic()
        if now - self.told >= TELL_EVERY_SECONDS:
            self.told = now
            self.progress(
                f"  {self.downloaded} modules fetched, {self.compiled} packages compiled, "
                f"{self.elapsed_seconds():.0f} s"
            )

    def elapsed_seconds(self) -> float:
        """Since the build began."""
        return time.monotonic() - self.started


def _copy_from_module(go: str, extra: ModuleFile, folder: Path) -> None:
    answer = run_bounded(
        [go, "mod", "download", "-json", extra.module], timeout_seconds=MODULE_LIMIT_SECONDS, folder=folder
    )
    source = Path(json.loads(answer)["Dir"]) / extra.path
    target = folder / extra.target
    shutil.copyfile(source, target)
    target.chmod(0o755)


def _copy_folder(go: str, extra: ModuleFolder, module: Path, folder: Path) -> None:
    answer = run_bounded([go, "list", "-m", "-json", extra.module], timeout_seconds=MODULE_LIMIT_SECONDS, folder=module)
    target = folder / extra.target
    shutil.copytree(Path(json.loads(answer)["Dir"]) / extra.path, target, copy_function=shutil.copyfile)
    # Go keeps its modules read-only, and copied folders would be so too: then nobody could remove them.
    for path in (target, *target.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
