"""Compares a fresh plan with what was approved (DESIGN.md, "How an approved request flows")."""

from __future__ import annotations

from orchestrator.domain.difference import explain_difference
from orchestrator.domain.errors import NotFoundError, OperationFailedError, RefusedError
from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.records import Kind, Request
from orchestrator.ports import Transaction


class StalePlanError(RefusedError):
    """What would happen now is no longer what was signed; nothing was changed, and the plan has to be signed again."""

    code = "stale-plan"


HALF_MADE = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})
"""What may happen to a resource of this request that an earlier attempt left half made."""


def signed_digest(request: Request) -> str:
    """Give what the newest approval of the request signs; empty when there is none."""
    approvals = [decision for decision in request.decisions if decision.verdict == "approve"]
    return approvals[-1].bound_to if approvals else ""


def signed_plan(tx: Transaction, request: Request) -> Plan | None:
    """Give the plan that the newest approval signs; None when it signs the request's content instead."""
    signed = signed_digest(request)
    if signed == request.content_digest:
        return None
    try:
        return tx.operations.plan(signed)
    except NotFoundError as error:
        raise OperationFailedError("the signed plan is not on record any more", detail=signed) from error


def check_change(fresh: Plan, request: Request, signed: Plan | None) -> None:
    """Check the plan of a change or promotion before anything of it is done.

    An approval of the content alone never covers the loss of data (what holds data is replaced or deleted
    only when the plan that was signed says so), and a promotion replaces or deletes nothing at all.

    Raises:
        StalePlanError: The signature does not cover it; the detail says why. The request is asked about again, where
            the office signs the plan, or rejects what may never be done.
    """
    _check_spec(fresh, request)
    if signed is not None and fresh.digest != signed.digest:
        changed = "; ".join(explain_difference(signed, fresh))
        raise _asked_again("the plan is no longer the one that was signed", changed, request)
    gone = tuple(step for step in fresh.steps if step.action in {Action.REPLACE, Action.DELETE})
    if request.kind is Kind.PRODUCTION and gone:
        replaced = f"this would replace or delete {_names(gone)}"
        raise _asked_again("a promotion is made in place (Art. 14)", replaced, request)
    if signed is None and fresh.destroys:
        lost = f"{_names(fresh.destroys)}; sign the plan itself"
        raise _asked_again("the approval of the content does not cover the loss of data", lost, request)


def _asked_again(summary: str, detail: str, request: Request) -> StalePlanError:
    return StalePlanError(
        summary,
        rule="an approval is bound to what it signs",
        detail=detail,
        hint=f"nothing was changed; look at tenure request plan {request.id}, then review it again or reject it",
    )


def _names(steps: tuple[PlannedStep, ...]) -> str:
    return ", ".join(f"{step.action} {step.name}" for step in steps)


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
    """Check the plan of work that an earlier attempt began: it completes what was signed, and nothing else.

    Raises:
        RefusedError: The approval does not cover the plan.
    """
    _check_spec(fresh, request)
    founds = request.kind in {Kind.TEST, Kind.TRIAL}
    _check_actions(fresh.changes, HALF_MADE if founds or signed is None else HALF_MADE | {Action.DELETE})
    if signed is None:
        return
    known = {step.urn for step in signed.changes}
    strangers = [step.name for step in fresh.changes if step.urn not in known]
    if not founds:
        strangers += [f"{step.name} with its data" for step in fresh.unsigned_losses(signed)]
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
