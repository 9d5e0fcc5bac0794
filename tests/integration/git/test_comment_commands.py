"""Commands in comments under pull requests: who may, what they do, and that each does it once."""

from __future__ import annotations

import pytest

from orchestrator.domain.merges import MergeState
from orchestrator.domain.records import Kind
from orchestrator.workflows.comment_commands import COMMENT as COMMANDS
from orchestrator.workflows.comment_commands import answer_commands
from orchestrator.workflows.merged import lead_on
from tests.forges.world import INSIDER, OUTSIDER, REVIEWER, SERVICE
from tests.integration.git.merging import NAME, PATH, House, wanted


def command(house: House, number: int, by: str, text: str) -> str:
    """Write a comment and let it be answered; gives what Tenure says of all commands."""
    house.model.note(house.model.pulls[number], by, text)
    answer_commands(house.desired)
    said = [note.text for note in house.model.pulls[number].notes if note.by == SERVICE and COMMANDS in note.text]
    return said[-1] if said else ""


def test_a_comment_asks_for_a_longer_test_once(house: House) -> None:
    """Art. 13: by somebody of the unit's side; the office decides as always, and a second look does not ask again."""
    number = house.merged({PATH: wanted()})
    house.carried_out()
    said = command(house, number, INSIDER, "tenure extend 5d --reason the load test takes longer")
    answer_commands(house.desired)
    extensions = [one for one in house.requests() if one.kind is Kind.EXTEND]
    assert [(one.submitted_by.name, one.reason) for one in extensions] == [("li", "the load test takes longer")]
    assert extensions[0].id in said


@pytest.mark.parametrize(
    ("by", "text", "why"),
    [
        (OUTSIDER, "tenure extend 5d --reason because", "no account of unit or office"),
        ("somebody", "tenure unlock", "no account of unit or office"),
        (INSIDER, "tenure apply sha256:" + "0" * 64, "no account of the office"),
        (REVIEWER, "tenure apply", "written otherwise"),
        (REVIEWER, "tenure apply sha256:" + "0" * 64, "no request of this pull request has this plan"),
        (INSIDER, "tenure extend 5d", "written otherwise"),
        (INSIDER, "tenure extend soon --reason why", "written otherwise"),
        (INSIDER, "tenure extend archives-other-test 5d --reason why", "archives-other-test"),
    ],
)
def test_a_command_that_may_not_be_is_answered(house: House, by: str, text: str, why: str) -> None:
    """It changes nothing, and says why."""
    number = house.merged({PATH: wanted()})
    house.carried_out()
    before = house.requests()
    said = command(house, number, by, text)
    assert "refused" in said
    assert why in said
    assert house.requests() == before


@pytest.mark.parametrize("text", ["tenure extended 5d", "please\ntenure unlock", "I would tenure unlock", "tenure"])
def test_talk_is_no_command(house: House, text: str) -> None:
    """Only a comment of one line that begins with a command is one."""
    assert command(house, house.propose({PATH: wanted()}), INSIDER, text) == ""


def test_a_word_for_a_plan_is_answered(house: House) -> None:
    """By somebody of the office for the very plan: it is taken over where the merge is led on."""
    files = {PATH: wanted()}
    number = house.propose(files)
    house.merge(number, files)
    house.follow()
    house.installation.run_all()
    digest = house.requests()[0].plan_digest
    assert f"approves the plan of {NAME}" in command(house, number, REVIEWER, f"tenure apply {digest}")


def test_unlock_gives_up_what_nobody_has_decided(house: House) -> None:
    """The request is withdrawn, and so another pull request has room; what is under way goes on."""
    files = {PATH: wanted()}
    number = house.propose(files)
    house.merge(number, files)
    house.follow()
    house.installation.run_all()
    assert NAME in command(house, number, INSIDER, "tenure unlock --reason another way")
    lead_on(house.desired)
    assert [merge.state for merge in house.merges()] == [MergeState.OVER]
    assert house.requests()[0].outcome.startswith("withdrawn")
    assert "nothing to give up" in command(house, number, INSIDER, "tenure unlock")
