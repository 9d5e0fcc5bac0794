"""``tenure drill``: hold a drill, list those that were held, and show or write the report of one (Art. 44)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.moments import moment_of
from orchestrator.cli.operating import NoWait, stayed
from orchestrator.cli.output import JsonFlag, emit, is_json, local, say, suggest, table, use_json
from orchestrator.domain.drill import DrillReport
from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.records import Report, ReportKind, Role

if TYPE_CHECKING:
    from orchestrator.ports import Transaction
    from orchestrator.workflows.drill import Intent

app = typer.Typer(no_args_is_help=True, help="Emergency drills: run, list, report.")

LOOKED_AT = 1000


@app.command("run")
def run(
    name: Annotated[str, typer.Argument(help="<unit>-<system>-live; the one whose turn it is when left out.")] = "",
    at: Annotated[str, typer.Option("--at", help="The newest backup that was taken by then.")] = "now",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be drilled.")] = False,
    no_wait: NoWait = False,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Rebuild an environment from its backup where nobody depends on it, against the clock, and write the report."""
    use_json(json)
    from orchestrator.workflows.drill import ask, intend

    installation = open_installation()
    by = None if at == "now" else moment_of(at, installation.ports.clock.now())
    if dry_run:
        with installation.records.read() as tx:
            intent = intend(installation.ports, tx, name, by)
        _show_intent(intent, tuple(map(str, installation.ports.ground.reaches())))
        return
    operation = ask(installation.ports, name, actor(role), by)
    suggest(f"tenure drill report {operation.id}", "when it is over, whatever comes of it")
    if stayed(installation.records, operation, no_wait):
        with installation.records.read() as tx:
            _show(_report(tx, operation.id))


@app.command("list")
def list_drills(
    name: Annotated[str | None, typer.Argument(help="Only drills of this environment.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: JsonFlag = False,
) -> None:
    """List the drills that were held, newest first, and the throw-away environments that are still there."""
    use_json(json)
    with open_installation().records.read() as tx:
        found = tx.reports.list(environment=name, kind=ReportKind.DRILL, limit=limit)
        left = _left(tx)
    if is_json():
        for one in found:
            emit("drill", _fields(one))
        for copy in left:
            emit("throw_away", {"environment": copy})
        return
    rows = [_row(one) for one in found]
    table(("operation", "environment", "held", "verdict", "recovery", "data's age", "report"), rows, empty="no drills")
    for copy in left:
        say(
            f"[bold red]{copy} is still there[/bold red]: a drill or verification runs, or left it; see tenure env show"
        )


@app.command("report")
def report(
    operation_id: Annotated[str, typer.Argument(help="Id of the drill's operation, op-…, or of its report, rep-….")],
    html: Annotated[Path | None, typer.Option("--html", help="Write the readable page (Chinese and English).")] = None,
    json: JsonFlag = False,
) -> None:
    """Show the report of a drill, and write its page for the office (Art. 44)."""
    use_json(json)
    with open_installation().records.read() as tx:
        found = _report(tx, operation_id)
    if html is not None:
        _write(found, html)
    _show(found)


def _write(found: Report, html: Path) -> None:
    from orchestrator.adapters.drills.page import drill_page
    from orchestrator.adapters.library import installed_templates
    from orchestrator.adapters.private_files import write_private

    page = drill_page(found.id, DrillReport.model_validate(found.body), installed_templates())
    write_private(html, [page.encode()])


def _report(tx: Transaction, wanted: str) -> Report:
    for one in tx.reports.list(kind=ReportKind.DRILL, limit=LOOKED_AT):
        if wanted in {one.id, one.operation}:
            return one
    raise NotFoundError(f"no drill has a report for {wanted}", hint="tenure drill list")


def _left(tx: Transaction) -> tuple[str, ...]:
    from orchestrator.workflows.throwaway import all_standing

    return tuple(one.name for one in all_standing(tx))


def _show_intent(intent: Intent, reaches: tuple[str, ...]) -> None:
    backup, spec = intent.backup, intent.environment.spec
    if is_json():
        fields = {
            "environment": intent.environment.name,
            "backup": backup.id,
            "taken_at": backup.taken_at.isoformat(),
            "hosts": spec.host_count,
            "reaches": list(reaches),
        }
        emit("drill_plan", fields)
        return
    say(f"[bold]{intent.environment.name}[/bold] would be rebuilt from {backup.id}, taken {local(backup.taken_at)}")
    say(f"  hosts      {spec.host_count}, apart from everything; they reach {', '.join(reaches) or 'nothing'}")
    suggest(f"tenure drill run {intent.environment.name}", "for good")


def _fields(found: Report) -> dict[str, object]:
    told = DrillReport.model_validate(found.body)
    facts = {"report": found.id, "verdict": str(told.verdict), "shortcomings": list(told.shortcomings)}
    return {**facts, **told.model_dump(mode="json")}


def _row(found: Report) -> tuple[str, ...]:
    told = DrillReport.model_validate(found.body)
    return (
        told.operation,
        told.environment,
        local(told.began_at),
        str(told.verdict),
        _against(told.recovery_seconds, told.recovery_target_seconds),
        _against(told.point_seconds, told.point_target_seconds),
        found.id,
    )


def _against(seconds: float, target: float) -> str:
    from orchestrator.adapters.drills.page import span

    return f"{span(seconds)} of {span(target)}"


def _show(found: Report) -> None:
    told = DrillReport.model_validate(found.body)
    if is_json():
        emit("drill", _fields(found))
        return
    say(f"[bold]{found.id}[/bold]  drill of {told.environment}, {local(told.began_at)}: [bold]{told.verdict}[/bold]")
    say(f"  recovery   {_against(told.recovery_seconds, told.recovery_target_seconds)}")
    say(f"  data's age {_against(told.point_seconds, told.point_target_seconds)}")
    if told.trial is not None:
        say(
            f"  restored   {told.trial.backup}: {told.trial.files} files compared, {len(told.trial.differences)} differ"
        )
    for one in told.controls:
        say(f"  control    {one.control}: {'failed as it has to' if one.refused else 'did not fail'}")
    copy = told.throwaway
    say(f"  copy       {copy.name}: " + (f"gone at {local(copy.gone_at)}" if copy.gone_at else f"LEFT: {copy.left}"))
    for why in told.shortcomings:
        say(f"  [red]short of[/red]   {why}")
