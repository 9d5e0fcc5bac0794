"""Notices are understood by whom they reach: in both languages, with their facts, and nothing hidden in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.domain.duties import TEXTS
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.notice_words import KINDS, SUBJECTS, message, subject_words
from orchestrator.domain.records import OperationKind
from orchestrator.workflows import access
from tests.samples import a_notice

WORKFLOWS = Path(access.__file__).parent


def keys_in(source: str) -> Iterator[str]:
    """Give the keys that a module tells of by name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"tell", "_remind"}:
            place = 1 if node.func.id == "tell" else 0
            key = node.args[place] if len(node.args) > place else None
            if isinstance(key, ast.Constant):
                yield str(key.value)


def test_every_key_has_words() -> None:
    """What is told anywhere is put into words here."""
    told = {key for file in WORKFLOWS.glob("*.py") for key in keys_in(file.read_text("utf-8"))}
    assert len(told) > 40
    assert sorted(told - set(SUBJECTS)) == []
    assert set(KINDS) == set(OperationKind)


@pytest.mark.parametrize("kind", OperationKind)
def test_a_bad_end_names_the_work(kind: OperationKind) -> None:
    """Whatever the work was."""
    assert subject_words(f"{kind}-{OperationState.CANCELLED}").en == f"{KINDS[kind].en} was cancelled"


def test_a_missed_date_names_what_was_due() -> None:
    """By the words that the list of dates has."""
    due = TEXTS["deadline.title.drill"]
    assert (subject_words("deadline-missed-drill").zh, subject_words("deadline-missed-drill").en) == (
        f"逾期：{due.zh}",
        f"missed: {due.en}",
    )
    assert subject_words("something-new").en == "something new"


def test_a_message_says_what_where_when_and_why() -> None:
    """The subject is enough for a telephone; the command at the end shows all of it."""
    facts = {"reason": "the environment is suspended", "next": "2026-03-28", "nothing": ""}
    read = message(a_notice("n-1", key="patch-window-missed", facts=facts))
    assert read.subject == "[Tenure] water-gauge-test: 错过补丁窗口 / a patch window was missed"
    assert "reason: the environment is suspended\nnext: 2026-03-28\n" in read.body
    assert "nothing" not in read.body
    assert read.body.endswith("tenure notice show n-1")


def test_what_steers_a_terminal_or_a_mail_is_shown_as_such() -> None:
    """Reasons are written by people, and errors by machines of others."""
    read = message(a_notice(facts={"reason": "x\r\nBcc: all@example.org\x1b[2J", "long": "y" * 5000}))
    assert "\r" not in read.body
    assert "\x1b" not in read.body
    assert "\nBcc" not in read.body
    assert len(read.body) < 2000
