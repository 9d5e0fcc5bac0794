"""Which files are generated, and from what."""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.library import TemplateLibrary
from orchestrator.domain.schemas import SchemaName, schema_file, schema_text
from tools.docs.blueprints import blueprints_page
from tools.docs.lifecycle import lifecycle_page
from tools.docs.rulebook import rulebook_page

ROOT = Path(__file__).resolve().parent.parent.parent


def pages() -> dict[Path, str]:
    """Give every generated file, by its path from the root of the project."""
    library = TemplateLibrary(ROOT / "templates")
    return {
        Path("docs/lifecycle.md"): lifecycle_page(),
        Path("docs/rulebook.md"): rulebook_page(library.rulebook()),
        Path("docs/blueprints.md"): blueprints_page(library.blueprints()),
        **{Path("templates/schemas") / schema_file(name): schema_text(name) for name in SchemaName},
    }
