"""Small valid documents of the domain, which a test changes in the one point that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.domain.blueprint import Blueprint
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.rulebook import Rulebook
from orchestrator.domain.submission import Submission, submission_from_data

LIBRARY = TemplateLibrary(installed_templates())

WISH: dict[str, Any] = {
    "blueprint": "three-tier",
    "network": {"cidr": "10.20.0.0/24"},
    "access_from": ["10.0.0.0/8"],
}
TEST_REQUEST: dict[str, Any] = {
    "kind": "test",
    "unit": "civil",
    "system": "eldercare",
    "reason": "上线前测试",
    "classified": False,
    "mlps": 2,
    "environment": WISH,
}


def changed(document: dict[str, Any], *path: str | int, to: object) -> dict[str, Any]:
    """Give a copy of a document in which the value at a path is another one."""
    copy: Any = deepcopy(document)
    inside = copy
    for part in path[:-1]:
        inside = inside.setdefault(part, {}) if isinstance(inside, dict) else inside[part]
    inside[path[-1]] = to
    return dict(copy)


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """Give a copy of a document without some of its fields."""
    return {name: value for name, value in document.items() if name not in names}


def a_submission(**changes: object) -> Submission:
    """Give a valid request for a test environment with some fields changed."""
    return submission_from_data(TEST_REQUEST | changes)


def a_wish(**changes: object) -> Submission:
    """Give a valid request whose wish has some fields changed."""
    return a_submission(environment=WISH | changes)


def a_termination(**changes: object) -> Submission:
    """Give a valid request to end a test environment."""
    fields = without(TEST_REQUEST, "environment", "classified", "mlps")
    return submission_from_data(fields | {"kind": "terminate", "stage": "test"} | changes)


def the_rulebook() -> Rulebook:
    """Give the rulebook that ships."""
    return LIBRARY.rulebook()


def the_blueprint(name: str = "three-tier") -> Blueprint:
    """Give a blueprint that ships."""
    return LIBRARY.blueprint(name)


def refused_fields(diagnostics: Iterable[Diagnostic]) -> list[tuple[str | None, str | None]]:
    """Give field and rule of every diagnostic."""
    return [(diagnostic.field, diagnostic.rule) for diagnostic in diagnostics]
