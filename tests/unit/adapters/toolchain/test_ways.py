"""Ways to a part are tried in order; the user is told why each next one is tried."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from orchestrator.adapters.toolchain.part import (
    Part,
    Progress,
    Way,
    WayFailedError,
    ensure,
    exactly,
    same_major,
    same_major_not_older,
)
from orchestrator.adapters.toolchain.store import Store
from orchestrator.domain.errors import MissingPartError

PROGRAM = PurePosixPath("bin/program")


@dataclass
class Brings:
    """A way that writes a program of a version."""

    version: str
    label: str = "bringing it"
    pause_seconds: float = 0.0
    calls: list[Path] = field(default_factory=list)

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Write the program."""
        self.calls.append(folder)
        progress("working")
        time.sleep(self.pause_seconds)
        (folder / PROGRAM).parent.mkdir(parents=True)
        (folder / PROGRAM).write_text(self.version, encoding="utf-8")


@dataclass
class Fails:
    """A way that does not work."""

    reason: str
    label: str = "failing"

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Leave something half done and fail."""
        progress("about to fail")
        (folder / "half").write_text("half", encoding="utf-8")
        raise WayFailedError(self.reason)


class BringsNothing:
    """A way that ends well without the program."""

    label = "bringing nothing"

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Write something else."""
        progress(f"nothing for {folder.name}")


def written_version(folder: Path) -> str:
    """Read the version out of the program."""
    text = (folder / PROGRAM).read_text(encoding="utf-8")
    if text == "broken":
        raise WayFailedError("it does not run")
    return text


def part(*ways: Way) -> Part:
    """A part that comes by these ways."""
    return Part(
        name="program",
        key="program-1.2.3-abc",
        version="1.2.3",
        files=(PROGRAM,),
        check=written_version,
        fits=exactly,
        ways=ways,
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "toolchain")


def test_the_first_way_that_works_is_taken(store: Store) -> None:
    """A failing way and one that brings nothing are passed over; later ways are not tried."""
    second, third = Brings("1.2.3", "the second"), Brings("1.2.3", "the third")
    stamp = ensure(part(Fails("no luck"), BringsNothing(), second, third), store, lambda _: None)
    assert (stamp.way, stamp.version, len(second.calls), len(third.calls)) == ("the second", "1.2.3", 1, 0)


def test_each_failure_is_told_before_the_next_way(store: Store) -> None:
    """Whoever watches reads why the next way is tried."""
    told: list[str] = []
    ensure(part(Fails("PATH has none"), Brings("1.2.3")), store, told.append)
    assert told[2] == "program: not by failing: PATH has none"
    assert told[3] == "program 1.2.3: by bringing it …"


def test_a_version_that_does_not_fit_is_refused(store: Store) -> None:
    """An old program on PATH is not used; the next way brings the pinned version."""
    stamp = ensure(part(Brings("1.2.2", "PATH"), Brings("1.2.3", "a build")), store, lambda _: None)
    assert stamp.way == "a build"


def test_when_no_way_works_the_error_tells_every_reason(store: Store) -> None:
    """The error names each way with its reason and how to mend it; nothing half done stays."""
    with pytest.raises(MissingPartError) as caught:
        ensure(part(Fails("one"), Fails("two"), Brings("0.1.0")), store, lambda _: None)
    assert "failing: one; failing: two; bringing it: it is version 0.1.0" in caught.value.diagnostic.detail
    assert "tenure toolchain install" in (caught.value.diagnostic.hint or "")
    assert [path for path in store.root.iterdir() if path.is_dir()] == []


def test_what_is_there_and_good_is_not_fetched_again(store: Store) -> None:
    """A second install runs and hashes the part, and leaves it as it is."""
    ensure(part(Brings("1.2.3")), store, lambda _: None)
    ensure(part(Fails("must not be asked")), store, lambda _: None)


def test_a_program_that_changed_is_noticed_and_fetched_again(store: Store) -> None:
    """Other bytes of the same size and time deceive the quick look, not the install."""
    wanted = part(Brings("1.2.3"))
    ensure(wanted, store, lambda _: None)
    program = store.folder(wanted.key) / PROGRAM
    facts = program.stat()
    program.write_text("6.6.6", encoding="utf-8")
    assert store.stamp(wanted.key) is None
    os.utime(program, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert store.stamp(wanted.key) is not None
    assert store.verified(wanted.key) is None
    ensure(wanted, store, lambda _: None)
    assert program.read_text(encoding="utf-8") == "1.2.3"


def test_a_program_that_no_longer_runs_is_fetched_again(store: Store) -> None:
    """A part whose bytes are as recorded but that does not run here (a library is gone) is brought anew."""
    wanted = part(Brings("1.2.3"))
    ensure(wanted, store, lambda _: None)
    runs = iter((False, True))

    def check(folder: Path) -> str:
        if not next(runs):
            raise WayFailedError("a library is gone")
        return written_version(folder)

    told: list[str] = []
    again = Part(
        name="program",
        key=wanted.key,
        version="1.2.3",
        files=(PROGRAM,),
        check=check,
        fits=exactly,
        ways=(Brings("1.2.3", "anew"),),
    )
    assert ensure(again, store, told.append).way == "anew"
    assert told[0] == "program in the cache is no longer good: a library is gone"


def test_two_installs_at_once_fetch_once(store: Store) -> None:
    """The second install waits for the first and takes its work."""
    slow = Brings("1.2.3", pause_seconds=0.2)
    threads = [threading.Thread(target=ensure, args=(part(slow), store, lambda _: None)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(slow.calls) == 1
    assert store.verified("program-1.2.3-abc") is not None


def test_what_a_killed_install_left_is_removed(store: Store) -> None:
    """Old drafts go at the next install; a draft that is being filled stays."""
    old, young = store.root / ".draft-old", store.root / ".draft-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    ensure(part(Brings("1.2.3")), store, lambda _: None)
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize(
    ("found", "exact", "later", "major"),
    [
        ("3.253.0", True, True, True),
        ("3.300.1", False, True, True),
        ("3.79.0", False, False, True),
        ("4.0.0", False, False, False),
    ],
)
def test_which_versions_serve(found: str, *, exact: bool, later: bool, major: bool) -> None:
    """The plugin must be exactly the pinned one, the CLI may be later, the language host's protocol goes by major."""
    pinned = "3.253.0"
    assert (exactly(found, pinned), same_major_not_older(found, pinned), same_major(found, pinned)) == (
        exact,
        later,
        major,
    )
