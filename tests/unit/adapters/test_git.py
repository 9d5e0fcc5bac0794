"""git's own program: bounded, told by its first line, and never given a secret by its arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.git import Git
from orchestrator.adapters.git.program import GitFailedError
from orchestrator.domain.errors import RefusedError


def test_what_git_complains_of_is_told_in_a_line(tmp_path: Path) -> None:
    """With the command that failed."""
    with pytest.raises(GitFailedError, match="git rev-parse: fatal: not a git repository"):
        Git(tmp_path, {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}).text("rev-parse", "--git-dir")


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    """Rather than a missing git."""
    with pytest.raises(GitFailedError, match="no folder"):
        Git(tmp_path / "none").text("version")
    (tmp_path / "file").touch()
    with pytest.raises(GitFailedError, match="no folder"):
        Git(tmp_path / "file").text("version")


def test_git_that_says_too_much_is_ended(tmp_path: Path) -> None:
    """Before it fills the memory."""
    with pytest.raises(RefusedError, match="more to say"):
        Git(tmp_path).read("help", "--all", most_bytes=10)


def test_git_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """It waits for an answer that never comes."""
    waiting = f"!sh -c 'sleep 60' #{tmp_path.name}"
    with pytest.raises(GitFailedError, match="gave no answer"):
        Git(tmp_path).text("-c", f"alias.wait={waiting}", "wait", timeout_seconds=0.2)


def test_what_is_secret_is_not_shown_with_the_rest(tmp_path: Path) -> None:
    """Variables stay out of whatever prints it."""
    assert "Zx9treelamp" not in repr(Git(tmp_path, {"GIT_CONFIG_VALUE_0": "Authorization: Zx9treelamp"}))
