"""How a request and its dates are printed: what is missing, who acts, by when, and what happens if nobody does."""

from __future__ import annotations

from orchestrator.cli.output import emit, is_json, local, say
from orchestrator.domain.gates import Gate
from orchestrator.domain.outlook import Outlook
from orchestrator.domain.records import Deadline, Request


def show_request(found: Request) -> None:
    """Print a request with its decisions."""
    if is_json():
        emit("request", found)
        return
    weight = f" ({found.weight})" if found.weight else ""
    say(f"[bold]{found.id}[/bold]  {found.kind}{weight} for {found.environment}: [bold]{found.state}[/bold]")
    say(f"  reason     {found.reason}")
    say(f"  submitted  {local(found.submitted_at)} by {found.submitted_by.name} ({found.submitted_by.role})")
    for decision in found.decisions:
        why = f": {decision.reasons}" if decision.reasons else ""
        say(f"  {decision.verdict:<9}  {local(decision.at)} by {decision.by.name} ({decision.by.role}){why}")
        if decision.bound_to:
            say(f"             signs {decision.bound_to}")
    for evidence in found.evidence:
        say(f"  shown      {evidence.kind}, {local(evidence.at)} by {evidence.by.name} ({evidence.by.role})")
    if found.outcome:
        say(f"  outcome    {found.outcome}")


def show_outlook(found: Outlook) -> None:
    """Print how a request stands."""
    if is_json():
        emit("outlook", found)
        return
    for gate in found.gates:
        _print_gate(gate)
    if found.acts is None:
        return
    say(f"  [bold]turn of[/bold]    {found.acts}" + (f", by {local(found.by)} ({found.forecast})" if found.by else ""))
    for lack in found.missing:
        say(f"  [yellow]missing[/yellow]    {lack}")
    if found.otherwise_en:
        say(f"  otherwise  {found.otherwise_zh}")
        say(f"             {found.otherwise_en}")


def _print_gate(gate: Gate) -> None:
    if gate.waiver is not None:
        state = f"waived by {gate.waiver.by.name}: {gate.waiver.reason}"
    else:
        state = "passed" if gate.open else f"closed, {gate.acts} has to show it"
    say(f"  gate       {gate.name} ({gate.article}) before {gate.step}: {state}")


def show_deadlines(deadlines: tuple[Deadline, ...]) -> None:
    """Print dates, soonest first."""
    for deadline in deadlines:
        if is_json():
            emit("deadline", deadline)
            continue
        state = f"met {local(deadline.met_at)}" if deadline.met_at else "open"
        state = f"stands still since {local(deadline.paused_at)}" if deadline.paused_at else state
        mark = " (provisional)" if deadline.provisional else ""
        say(f"  due        {local(deadline.due_at)}{mark}  {deadline.kind} ({deadline.article}), {state}")
