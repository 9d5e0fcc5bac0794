"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.private_files import write_private
from orchestrator.domain.errors import BadInputError


def failing() -> Iterator[bytes]:
    """Give one piece, then fail."""
    yield b"half"
    raise RuntimeError("no more")


def test_a_file_is_private_and_replaces_what_was_there(tmp_path: Path) -> None:
    """Mode 0600 whatever the old one had."""
    file = tmp_path / "copy"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, [b"new", b"\n"])
    assert file.read_bytes() == b"new\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """And no draft."""
    file = tmp_path / "copy"
    file.write_text("old")
    with pytest.raises(RuntimeError):
        write_private(file, failing())
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_that_is_none_is_bad_input(tmp_path: Path) -> None:
    """A folder that is missing, and a folder where the file should be."""
    with pytest.raises(BadInputError, match="cannot be written"):
        write_private(tmp_path / "missing" / "copy", [])
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInputError, match="cannot be written"):
        write_private(tmp_path / "folder", [])
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
