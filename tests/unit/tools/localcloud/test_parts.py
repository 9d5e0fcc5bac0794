"""Parts of the cache are there whole or not at all, and two that want the same one make it once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.localcloud.cache import Part, key
from tools.localcloud.progress import silent


def test_a_part_is_made_once(tmp_path: Path) -> None:
    """The second time it is taken from the cache."""
    part = Part(tmp_path, "thing", "1")
    made: list[Path] = []

    for _ in range(2):
        part.provide(made.append, silent)

    assert len(made) == 1
    assert part.ready()


def test_a_part_that_failed_is_not_there(tmp_path: Path) -> None:
    """What a broken attempt wrote never counts as the part, and the next attempt begins with an empty folder."""
    part = Part(tmp_path, "thing", "1")

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        part.provide(fail, silent)
    assert not part.ready()

    found: list[Path] = []
    part.provide(lambda folder: found.extend(folder.iterdir()), silent)
    assert found == []
    assert part.ready()


def test_two_at_once_make_one(tmp_path: Path) -> None:
    """Whoever comes second waits and takes what the first has made."""
    made: list[Path] = []

    def make(folder: Path) -> None:
        (folder / "whole").touch()
        made.append(folder)

    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: Part(tmp_path, "thing", "1").provide(make, silent), range(4)))

    assert len(made) == 1
    assert {(folder / "whole").exists() for folder in folders} == {True}


def test_every_fact_counts_in_the_key() -> None:
    """Another fact, or the same text divided in another way, is another part."""
    assert len({key("a", "b"), key("ab"), key("a", "c"), key("a", "b", ""), key(b"x")}) == 5
