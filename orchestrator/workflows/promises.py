"""What a check promised of each environment, and since when people could know it.

An approval binds to what was shown. One that was given before a plan was told has not seen it: neither one of a check's
first minutes, nor one of a plan that another check has replaced since. The forge's own times are compared with each
other, so that clocks that differ do no harm.
"""

from __future__ import annotations

from datetime import datetime

from orchestrator.domain.forge import Commit, PullCheck
from orchestrator.domain.git_plan import CheckedEnvironment, GitPlan
from orchestrator.ports.forge import Forge


def promised(forge: Forge, number: int, known: PullCheck | None, plan: GitPlan) -> tuple[CheckedEnvironment, ...]:
    """Give the promises of a plan that is about to be told, each with the newest judgement that has not seen it."""
    told = _told(known, plan.head)
    kept = [told.get(_what(one)) for one in plan.promises]
    if all(kept):
        return tuple(one for one in kept if one is not None)
    unseen = _newest_judgement(forge, number)
    fresh = (one.model_copy(update={"told_after": unseen}) for one in plan.promises)
    return tuple(old or new for old, new in zip(kept, fresh, strict=True))


def _told(known: PullCheck | None, head: Commit) -> dict[tuple[str, ...], CheckedEnvironment]:
    """Give what is told of this commit already."""
    return {_what(one): one for one in known.environments} if known is not None and known.head == head else {}


def _what(one: CheckedEnvironment) -> tuple[str, ...]:
    return one.environment, one.kind, one.content_digest, one.plan_digest


def _newest_judgement(forge: Forge, number: int) -> datetime | None:
    return max((review.at for review in forge.reviews(number)), default=None)
