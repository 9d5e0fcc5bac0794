"""``tenure hold``: who gets no further resources (Art. 46)."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, report_findings, suggest, table, use_json
from orchestrator.domain.errors import Diagnostic, Severity
from orchestrator.domain.records import Hold, Role
from orchestrator.ports import Records

app = typer.Typer(no_args_is_help=True, help="Holds: no further resources for a system or unit; add, lift, list.")

MOST_HOLDS = 100_000
"""More than one office ever decides: those in force are looked for among all."""

Reason = Annotated[str, typer.Option("--reason", help="Why; the unit reads it.")]


@app.command("add")
def add(
    unit: Annotated[str, typer.Argument(help="Id of the unit.")],
    system: Annotated[str, typer.Argument(help="Id of the system; without it the whole unit is held.")] = "",
    reason: Reason = "",
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Decide that a system, or a whole unit, gets no further resources; what runs goes on."""
    use_json(json)
    from orchestrator.workflows.holds import hold

    ports = open_installation().ports
    made = hold(ports, unit, system, reason, actor(role))
    _show((made,))
    report_findings(_nobody_held(ports.records, made), "nobody-held")
    suggest(f"tenure hold lift {made.id} --reason …", "when the system has mended")


@app.command("lift")
def lift(
    hold_id: Annotated[str, typer.Argument(help="Id of the hold, hold-….")],
    reason: Reason = "",
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """End a hold."""
    use_json(json)
    from orchestrator.workflows.holds import lift as lift_hold

    _show((lift_hold(open_installation().ports, hold_id, reason, actor(role)),))


@app.command("list")
def list_holds(
    everything: Annotated[bool, typer.Option("--all", help="Lifted ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    json: JsonFlag = False,
) -> None:
    """List holds, newest first."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = tx.holds.list(limit=limit if everything else MOST_HOLDS)
    _show(tuple(held for held in found if everything or held.lifted_at is None)[:limit])


def _nobody_held(records: Records, made: Hold) -> tuple[Diagnostic, ...]:
    """Warn when nothing on record belongs to what is held: it may be a slip of the pen."""
    with records.read() as tx:
        systems = {environment.spec.system for environment in tx.environments.list(unit=made.unit, limit=1000)}
    if made.system in systems or (not made.system and systems):
        return ()
    known = f"systems of {made.unit} on record: {', '.join(sorted(systems)) or 'none'}"
    summary = f"no environment of {made.unit} {made.system}".rstrip() + " is on record; the hold stands"
    return (Diagnostic(severity=Severity.WARNING, summary=summary, detail=known, field="system", rule="Art. 46"),)


def _show(holds: tuple[Hold, ...]) -> None:
    if is_json():
        for held in holds:
            emit("hold", held)
        return
    rows = [(held.id, held.unit, held.system or "all", _state(held), local(held.at), _reason(held)) for held in holds]
    table(("id", "unit", "system", "state", "since", "reason"), rows, empty="no holds")


def _state(held: Hold) -> str:
    return "in force" if held.lifted_at is None else f"lifted {local(held.lifted_at)}"


def _reason(held: Hold) -> str:
    from rich.markup import escape

    return escape(held.reason)
