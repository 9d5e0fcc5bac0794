"""Lines beside a commit: short, seen as they are, and right about what stands against a merge."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.errors import Diagnostic, OperationFailedError
from orchestrator.domain.forge import CheckState
from orchestrator.domain.git_plan import Depth, EnvironmentPlan, GitPlan, Standing
from orchestrator.domain.plan_comment import MARKER
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.pull_words import MOST_STATUSES, failure, state_of, statuses, summary
from orchestrator.domain.tree import FileChange

CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
"""A span of code, as CommonMark has it."""
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def a_plan(*standings: Standing, depth: Depth = Depth.PREVIEW, why: str = "the network is too large") -> GitPlan:
    """Give a plan of environments that stand so."""
    return GitPlan(
        base="0" * 40,
        head="1" * 40,
        depth=depth,
        environments=tuple(
            EnvironmentPlan(
                environment=f"water-gauge{index}-test",
                change=FileChange.ADDED,
                path=f"environments/water-gauge{index}-test.yaml",
                standing=standing,
                findings=(Diagnostic(summary=why),) if standing in {Standing.REFUSED, Standing.FAILED} else (),
            )
            for index, standing in enumerate(standings)
        ),
        made_at=NOW,
    )


@pytest.mark.parametrize(
    ("standings", "state"),
    [
        ((), CheckState.SUCCESS),
        ((Standing.PLANNED, Standing.SAME, Standing.VALID), CheckState.SUCCESS),
        ((Standing.PLANNED, Standing.FAILED), CheckState.ERROR),
        ((Standing.REFUSED, Standing.FAILED), CheckState.FAILURE),
    ],
)
def test_what_weighs_most_decides_about_all(standings: tuple[Standing, ...], state: CheckState) -> None:
    """A rule that forbids it weighs more than a plan that could not be made just now."""
    plan = a_plan(*standings)
    assert state_of(plan) is state
    assert statuses(plan, Language.EN)[-1].state is state


def test_a_fault_of_the_folder_refuses_all_of_it() -> None:
    """Even when every environment is fine by itself."""
    plan = a_plan(Standing.PLANNED).model_copy(update={"faults": (Diagnostic(summary="a symlink"),)})
    assert state_of(plan) is CheckState.FAILURE


def test_no_more_environments_have_a_status_than_a_forge_shows_well() -> None:
    """The last one is of all of them, and counts all of them."""
    told = statuses(a_plan(*[Standing.PLANNED] * (MOST_STATUSES + 450)), Language.EN)
    assert len(told) == MOST_STATUSES + 1
    assert told[-1].context == "tenure"
    assert "500 environments" in told[-1].description


@given(why=st.text(max_size=1000))
def test_whatever_a_finding_says_the_line_is_short_and_visible(why: str) -> None:
    """One line that a forge takes, without characters that steer what is shown."""
    for language in Language:
        line = statuses(a_plan(Standing.REFUSED, why=why), language)[0].description
        assert len(line) <= 140
        assert line.isprintable()


def test_a_stranger_reads_that_only_rules_were_checked() -> None:
    """There is nothing to count then."""
    plan = a_plan(Standing.VALID, depth=Depth.VALIDATE)
    assert summary(plan, Language.EN) == "1 environments, rules alone were checked, there is no preview"
    assert "仅校验规则" in summary(plan, Language.ZH)


@given(why=st.text(max_size=500))
def test_a_failure_shows_texts_as_code(why: str) -> None:
    """Nothing of an error becomes a mention, a reference or markup; the marker stands first."""
    text = failure(OperationFailedError("no", detail=f"@everyone <img> {why}"), Depth.PREVIEW, Language.EN)
    assert text.startswith(MARKER)
    outside = CODE.sub("", text.removeprefix(MARKER))
    assert "@everyone" in text
    assert "@" not in outside
    assert "<" not in outside


def test_a_stranger_does_not_learn_why_a_check_failed() -> None:
    """It may name folders and addresses of this installation."""
    text = failure(
        OperationFailedError("no route to 10.0.0.5", hint="look at /home/tenure"), Depth.VALIDATE, Language.EN
    )
    assert "10.0.0.5" not in text
    assert "/home" not in text
    assert "the check could not be done" in text
