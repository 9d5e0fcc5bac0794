"""Compares a fresh plan with what was approved (DESIGN.md, "How an approved request flows")."""

from __future__ import annotations

from orchestrator.domain.errors import RefusedError
from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.records import Request

HALF_MADE = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})
"""What may happen to a resource of this request that an earlier attempt left half made."""


def signed_digest(request: Request) -> str:
    """Give what the newest approval of the request signs; empty when there is none."""
    approvals = [decision for decision in request.decisions if decision.verdict == "approve"]
    return approvals[-1].bound_to if approvals else ""


def check_untouched(fresh: Plan, request: Request) -> None:
    """Check the plan of an environment of which nothing exists: it is the signed plan, or makes what was asked for.

    Raises:
        RefusedError: The approval does not cover the plan.
    """
    _check_spec(fresh, request)
    signed = signed_digest(request)
    if signed == request.content_digest:
        _check_actions(fresh.changes, frozenset({Action.CREATE}))
    elif fresh.digest != signed:
        raise _not_covered(f"signed {signed}, the plan made now is {fresh.digest}")


def check_continued(fresh: Plan, request: Request, signed: Plan | None) -> None:
    """Check the plan of an environment that an earlier attempt began: it completes what was signed, and nothing else.

    Raises:
        RefusedError: The approval does not cover the plan.
    """
    _check_spec(fresh, request)
    _check_actions(fresh.changes, HALF_MADE)
    if signed is not None:
        known = {step.urn for step in signed.steps if step.action is Action.CREATE}
        strangers = [step.name for step in fresh.changes if step.urn not in known]
        if strangers:
            raise _not_covered(f"not in the signed plan: {', '.join(strangers)}")


def _check_spec(fresh: Plan, request: Request) -> None:
    if fresh.spec != request.spec:
        raise _not_covered("the plan was made for another specification than the request's")


def _check_actions(changes: tuple[PlannedStep, ...], allowed: frozenset[Action]) -> None:
    others = [f"{step.action} {step.name}" for step in changes if step.action not in allowed]
    if others:
        raise _not_covered(f"more than was asked for: {', '.join(others)}")


def _not_covered(detail: str) -> RefusedError:
    return RefusedError(
        "the approval does not cover what would happen now",
        rule="an approval is bound to what it signs",
        detail=detail,
        hint="nothing was changed; look at tenure env plan, then submit anew",
    )
