"""``tenure env evaluate|extend|suspend|resume``: short ways to the requests about an environment that exists."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from orchestrator.cli.arguments import EnvironmentName
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, say, suggest, use_json
from orchestrator.cli.standing import show_request
from orchestrator.domain.records import Kind, Role, Severity
from orchestrator.domain.submission import submission_from_data

Reason = Annotated[str, typer.Option("--reason", help="Why; it stays with the request.")]


class Verdict(StrEnum):
    """How a test went."""

    PASSED = "passed"
    FAILED = "failed"


def register(app: typer.Typer) -> None:
    """Add the commands to ``tenure env``."""
    app.command("evaluate")(evaluate)
    app.command("extend")(extend)
    app.command("suspend")(suspend)
    app.command("resume")(resume)


def evaluate(
    name: EnvironmentName,
    verdict: Annotated[Verdict, typer.Argument(help="passed, or failed: adjust and test again.")],
    reason: Reason,
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Record how the test in a test environment went (Art. 21); a trial needs a passed one."""
    use_json(json)
    from orchestrator.workflows.requests import TestVerdict
    from orchestrator.workflows.requests import evaluate as evaluate_test

    found = evaluate_test(open_installation().ports, name, actor(role), TestVerdict(verdict), reason)
    if is_json():
        emit("environment", found)
    else:
        say(f"{name}: the test was {verdict}: {reason}")


def extend(
    name: EnvironmentName,
    days: Annotated[int, typer.Argument(min=1, max=365, help="Calendar days.")],
    reason: Reason,
    role: RoleOption = Role.UNIT,
    json: JsonFlag = False,
) -> None:
    """Ask for a longer test period (Art. 13); the office decides."""
    _ask(name, Kind.EXTEND, reason, role, {"days": days}, json=json)


def suspend(
    name: EnvironmentName,
    severity: Annotated[Severity, typer.Option("--severity", help="high: at once; low: fix it by a day.")],
    finding: Annotated[str, typer.Option("--finding", help="What was found.")],
    fix_by: Annotated[datetime | None, typer.Option("--fix-by", formats=["%Y-%m-%d"], help="Of a low risk.")] = None,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Report a security finding (Art. 37); the office decides on the suspension."""
    fields: dict[str, object] = {"severity": severity, "fix_by": None if fix_by is None else fix_by.date()}
    _ask(name, Kind.SUSPEND, finding, role, fields, json=json)


def resume(name: EnvironmentName, reason: Reason, role: RoleOption = Role.UNIT, json: JsonFlag = False) -> None:
    """Ask for the end of a suspension (Art. 37); the office decides."""
    _ask(name, Kind.RESUME, reason, role, {}, json=json)


def _ask(name: str, kind: Kind, reason: str, role: Role, fields: dict[str, object], *, json: bool) -> None:
    use_json(json)
    from orchestrator.workflows.requests import submit

    installation = open_installation()
    with installation.records.read() as tx:
        found = tx.environments.get(name)
    data = {
        "kind": kind,
        "unit": found.spec.unit,
        "system": found.spec.system,
        "stage": found.stage,
        "reason": reason,
        **{field: value for field, value in fields.items() if value is not None},
    }
    made = submit(installation.ports, submission_from_data(data), actor(role))
    show_request(made)
    suggest(f"tenure request accept {made.id} --as office")
