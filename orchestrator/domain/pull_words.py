"""What stands beside a commit: one short line for each environment and one for all of them, in both languages."""

from __future__ import annotations

from enum import StrEnum

from orchestrator.domain.duties import Words
from orchestrator.domain.errors import TenureError
from orchestrator.domain.forge import MAXIMUM_DESCRIPTION_CHARACTERS, CheckState, CommitStatus
from orchestrator.domain.git_plan import Depth, EnvironmentPlan, GitPlan, Standing
from orchestrator.domain.markdown import code
from orchestrator.domain.plan_comment import MARKER
from orchestrator.domain.plan_comment_words import ACTIONS, PHRASES, STANDINGS, Language, Say
from orchestrator.domain.texts import visible

CONTEXT = "tenure"
"""Of the status of all environments together; that of one of them has its name behind it."""
MOST_STATUSES = 50
"""Environments with a status of their own; the comment and the status of all tell of the others too."""


class Told(StrEnum):
    """What is told of the check itself."""

    PENDING = "pending"
    FAILED = "failed"
    AGAIN = "again"


TOLD: dict[Told, Words] = {
    Told.PENDING: Words("正在检查", "is being checked"),
    Told.FAILED: Words("未能完成检查", "the check could not be done"),
    Told.AGAIN: Words("评论 `tenure plan` 可重新检查。", "A comment `tenure plan` asks for the check again."),
}
STATES: dict[Standing, CheckState] = {
    Standing.PLANNED: CheckState.SUCCESS,
    Standing.VALID: CheckState.SUCCESS,
    Standing.SAME: CheckState.SUCCESS,
    Standing.REFUSED: CheckState.FAILURE,
    Standing.FAILED: CheckState.ERROR,
}


def pending(language: Language) -> CommitStatus:
    """Give the status of a commit whose check has begun."""
    return _status(CONTEXT, CheckState.PENDING, _word(TOLD[Told.PENDING], language))


def statuses(plan: GitPlan, language: Language) -> tuple[CommitStatus, ...]:
    """Give a status for each environment, and at last the one for all of them."""
    each = tuple(_of_one(one, language) for one in plan.environments[:MOST_STATUSES])
    return (*each, _status(CONTEXT, state_of(plan), summary(plan, language)))


def state_of(plan: GitPlan) -> CheckState:
    """Give how all of it stands: refused by a rule weighs more than a plan that could not be made."""
    if plan.good:
        return CheckState.SUCCESS
    standings = {one.standing for one in plan.environments}
    only_failed = Standing.FAILED in standings and Standing.REFUSED not in standings
    return CheckState.ERROR if only_failed else CheckState.FAILURE


def summary(plan: GitPlan, language: Language) -> str:
    """Give one line about all of it."""
    if not plan.environments:
        return _phrase(Say.NOTHING if plan.good else Say.REFUSED, language)
    counts = [f"{count} {_word(words, language)}" for action, words in ACTIONS.items() if (count := plan.count(action))]
    known = [_phrase(Say.VALIDATED, language)] if plan.depth is Depth.VALIDATE else counts
    verdict = [] if plan.good else [_phrase(Say.REFUSED, language)]
    return ", ".join([*verdict, f"{len(plan.environments)} {_phrase(Say.ENVIRONMENTS, language)}", *known])


def failed(language: Language) -> CommitStatus:
    """Give the status of a commit that could not be checked."""
    return _status(CONTEXT, CheckState.ERROR, _word(TOLD[Told.FAILED], language))


def failure(error: TenureError, depth: Depth, language: Language) -> str:
    """Give the comment about a check that could not be done; why, a stranger does not learn."""
    title = f"### {_phrase(Say.TITLE, language)}: {_word(TOLD[Told.FAILED], language)}"
    found = error.diagnostic
    texts = (found.summary, found.detail, found.hint or "") if depth is Depth.PREVIEW else ()
    facts = "".join(f"- {code(text)}\n" for text in texts if text)
    return f"{MARKER}\n{title}\n\n{facts}\n{_word(TOLD[Told.AGAIN], language)}\n"


def _of_one(one: EnvironmentPlan, language: Language) -> CommitStatus:
    words = _word(STANDINGS[one.standing], language)
    why = f": {one.findings[0].summary}" if one.findings and not one.good else ""
    return _status(f"{CONTEXT}/{one.environment}", STATES[one.standing], words + why)


def _status(context: str, state: CheckState, text: str) -> CommitStatus:
    line = visible(" ".join(text.split()))
    if len(line) > MAXIMUM_DESCRIPTION_CHARACTERS:
        line = line[: MAXIMUM_DESCRIPTION_CHARACTERS - 1] + "…"
    return CommitStatus(context=context, state=state, description=line)


def _phrase(say: Say, language: Language) -> str:
    return _word(PHRASES[say], language)


def _word(words: Words, language: Language) -> str:
    return words.zh if language is Language.ZH else words.en
