"""``tenure patch``: pending updates of an environment, installed in batches, and how it stands (Art. 30, 32)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.arguments import EnvironmentName
from orchestrator.cli.default_group import DefaultGroup
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.operating import NoWait, stayed
from orchestrator.cli.output import JsonFlag, emit, is_json, local, say, suggest, table, use_json
from orchestrator.domain.blueprint_care import PatchHours
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.patching import Compliance, HostPatches, Update
from orchestrator.domain.records import Exclusion, Role

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation
    from orchestrator.workflows.patches import Standing

app = typer.Typer(
    cls=DefaultGroup,
    no_args_is_help=True,
    help="Patches: `tenure patch ENV` installs what is pending, status shows how an environment stands; "
    "window, exclude, hold, lift, exclusions.",
)


class WeekDay(StrEnum):
    """Days on which a window may begin."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


Package = Annotated[str, typer.Argument(help="Name of a package, or a shell pattern of names.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; unit and office read it.")]


@app.command("run")
def run(
    name: EnvironmentName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is pending on each host.")] = False,
    outside_window: Annotated[
        str, typer.Option("--outside-window", help="Why a live environment is patched outside its window.")
    ] = "",
    no_wait: NoWait = False,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Install what is pending, canary first, with a way back for each host; the word run may be left out."""
    use_json(json)
    from orchestrator.workflows.manner import Manner
    from orchestrator.workflows.patches import ask

    installation = open_installation()
    manner = Manner.REHEARSAL if dry_run else Manner.FOR_GOOD
    operation = ask(installation.ports, name, manner, actor(role), outside_window)
    if stayed(installation.records, operation, no_wait):
        _show(name, installation)
        suggest(f"tenure patch {name}" if dry_run else f"tenure patch status {name}")


@app.command("status")
def status(name: EnvironmentName, json: JsonFlag = False) -> None:
    """Show how an environment stands: days since, pending by severity, and what is pending on each host."""
    use_json(json)
    _show(name, open_installation())
    suggest(f"tenure patch {name} --dry-run", "looks again")


@app.command("window")
def window(
    name: EnvironmentName,
    days: Annotated[list[WeekDay] | None, typer.Option("--day", help="A day on which it begins; repeat it.")] = None,
    begins: Annotated[str, typer.Option("--begins", help="HH:MM, Asia/Shanghai.")] = "",
    ends: Annotated[str, typer.Option("--ends", help="HH:MM; not after --begins means on the following day.")] = "",
    usual: Annotated[
        bool, typer.Option("--usual", help="Back to the hours of the blueprint, or of the rulebook.")
    ] = False,
    reason: Reason = "",
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Give a live environment a patch window of its own; unit and office are told."""
    use_json(json)
    from orchestrator.workflows.patch_hours import decide

    hours = None if usual else _hours(days or [], begins, ends)
    installation = open_installation()
    opens = decide(installation.ports, name, hours, reason, actor(role))
    if is_json():
        facts = None if hours is None else hours.model_dump(mode="json")
        emit("patch_window", {"environment": name, "hours": facts, "next_window": opens.isoformat()})
    else:
        say(f"[bold]{name}[/bold]  the next patch window opens {local(opens)}")
        suggest(f"tenure patch status {name}")


def _hours(days: list[WeekDay], begins: str, ends: str) -> PatchHours:
    numbers = tuple(sorted(list(WeekDay).index(day) + 1 for day in set(days)))
    try:
        return PatchHours(days=numbers, begins=begins, ends=ends)
    except ValueError as error:
        raise BadInputError(
            "these are no hours of a window",
            field="window",
            hint="for instance --day sat --day sun --begins 22:00 --ends 04:00, or --usual",
        ) from error


@app.command("exclude")
def exclude(
    name: EnvironmentName,
    package: Package,
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day of it.")],
    reason: Reason = "",
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Leave a package alone to the end of a day."""
    use_json(json)
    from orchestrator.workflows.patches import exclude as exclude_package

    day = until.date()
    _show_exclusions((exclude_package(open_installation().ports, name, package, reason, actor(role), day),))


@app.command("hold")
def hold(
    name: EnvironmentName,
    package: Package,
    reason: Reason = "",
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Leave a package alone until somebody lifts the hold."""
    use_json(json)
    from orchestrator.workflows.patches import exclude as exclude_package

    made = exclude_package(open_installation().ports, name, package, reason, actor(role), None)
    _show_exclusions((made,))
    suggest(f"tenure patch lift {made.id}", "when it may be patched again")


@app.command("lift")
def lift(
    exclusion_id: Annotated[str, typer.Argument(help="Id of the exclusion or hold, excl-…")],
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Let a package be patched again."""
    use_json(json)
    from orchestrator.workflows.patches import lift as lift_exclusion

    _show_exclusions((lift_exclusion(open_installation().ports, exclusion_id, actor(role)),))


@app.command("exclusions")
def exclusions(name: EnvironmentName, json: JsonFlag = False) -> None:
    """List what is and was left alone in an environment, newest first."""
    use_json(json)
    with open_installation().records.read() as tx:
        found = tx.exclusions.of(subject_of(tx.environments.get(name)))
    _show_exclusions(found)


def _show(name: str, installation: Installation) -> None:
    from orchestrator.workflows.patches import standing

    with installation.records.read() as tx:
        found = standing(installation.ports, tx, tx.environments.get(name))
    if is_json():
        _emit(found)
        return
    _show_figure(found.compliance)
    if found.next_window is not None:
        say(f"  next window       {local(found.next_window)}")
    _show_pending(found.hosts)


def _emit(found: Standing) -> None:
    opens = None if found.next_window is None else found.next_window.isoformat()
    figure = found.compliance
    emit("compliance", {**figure.model_dump(mode="json"), "compliant": figure.compliant, "next_window": opens})
    for name, host in found.hosts.items():
        emit("patches", {"host": name, **host.model_dump(mode="json")})


def _show_figure(figure: Compliance) -> None:
    verdict = "[green]compliant[/green]" if figure.compliant else "[bold red]not compliant[/bold red]"
    since = "never" if figure.days_since is None else f"{local(figure.patched_at)}, {figure.days_since} days ago"
    say(f"[bold]{figure.environment}[/bold]  {verdict}")
    say(f"  patched last      {since}")
    say(f"  looked at last    {local(figure.looked_at)}")
    say(f"  pending           {figure.security} security, {figure.other} other, {figure.held} of them held")
    say(f"  oldest security   {figure.oldest_security_days} days, {figure.allowed_days} allowed")
    if figure.reboots:
        say(f"  reboot wanted     {', '.join(figure.reboots)}")


def _show_pending(hosts: dict[str, HostPatches]) -> None:
    rows = [_row(name, update) for name, host in hosts.items() for update in host.pending]
    if rows:
        columns = ("host", "package", "installed", "pending", "kind", "since", "state", "advisories")
        table(columns, rows, empty="")


def _row(host: str, update: Update) -> tuple[str, ...]:
    return (
        host,
        update.package,
        update.installed,
        update.candidate,
        "security" if update.security else "other",
        local(update.since),
        "held" if update.held else "pending",
        ", ".join(update.advisories) or "–",
    )


def _show_exclusions(found: tuple[Exclusion, ...]) -> None:
    if is_json():
        for one in found:
            emit("exclusion", one)
        return
    rows = (
        (
            one.id,
            one.package,
            "until lifted" if one.until is None else one.until.isoformat(),
            one.by.name,
            "in force" if one.lifted_at is None else f"lifted {local(one.lifted_at)}",
            one.reason,
        )
        for one in found
    )
    table(("id", "package", "until", "by", "state", "reason"), rows, empty="nothing is left alone")
