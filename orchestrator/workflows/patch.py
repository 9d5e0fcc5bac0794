"""``patch``: pending updates on an environment's hosts, canary first, with a way back for each (Art. 30, 32).

The copies from outside are made before anything is changed. A host that fails leads its own packages back and stops the
run, so that the rest stays untouched; one that is gone is led back from outside (:mod:`orchestrator.workflows.rescue`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orchestrator.domain.errors import OperationFailedError, PartlyDoneError
from orchestrator.domain.patching import HostPatches
from orchestrator.ports import Transaction
from orchestrator.workflows import patch_plays, rescue
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.patch_plays import GOOD, NEED_RESCUE, WORDS, HostState
from orchestrator.workflows.run import Run
from orchestrator.workflows.windows import TOLD, WINDOW_ENDS

REHEARSAL = "rehearsal"
"""Parameter of an operation: only say what is pending."""

ARTICLE = "Art. 30, 32"


class WindowClosedError(OperationFailedError):
    """The window of a queued run has closed; it does not run late by surprise."""

    code = "window-closed"


def work(run: Run) -> Outcome:
    """Look what is pending, copy from outside, patch in batches, lead back what broke, and drop the copies."""
    seconds_left = _seconds_left(run)
    seen = run.step("look", lambda: _look(run))
    if run.operation.parameters.get(REHEARSAL):
        return Succeeded({REHEARSAL: True, **seen})
    hosts = tuple(seen["waiting"])
    states: dict[str, str] = {}
    why: dict[str, str] = {}
    if hosts:
        run.step("copy", lambda: _copy(run, hosts))
        done = run.step("patch", lambda: _patch(run, hosts, seconds_left))
        states, why = done["states"], done["why"]
        lost = {host: state for host, state in states.items() if state in NEED_RESCUE}
        if lost:
            states = states | run.step("way-back", lambda: rescue.lead_back(run, lost))
    if not {HostState.BROKEN, HostState.CUT_OFF} & set(states.values()):
        run.step("forget", lambda: _forget(run))
    return _conclusion(run, states, why)


def _seconds_left(run: Run) -> float:
    """Give how long hosts may still be begun; an attempt that goes on after a crash may end the one that was begun.

    Raises:
        WindowClosedError: The operation waited until its window had closed, or was asked for again after that.
    """
    ends = run.operation.parameters.get(WINDOW_ENDS)
    if ends is None:
        return float("inf")
    end, now = datetime.fromisoformat(ends), run.ports.clock.now()
    if now >= end and (run.operation.attempt == 1 or run.operation.queued_at >= end):
        raise WindowClosedError(
            f"the patch window of {run.environment.name} has closed",
            detail="the run waited behind other work until then; nothing was begun",
            rule=ARTICLE,
            hint=f"the next window begins another; now: tenure patch {run.environment.name} --outside-window REASON",
        )
    return max(0.0, (end - now).total_seconds())


def _look(run: Run) -> dict[str, Any]:
    """List what is pending on every host; a host that cannot be looked at stops everything before it began."""
    outcome = patch_plays.look(run)
    failed = [host for host in outcome.hosts if not host.succeeded]
    if failed:
        raise OperationFailedError(
            f"host {failed[0].host} of {run.environment.name} cannot be patched",
            detail="; ".join(f"{host.host}: {patch_plays.reason(host)}" for host in failed),
            rule=ARTICLE,
            hint="nothing was changed on any host; mend it, then `tenure operation retry`",
        )
    by_name = {host.host: HostPatches.model_validate(host.told) for host in outcome.hosts}
    told = {host.name: by_name[host.name] for host in run.environment.outputs.hosts if host.name in by_name}
    pending = [update for host in told.values() for update in host.pending]
    waiting = [name for name, host in told.items() if host.reboot or not all(one.held for one in host.pending)]
    security = sum(update.security for update in pending)
    return {"waiting": waiting, "security": security, "other": len(pending) - security}


def _copy(run: Run, hosts: tuple[str, ...]) -> dict[str, Any]:
    return {"copies": run.ports.rewind.copy(run.environment, hosts, run.operation.id, run.job)}


def _forget(run: Run) -> dict[str, Any]:
    return {"copies": run.ports.rewind.forget(run.environment.name, "", run.job)}


def _patch(run: Run, hosts: tuple[str, ...], seconds_left: float) -> dict[str, Any]:
    outcome = patch_plays.over(run, hosts, seconds_left)
    return {
        "states": {host.host: patch_plays.state_of(host) for host in outcome.hosts},
        "why": {host.host: patch_plays.reason(host) for host in outcome.hosts if not host.succeeded},
    }


def _conclusion(run: Run, states: dict[str, str], why: dict[str, str]) -> Outcome:
    """Give a success, or raise what says which host is in which state."""
    bad = {host: HostState(state) for host, state in states.items() if state not in GOOD}
    untouched = [host for host, state in states.items() if state == HostState.UNTOUCHED]
    if not bad and not untouched:
        return Succeeded({"hosts": states})
    told = [f"{host}: {WORDS[state]} ({why.get(host) or 'no reason told'})" for host, state in bad.items()]
    if untouched:
        told.append(f"untouched: {', '.join(untouched)}")
    kind = PartlyDoneError if HostState.PATCHED in states.values() else OperationFailedError
    raise kind(
        f"host {next(iter(bad or untouched))} of {run.environment.name} was not patched",
        detail="; ".join(told),
        rule=ARTICLE,
        hint="mend it, then `tenure operation retry` goes on with the rest",
    )


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Write down when every host was brought to its newest, and tell unit, office and provider."""
    if not isinstance(outcome, Succeeded) or run.operation.parameters.get(REHEARSAL):
        return
    hosts = sorted(outcome.result["hosts"])
    tx.reports.add(patch_plays.report(run, "whole", "", {"hosts": hosts}))
    facts = {"operation": run.operation.id, "hosts": len(hosts)}
    tell(tx, "environment-patched", run.operation.id, run.environment.name, TOLD, facts, run.ports.clock.now())
