"""Giant files: they are never brought here, and a fetch that is broken off leaves nothing behind."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from orchestrator.adapters.git import GitRepository, Origin
from orchestrator.adapters.git.program import GitFailedError
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.tree import LARGEST_BYTES
from tests.git import Written, a_file

PATH = "environments/archives-catalogue-test.yaml"
GIANT = "environments/archives-minutes-test.yaml"
MEBIBYTES = 4


def noise() -> bytes:
    """Give bytes that no compression makes smaller."""
    return random.Random(6).randbytes(MEBIBYTES * 2**20)  # noqa: S311  content of a file, no secret


@pytest.fixture
def mirror(written: Written, tmp_path: Path) -> GitRepository:
    """Give a copy of a repository that leaves out what it is asked to, as forges do."""
    written.git("config", "uploadpack.allowFilter", "true")
    return GitRepository(tmp_path / "mirror", Origin(written.folder.as_uri()))


def stored_bytes(folder: Path) -> int:
    """Give how much a repository takes."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_a_giant_file_stays_where_it_is(written: Written, mirror: GitRepository, tmp_path: Path) -> None:
    """In the folder of environments and beside it; its neighbours are read, it is refused by its size."""
    base = written.commit({"README.md": "ours"}, branch="main")
    files: dict[str, str | bytes] = {PATH: a_file(), GIANT: noise(), "video.bin": noise() + b"x"}
    head = written.commit(files, base, branch="giant")
    mirror.fetch(("refs/heads/main", "refs/heads/giant"))
    changes = {change.path: change.after for change in mirror.changes(base, head)}
    small, giant = changes[PATH], changes[GIANT]
    assert small is not None
    assert giant is not None
    assert mirror.read(small.blob) == a_file()
    with pytest.raises(BadInputError, match="not brought here") as refused:
        mirror.read(giant.blob)
    assert refused.value.diagnostic.rule == "git/size"
    assert stored_bytes(tmp_path / "mirror") < 2**20


def test_a_file_of_just_the_largest_size_is_read(written: Written, mirror: GitRepository) -> None:
    """The bound of what is brought is the bound of what is read."""
    head = written.commit({PATH: "x" * LARGEST_BYTES}, branch="main")
    mirror.fetch(("refs/heads/main",))
    (change,) = mirror.changes(written.git("hash-object", "-t", "tree", "/dev/null"), head)
    assert change.after is not None
    assert len(mirror.read(change.after.blob)) == LARGEST_BYTES


def test_a_fetch_that_fails_leaves_nothing_behind(written: Written, mirror: GitRepository, tmp_path: Path) -> None:
    """Halves of earlier ones go too: a hostile branch would else fill the disk, ten minutes by ten minutes."""
    written.commit({PATH: a_file()}, branch="main")
    mirror.fetch(("refs/heads/main",))
    half = tmp_path / "mirror" / "objects" / "pack" / "tmp_pack_Zx9"
    half.write_bytes(noise())
    with pytest.raises(GitFailedError):
        mirror.fetch(("refs/heads/none",))
    assert not half.exists()
