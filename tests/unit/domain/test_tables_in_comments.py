"""Tables in comments: what people wrote stays in its cell as code, and a comment keeps to what forges take."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from orchestrator.domain.comment_commands import CommandAnswer, answers_comment
from orchestrator.domain.forge import MAXIMUM_COMMENT_CHARACTERS
from orchestrator.domain.markdown import cell, rows
from orchestrator.domain.merge_words import MOST_ASKED_AGAIN, comment
from orchestrator.domain.merges import Merge, MergeState
from orchestrator.domain.plan_comment_words import Language
from tests.samples import DIGEST, a_request

TABLES = MarkdownIt("commonmark").enable("table")
AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
HOSTILE = ("a \\| @office b", "x | ![](https://evil.example/p.png) |", "\\\\|`|\\|`|", "|", "`\\", "<b>|</b>")


def an_answer(number: int, text: str) -> CommandAnswer:
    """Give what came of a comment."""
    return CommandAnswer(
        id=f"gitea/{number}", forge="gitea", pull=1, by="mallory", text=text, outcome=f"refused: {text}", at=AT
    )


def a_merge(number: int, state: MergeState, detail: str = "") -> Merge:
    """Give one of many merges."""
    return Merge(
        id=f"{number}",
        forge="gitea",
        commit="1" * 40,
        environment=f"unit{number}-system-test",
        path=f"environments/unit{number}-system-test.yaml",
        request=f"req-{number}",
        state=state,
        detail=detail,
        at=AT,
    )


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80) | st.sampled_from(HOSTILE))
def test_a_cell_is_code_and_nothing_else(text: str) -> None:
    """Bars and backslashes in any number neither end the cell nor turn what follows into markup."""
    (row,) = rows([("before", cell(f"x{text}"), "after")])
    tokens = TABLES.parse(f"| a | b | c |\n| --- | --- | --- |\n{row}\n")
    inline = [token for token in tokens if token.type == "inline"][3:]
    assert [token.content for token in (inline[0], inline[2])] == ["before", "after"]
    assert [child.type for child in inline[1].children or []] == ["code_inline"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_command_that_means_harm_is_shown_as_code(text: str) -> None:
    """Nobody is called and nothing is loaded by what Tenure says of it."""
    page = TABLES.render(answers_comment([an_answer(1, f"tenure unlock --reason {text}")], Language.EN))
    assert "<img" not in page
    assert page.count("<code>") == 3


def test_a_thousand_commands_keep_to_what_forges_take() -> None:
    """The newest stand first, the oldest are left out."""
    said = answers_comment([an_answer(number, "tenure unlock " + "x" * 500) for number in range(1000)], Language.ZH)
    assert len(said) <= MAXIMUM_COMMENT_CHARACTERS
    first = answers_comment([an_answer(1, "tenure unlock"), an_answer(2, "tenure extend 5d")], Language.EN)
    assert first.index("tenure extend") < first.index("tenure unlock")


def test_a_thousand_environments_keep_to_what_forges_take() -> None:
    """What needs somebody is shown first, and the others are counted."""
    merges = [a_merge(number, MergeState.ASKED, "x" * 400) for number in range(900)]
    merges += [a_merge(number, MergeState.ASKS_AGAIN, "x" * 400) for number in range(900, 1050)]
    requests = {
        merge.request: a_request(merge.request, environment=merge.environment, plan_digest=DIGEST) for merge in merges
    }
    said = comment(merges, requests, Language.EN)
    assert len(said) <= MAXIMUM_COMMENT_CHARACTERS
    assert said.count("tenure apply sha256:") == MOST_ASKED_AGAIN
    assert said.index("unit900") < said.index("more: `tenure reconcile --json`")
    assert "unit899" not in said
