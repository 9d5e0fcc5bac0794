"""The JSON schemas of every document that people and other systems write, for editors and validators."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from orchestrator.domain.approval import APPROVAL_EVENT
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.rulebook import Rulebook
from orchestrator.domain.submission import Submission

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class SchemaName(StrEnum):
    """Documents that have a schema."""

    ENVIRONMENT = "environment"
    """An environment's file in git."""
    REQUEST = "request"
    """A request at the command line."""
    RULEBOOK = "rulebook"
    """A city's numbers."""
    APPROVAL_EVENT = "approval-event"
    """An event of the approval system at the hook."""


CONTENTS: Mapping[SchemaName, Callable[[], dict[str, Any]]] = {
    SchemaName.ENVIRONMENT: Declaration.model_json_schema,
    SchemaName.REQUEST: Submission.model_json_schema,
    SchemaName.RULEBOOK: lambda: {**Rulebook.model_json_schema(), "title": "Tenure rulebook"},
    SchemaName.APPROVAL_EVENT: lambda: {"title": "ApprovalEvent", **APPROVAL_EVENT.json_schema()},
}


def schema_file(name: SchemaName) -> str:
    """Give the name of the file in templates/schemas that holds a schema."""
    return f"{name}.schema.json"


def schema_text(name: SchemaName) -> str:
    """Give a schema as the text of its file."""
    content = {"$schema": DIALECT, **CONTENTS[name]()}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
