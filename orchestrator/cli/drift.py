"""``tenure drift``: where the cloud is no longer as Tenure made it, and what follows (Art. 29)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.default_group import DEFAULT, DefaultGroup
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.moments import moment_of
from orchestrator.cli.operating import NoWait, stayed
from orchestrator.cli.output import JsonFlag, emit, is_json, local, report_findings, say, suggest, table, use_json
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import Diagnostic, ExitCode, Severity
from orchestrator.domain.records import Drift, DriftScan, Role

if TYPE_CHECKING:
    from datetime import datetime

    from typer._click.core import Context  # Typer brings its own copy of click and no name of its own for this

    from orchestrator.bootstrap import Installation

MOST = 100_000
"""More drifts than an installation ever has at once."""


class FleetGroup(DefaultGroup):
    """The bare word looks at the whole fleet."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Mean the look when nothing is said."""
        return super().parse_args(ctx, args or [DEFAULT])


app = typer.Typer(
    cls=FleetGroup,
    help="Drift: `tenure drift [ENV…]` compares the cloud with what was made; list, suppress, lift, mend.",
)

DriftId = Annotated[str, typer.Argument(help="Id of the drift, drift-….")]


@app.command("run")
def run(
    names: Annotated[list[str] | None, typer.Argument(help="Only these environments; default: all.")] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 6 when something differs, 5 when not all was seen.")
    ] = False,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Compare the cloud with what was made, now; the word run may be left out."""
    use_json(json)
    from orchestrator.workflows.drift import scan

    installation = open_installation()
    seen = scan(installation.ports, actor(role), names or ())
    now = installation.ports.clock.now()
    found = [drift for drift in _standing(installation, names or []) if not drift.suppressed(now)]
    _show(found, now)
    _show_scan(seen)
    if found:
        suggest(f"tenure drift mend {found[0].environment}", "or suppress it for a reason")
    if detailed_exitcode and (found or seen.silent):
        raise typer.Exit(ExitCode.CHANGES if found else ExitCode.PARTLY_DONE)


@app.command("list")
def list_drifts(
    names: Annotated[list[str] | None, typer.Argument(help="Only of these environments; default: of all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="What is left alone for a reason too.")] = False,
    json: JsonFlag = False,
) -> None:
    """List what differed at the last look, newest first; asks no cloud."""
    use_json(json)
    installation = open_installation()
    now = installation.ports.clock.now()
    _show([one for one in _standing(installation, names or []) if everything or not one.suppressed(now)], now)


@app.command("suppress")
def suppress(
    drift_id: DriftId,
    until: Annotated[str, typer.Option("--until", help="The last day of it, or an instant.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is meant.")] = "",
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Leave a drift alone for a while: nobody is told of it, and nothing is mended."""
    use_json(json)
    from orchestrator.workflows.drift_orders import suppress as leave_alone

    ports = open_installation().ports
    now = ports.clock.now()
    _show([leave_alone(ports, drift_id, reason, moment_of(until, now, "until"), actor(role))], now)
    suggest(f"tenure drift lift {drift_id}", "when it is to be cared for again")


@app.command("lift")
def lift(drift_id: DriftId, role: RoleOption = Role.PROVIDER, json: JsonFlag = False) -> None:
    """Care for a drift again that was left alone."""
    use_json(json)
    from orchestrator.workflows.drift_orders import lift as care_again

    ports = open_installation().ports
    _show([care_again(ports, drift_id, actor(role))], ports.clock.now())


@app.command("mend")
def mend(
    name: Annotated[str, typer.Argument(help="<unit>-<system>-<test|live>")],
    no_wait: NoWait = False,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Make an environment again what its approved specification says; refused where data would be lost."""
    use_json(json)
    from orchestrator.workflows.drift_orders import mend as make_again

    installation = open_installation()
    operation = make_again(installation.ports, name, actor(role))
    if stayed(installation.records, operation, no_wait):
        _show(_standing(installation, [name]), installation.ports.clock.now())


def _standing(installation: Installation, names: list[str]) -> list[Drift]:
    with installation.records.read() as tx:
        if not names:
            return list(tx.drifts.open(limit=MOST))
        subjects = [subject_of(tx.environments.get(name)) for name in sorted(set(names))]
        return [drift for subject in subjects for drift in tx.drifts.of(subject) if drift.gone_at is None]


def _show(found: list[Drift], now: datetime) -> None:
    if is_json():
        for one in found:
            emit("resource_drift", {**one.model_dump(mode="json"), "suppressed": one.suppressed(now)})
        return
    rows = (
        (
            one.id,
            one.environment,
            str(one.severity),
            str(one.drift),
            f"{one.kind} {one.name}",
            _differences(one),
            _state(one, now),
        )
        for one in found
    )
    table(("id", "environment", "risk", "class", "what", "difference", "now"), rows, empty="no drift")


def _differences(drift: Drift) -> str:
    told = ", ".join(f"{one.name}: {one.expected or '–'} → {one.found or '–'}" for one in drift.properties)
    return told or drift.exact or "–"


def _state(drift: Drift, now: datetime) -> str:
    from rich.markup import escape

    word = drift.suppression
    if word is None or not drift.suppressed(now):
        return f"since {local(drift.found_at)}"
    return escape(f"left alone until {local(word.until)} by {word.by.name}: {word.reason}")


def _show_scan(seen: DriftScan) -> None:
    if is_json():
        emit("drift_summary", seen)
    else:
        say(f"{seen.environments} environments compared, {len(seen.left_out)} left out, {seen.found} differences")
    report_findings(_remarks(seen), "drift")


def _remarks(seen: DriftScan) -> list[Diagnostic]:
    """Warn of what was not compared: it is not missing, it is not known."""
    left_out = [f"{name} was left out: {why}" for name, why in seen.left_out.items()]
    silent = [f"nothing is known of any {kind}: {said}" for kind, said in seen.silent.items()]
    return [Diagnostic(severity=Severity.WARNING, summary=text) for text in (*left_out, *silent)]
