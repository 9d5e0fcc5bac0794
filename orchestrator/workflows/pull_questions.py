"""Comments that ask for the plan again: by whom may, each once, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from orchestrator.domain.forge import Comment, PullCheck, PullRequest
from orchestrator.ports.forge import Forge

PLAN_COMMAND = "tenure plan"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MOST_ANSWERED = 50


def questions(forge: Forge, number: int) -> list[Comment]:
    """Give every comment that asks for a plan, oldest first; one that was edited may have said something else."""
    return [each for each in forge.comments(number, BEGINNING) if not each.edited and each.text.strip() == PLAN_COMMAND]


def answered_by_this(asked: Sequence[Comment]) -> tuple[str, ...]:
    """Give what is kept as answered by a check: the newest alone, so that nobody fills the record."""
    return tuple(each.id for each in asked)[-MOST_ANSWERED:]


def asks_again(forge: Forge, pull: PullRequest, asked: Sequence[Comment], known: PullCheck) -> bool:
    """Whether somebody who may has asked since the newest answer; what is older than that was answered with it."""
    places = [place for place, each in enumerate(asked) if each.id in known.answered]
    fresh = asked[places[-1] + 1 :] if places else asked
    return any(_may_ask(forge, pull, account) for account in {each.author for each in fresh})


def _may_ask(forge: Forge, pull: PullRequest, account: str) -> bool:
    return account == pull.author or forge.may_write(account)
