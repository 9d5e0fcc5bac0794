"""Rules as people read them: article and number."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain.rulebook import (
    Criteria,
    Documents,
    Gate,
    Leftovers,
    Period,
    Quantity,
    Rule,
    Series,
    Window,
)
from orchestrator.domain.wording import article_text, number_text

BASE: dict[str, Any] = {"article": "Art. 13", "zh": "规则", "en": "rule"}


@pytest.mark.parametrize(
    ("article", "basis", "text"),
    [("Art. 13", "regulation", "Art. 13"), ("Art. 13", "policy", "Art. 13 (policy)"), ("policy", "policy", "policy")],
)
def test_an_article_says_when_it_is_the_citys_own_reading(article: str, basis: str, text: str) -> None:
    """The regulation and the policy are told apart."""
    assert article_text(Gate.model_validate(BASE | {"article": article, "basis": basis})) == text


@pytest.mark.parametrize(
    ("kind", "fields", "text"),
    [
        (Period, {"value": 15, "unit": "cd"}, "15 cd"),
        (Period, {"value": 2, "unit": "months"}, "2 months"),
        (Period, {"value": 1, "unit": "months"}, "1 month"),
        (Quantity, {"value": 70, "unit": "percent"}, "70 %"),
        (Quantity, {"value": 4, "unit": "level"}, "4 (level)"),
        (Series, {"values": [3, 3, 4], "unit": "ratio"}, "3:3:4"),
        (Series, {"values": [3, 1], "unit": "cd"}, "3, 1 cd"),
        (Series, {"values": [7, 24], "unit": "count"}, "7, 24"),
        (Documents, {"kinds": ["plan", "report"]}, "plan, report"),
        (Criteria, {"kinds": ["roles", "growth"]}, "roles, growth"),
        (Leftovers, {"treatment": "report"}, "report"),
        (Gate, {}, "–"),
        (
            Window,
            {"days": [7, 6], "begins": "22:00", "ends": "04:00"},
            "Sat, Sun 22:00 to 04:00 of the next day",
        ),
        (Window, {"days": [1, 2, 3, 4, 5, 6, 7], "begins": "01:00", "ends": "05:30"}, "every day 01:00 to 05:30"),
    ],
)
def test_a_number_is_written_with_what_it_counts(kind: type[Rule], fields: dict[str, Any], text: str) -> None:
    """One line for every kind of rule."""
    assert number_text(kind.model_validate(BASE | fields)) == text
