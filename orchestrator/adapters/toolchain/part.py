"""A part of the toolchain, and the ways by which it may come to this machine, tried in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from orchestrator.domain.errors import MissingPartError

if TYPE_CHECKING:
    from orchestrator.adapters.toolchain.store import Stamp, Store

type Progress = Callable[[str], None]
"""Takes one line of text for whoever watches."""

type Check = Callable[[Path], str]
"""Runs the part in a folder and gives the version that it says; raises :class:`WayFailedError` when it doesn't run."""

type Fits = Callable[[str, str], bool]
"""Whether a found version serves where a wanted one is pinned."""


class WayFailedError(Exception):
    """One way to a part did not work; the text says why in a line, and the next way may be tried."""


class Way(Protocol):
    """One way to a part."""

    @property
    def label(self) -> str:
        """What the way is, to be read after "by"."""

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Fill the empty folder with the part, or raise :class:`WayFailedError`."""


@dataclass(frozen=True)
class Part:
    """One program that Tenure runs and that no Python package brings.

    Attributes:
        name: As a user reads it.
        key: Folder of the part in the store.
        version: The pinned version.
        files: What is run, relative to the folder; recorded in the stamp.
        check: Runs what came and tells its version.
        fits: Whether that version serves.
        ways: How it may come here, in the order in which they are tried.
    """

    name: str
    key: str
    version: str
    files: tuple[PurePosixPath, ...]
    check: Check
    fits: Fits
    ways: tuple[Way, ...]


def exactly(found: str, pinned: str) -> bool:
    """Only the pinned version serves."""
    return found == pinned


def same_major_not_older(found: str, pinned: str) -> bool:
    """A later version of the same major number serves too, as semantic versions promise."""
    have, want = (tuple(map(int, version.split("."))) for version in (found, pinned))
    return have[0] == want[0] and have >= want


def same_major(found: str, pinned: str) -> bool:
    """Any version of the same major number serves: for protocols that the major number fixes."""
    return found.split(".", maxsplit=1)[0] == pinned.split(".", maxsplit=1)[0]


def ensure(part: Part, store: Store, progress: Progress) -> Stamp:
    """Have the part in the store, verified: nothing is fetched when what is there still proves good.

    Raises:
        MissingPartError: No way worked; each failure is in the detail.
    """
    with store.locked(part.key):
        stamp = store.verified(part.key)
        if stamp is not None and _runs(part, store.folder(part.key), progress):
            progress(f"{part.name} {stamp.version} is there ({stamp.way}); verified")
            return stamp
        return _fetch(part, store, progress)


def _runs(part: Part, folder: Path, progress: Progress) -> bool:
    try:
        part.check(folder)
    except WayFailedError as failure:
        progress(f"{part.name} in the cache is no longer good: {failure}")
        return False
    return True


def _fetch(part: Part, store: Store, progress: Progress) -> Stamp:
    failures: list[str] = []
    for way in part.ways:
        progress(f"{part.name} {part.version}: by {way.label} …")
        with store.draft() as draft:
            try:
                stamp = _try(part, way, store, draft, progress)
            except WayFailedError as failure:
                failures.append(f"{way.label}: {failure}")
                progress(f"{part.name}: not by {way.label}: {failure}")
                continue
        progress(f"{part.name} {stamp.version} is there ({stamp.way}); verified")
        return stamp
    raise MissingPartError(
        f"{part.name} {part.version} could not be installed",
        detail="; ".join(failures),
        hint="give access to the internet or a Go module proxy, install Go 1.25 or later, "
        "or put the program on PATH; then run: tenure toolchain install",
    )


def _try(part: Part, way: Way, store: Store, draft: Path, progress: Progress) -> Stamp:
    way.fetch(draft, progress)
    missing = [str(path) for path in part.files if not (draft / path).exists()]
    if missing:
        raise WayFailedError(f"it brought no {', '.join(missing)}")
    found = part.check(draft)
    if not part.fits(found, part.version):
        raise WayFailedError(f"it is version {found}, which does not serve where {part.version} is pinned")
    return store.put(part.key, draft, version=found, way=way.label, files=part.files)
