"""Which files are generated, and from what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchestrator.adapters.library import TemplateLibrary
from orchestrator.domain.approval import APPROVAL_EVENT
from orchestrator.domain.rulebook import Rulebook
from orchestrator.domain.submission import Submission
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
        Path("templates/schemas/request.schema.json"): request_schema(),
        Path("templates/schemas/rulebook.schema.json"): rulebook_schema(),
        Path("templates/schemas/approval-event.schema.json"): approval_event_schema(),
    }


def request_schema() -> str:
    """Give the JSON schema of request files, for editors and the approval system."""
    return _schema(Submission.model_json_schema())


def rulebook_schema() -> str:
    """Give the JSON schema of rulebooks, for the editor of another city's file."""
    return _schema({**Rulebook.model_json_schema(), "title": "Tenure rulebook"})


def approval_event_schema() -> str:
    """Give the JSON schema of the events that the hook takes, for the approval system."""
    return _schema({"title": "ApprovalEvent", **APPROVAL_EVENT.json_schema()})


def _schema(content: dict[str, Any]) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **content}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
