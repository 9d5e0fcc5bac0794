"""Generated documentation agrees with the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.domain.lifecycle import ENVIRONMENT
from orchestrator.domain.submission import RoleWish, Submission, Wish
from tools.docs.__main__ import main, stale, write
from tools.docs.lifecycle import state_diagram
from tools.docs.pages import ROOT, pages


def test_no_generated_file_is_stale() -> None:
    """``make docs`` was run after the last change."""
    assert stale(ROOT) == ()
    assert main(["--check"]) == 0


def test_a_missing_or_changed_file_is_stale_until_it_is_written(tmp_path: Path) -> None:
    """Writing mends it, and once is enough."""
    assert set(stale(tmp_path)) == set(pages())
    assert set(write(tmp_path)) == set(pages())
    assert write(tmp_path) == ()
    (tmp_path / "docs" / "lifecycle.md").write_text("changed by hand", encoding="utf-8")
    assert stale(tmp_path) == (Path("docs/lifecycle.md"),)


def test_a_diagram_has_every_move_of_its_table() -> None:
    """And the beginning and the end."""
    diagram = state_diagram(ENVIRONMENT)
    assert diagram.count("-->") == len(ENVIRONMENT.moves) + 2
    assert "    [*] --> planned" in diagram
    assert "    retired --> [*]" in diagram
    assert "    ready --> expiring: expire" in diagram


@pytest.mark.parametrize("model", [Submission, Wish, RoleWish])
def test_every_field_of_a_request_is_explained_beside_the_examples(model: type[Submission | Wish | RoleWish]) -> None:
    """A new field can't stay without an explanation."""
    text = (ROOT / "templates" / "examples" / "README.md").read_text(encoding="utf-8")
    explained = {part for line in text.splitlines() for word in line.split("`")[1::2] for part in word.split(".")}
    assert set(model.model_fields) <= explained
