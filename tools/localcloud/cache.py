"""Parts that are made once per machine and version: virtual environment, base root, database template."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.localcloud.locks import locked
from tools.localcloud.processes import Process
from tools.localcloud.progress import Progress

HERE = Path(__file__).parent
KEY_LENGTH = 12


def key(*facts: str | bytes) -> str:
    """A short name for everything that a part depends on."""
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact if isinstance(fact, bytes) else fact.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:KEY_LENGTH]


class Part:
    """One folder of the cache, there whole or not at all."""

    def __init__(self, cache: Path, name: str, identity: str) -> None:
        self.name = name
        self.folder = cache / "localcloud" / f"{name}-{identity}"

    def ready(self) -> bool:
        """Whether it was made whole."""
        return self.folder.is_dir()

    def provide(self, make: Callable[[Path], None], progress: Progress) -> Path:
        """Make it unless it is there; what a killed attempt left is removed first.

        Two processes that want the same part make it once.
        """
        if self.ready():
            return self.folder
        lock = self.folder.with_name(self.folder.name + ".lock")
        with locked(lock, lambda: progress(f"waiting for another process that makes the {self.name}")):
            if not self.ready():
                with self._partial() as partial:
                    make(partial)
        return self.folder

    @contextmanager
    def _partial(self) -> Iterator[Path]:
        partial = self.folder.with_name(self.folder.name + ".partial")
        if partial.exists():
            for lock in partial.glob("run/*.lock"):
                Process(lock).stop(grace_seconds=1)
            shutil.rmtree(partial)
        partial.mkdir(parents=True, mode=0o700)
        yield partial
        partial.rename(self.folder)


def purge(cache: Path) -> None:
    """Remove every part that was made for local clouds, whatever its version."""
    shutil.rmtree(cache / "localcloud", ignore_errors=True)
