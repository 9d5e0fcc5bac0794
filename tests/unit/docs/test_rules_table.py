"""docs/rules.md is complete and true: every article has its row, and what a row names exists."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from orchestrator.adapters.library import installed_templates

ROOT = Path(__file__).parents[3]
TABLES = ROOT / "docs" / "rules.md"
MEASURES = "2017 measures"
SECTIONS = ("Life of a tenancy", "Operations", MEASURES)
ARTICLES = frozenset({2, 4, *range(10, 17), 21, 22, *range(29, 33), *range(36, 41), *range(44, 48), 50})
"""Articles of the cloud's measures that concern the orchestrator."""
ARTICLES_2017 = frozenset({7, 22, 27, 32, 33, 36, 39, 40, 41})
LATER = frozenset({29, 30, 31, 38, 44, 45, 46, 47, 50})
"""Articles of which something is still to be built: reports, training, capacity, assessments."""
LATER_2017 = frozenset({7, 33, 39, 40, 41})
PLANNED = ["planned"]
COLUMNS = 5


@dataclass(frozen=True)
class Row:
    """One rule.

    Attributes:
        places: Where it is implemented, as dotted names.
        tests: What shows it, as ``path::function``.
    """

    section: str
    article: int
    rule: str
    places: list[str]
    tests: list[str]

    def __str__(self) -> str:
        """Name the row in a test's id."""
        return f"{self.section.split()[0]}-{self.article}-{self.rule[:20]}"

    @property
    def planned(self) -> bool:
        """Whether it belongs to later work."""
        return self.places == PLANNED


def _rows() -> list[Row]:
    found, section = [], ""
    for line in TABLES.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0].strip().isdigit():
            assert len(cells) == COLUMNS, line
            found.append(Row(section, int(cells[0]), cells[1], _names(cells[3]), _names(cells[4])))
    return found


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


ROWS = _rows()
DONE = [row for row in ROWS if not row.planned]


def _articles(*, measures: bool, planned: bool | None = None) -> set[int]:
    return {
        row.article
        for row in ROWS
        if (row.section == MEASURES) is measures and (planned is None or row.planned is planned)
    }


def test_every_article_has_its_row() -> None:
    """Both regulations are there whole, and nothing else is."""
    assert {row.section for row in ROWS} == set(SECTIONS)
    assert _articles(measures=False) == ARTICLES
    assert _articles(measures=True) == ARTICLES_2017


def test_only_later_work_is_planned() -> None:
    """What belongs to the life of a tenancy is built; what is planned is on the list of later work."""
    assert _articles(measures=False, planned=True) <= LATER
    assert _articles(measures=True, planned=True) <= LATER_2017
    assert not [row for row in ROWS if row.section == SECTIONS[0] and row.planned]


def test_a_row_is_whole() -> None:
    """A rule that is built names a place and a test, one that is planned says so in both columns."""
    for row in ROWS:
        assert row.rule, row
        assert row.places, row
        assert row.tests, row
        assert row.planned == (row.tests == PLANNED), row


@pytest.mark.parametrize("row", DONE, ids=str)
def test_what_a_row_names_exists(row: Row) -> None:
    """Places are attributes of modules, tests are functions of files."""
    for place in row.places:
        module, _, name = place.rpartition(".")
        assert hasattr(importlib.import_module(module), name), place
    for test in row.tests:
        path, _, name = test.partition("::")
        assert name in _functions(path), test


@cache
def _functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_article_of_the_rulebook_is_here() -> None:
    """No number of the rulebook stands without its rule (``policy`` is none of an article)."""
    text = (installed_templates() / "rulebooks" / "default.yaml").read_text(encoding="utf-8")
    named = {int(number) for line in re.findall(r"article: Art\. (.+)", text) for number in line.split(", ")}
    assert named
    assert named <= _articles(measures=False)
