"""What the pages name exists: links to other pages, and the tests that they point to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = [
    path.relative_to(ROOT)
    for folder in ("docs", "playbooks", "templates", "environments")
    for path in sorted((ROOT / folder).rglob("*.md"))
] + [path.relative_to(ROOT) for path in sorted(ROOT.glob("*.md"))]
pages = pytest.mark.parametrize("page", PAGES, ids=str)


def found(pattern: str, page: Path) -> list[str]:
    """Give what a pattern finds on a page."""
    return re.findall(pattern, (ROOT / page).read_text(encoding="utf-8"))


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links to other places of this project; what lies outside is not asked."""
    links = (link.partition("#")[0] for link in found(r"\]\(([^)\s]+)\)", page))
    local = [link for link in links if link and "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (ROOT / page.parent / link).exists()] == []


@pages
def test_every_test_that_is_named_exists(page: Path) -> None:
    """As ``path::function``."""
    for named in found(r"`(tests/[\w/]+\.py::\w+)`", page):
        path, name = named.split("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in names, f"{path}::{name}"
