"""Manifests: what counts as a difference, what is read again, and what is not."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.adapters.openstack.onhost import manifest
from orchestrator.adapters.openstack.onhost.manifest import Entry, TooSlowError, differences, entries, read, walk, write

FOREVER = float("inf")
NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=8).filter(
    lambda name: name not in {".", ".."}
)
FILES = st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map(tuple), st.binary(max_size=40), max_size=12)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a few files."""
    folder = tmp_path / "root"
    for name, text in {"a": "1", "a.txt": "2", "a-b/c": "3", "deep/er/d": "4"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "link").symlink_to("a")
    return folder


def written(root: Path, target: Path, known: Path | None = None, synced_ns: int = 0) -> dict[str, object]:
    """Write the manifest of a folder."""
    earlier: Iterator[Entry] = iter(()) if known is None else read(str(known))
    return manifest.write(entries(str(root), earlier, synced_ns, FOREVER), str(target))


def between(first: Path, second: Path) -> list[str]:
    """Give what differs between two written manifests."""
    return list(differences(read(str(first)), read(str(second))))


def test_an_equal_copy_has_the_same_digest(root: Path, tmp_path: Path) -> None:
    """Times and inodes do not count; path, size, mode and content do."""
    shutil.copytree(root, tmp_path / "copy", symlinks=True)
    first, second = written(root, tmp_path / "1"), written(tmp_path / "copy", tmp_path / "2")
    assert first == second
    assert first["files"] == 4
    assert between(tmp_path / "1", tmp_path / "2") == []


def test_each_kind_of_difference_is_named(root: Path, tmp_path: Path) -> None:
    """A flipped byte, another mode, a longer file, another target, a missing and a new file."""
    written(root, tmp_path / "1")
    (root / "a").write_text("x")
    (root / "a.txt").chmod(0o600)
    (root / "a-b/c").write_text("33")
    (root / "link").unlink()
    (root / "link").symlink_to("deep")
    (root / "deep/er/d").unlink()
    (root / "deep/er/e").write_text("")
    written(root, tmp_path / "2")
    assert between(tmp_path / "1", tmp_path / "2") == [
        "a: content differs",
        "a-b/c: size and content differs",
        "a.txt: mode differs",
        "deep/er/d: missing",
        "deep/er/e: was not there",
        "link: content differs",
    ]


def test_names_need_not_be_text(tmp_path: Path) -> None:
    """File names are bytes on Linux; such a file is told with its bytes escaped."""
    folder = tmp_path / "root"
    folder.mkdir()
    written(folder, tmp_path / "1")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\n")).write_text("odd")
    written(folder, tmp_path / "2")
    assert between(tmp_path / "1", tmp_path / "2") == ["\\xff\n: was not there"]


def make(folder: Path, files: dict[tuple[str, ...], bytes]) -> None:
    """Write files; a name that is taken by a folder, or the other way round, is left out."""
    for parts, content in files.items():
        target = folder.joinpath(*parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError:
            continue


@settings(deadline=None, max_examples=60)
@given(FILES, st.data())
def test_any_change_is_found_and_nothing_else(files: dict[tuple[str, ...], bytes], data: st.DataObject) -> None:
    """A bit of one file of any tree is flipped: exactly that file is told, and by its content."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "root"
        folder.mkdir()
        make(folder, files)
        written(folder, Path(name) / "1")
        full = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
        if not full:
            return
        victim = data.draw(st.sampled_from(sorted(full)))
        content = bytearray(victim.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        victim.write_bytes(content)
        written(folder, Path(name) / "2")
        shown = os.fsencode(victim.relative_to(folder)).decode("utf-8", "backslashreplace")
        assert between(Path(name) / "1", Path(name) / "2") == [f"{shown}: content differs"]


@settings(deadline=None, max_examples=60)
@given(FILES)
def test_the_walk_has_one_order(files: dict[tuple[str, ...], bytes]) -> None:
    """Two readings can be laid side by side line by line: the walk goes in the order of the keys."""
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), files)
        keys = [manifest.key(path) for path, _ in walk(name)]
    assert keys == sorted(keys)


def test_what_was_calm_is_not_read_again(root: Path, tmp_path: Path) -> None:
    """A second pass takes what has not changed from the first: this is what makes the freeze short."""
    long_ago = time.time_ns() - 10**12
    for path in [root, *root.rglob("*")]:
        os.utime(path, ns=(long_ago, long_ago), follow_symlinks=False)
    synced = time.time_ns() + 10 * manifest.MARGIN_NS
    written(root, tmp_path / "1", synced_ns=synced)
    (root / "a").write_text("changed")
    found = list(entries(str(root), read(str(tmp_path / "1")), synced, time.monotonic() + 60))
    assert next(one for one in found if one.path == "a").size == 7
    with pytest.raises(TooSlowError, match=r"a$"):
        list(entries(str(root), read(str(tmp_path / "1")), synced, 0))
    (root / "a").unlink()
    assert list(entries(str(root), read(str(tmp_path / "1")), synced, 0))


def test_what_was_written_shortly_before_is_read_again(root: Path, tmp_path: Path) -> None:
    """A page that is mapped and dirty takes writes that do not show in the times: such files are never believed."""
    written(root, tmp_path / "1", synced_ns=time.time_ns())
    with pytest.raises(TooSlowError):
        list(entries(str(root), read(str(tmp_path / "1")), time.time_ns(), 0))


def test_a_missing_list_is_empty(tmp_path: Path) -> None:
    """A host that was made anew has no lists of earlier backups."""
    assert list(read(str(tmp_path / "none"))) == []
    assert write(iter(()), str(tmp_path / "empty"))["files"] == 0
