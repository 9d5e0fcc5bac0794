"""``tenure survey``: software, services and ports of an environment's hosts, and what should not be there (Art. 39)."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.arguments import EnvironmentName
from orchestrator.cli.default_group import DefaultGroup
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.operating import NoWait, stayed
from orchestrator.cli.output import JsonFlag, emit, is_json, local, suggest, table, use_json
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.records import Finding, Role

app = typer.Typer(
    cls=DefaultGroup,
    no_args_is_help=True,
    help="Surveys of software: `tenure survey ENV` looks at the hosts now, findings lists what should not be there.",
)


@app.command("run")
def run(
    name: EnvironmentName,
    no_wait: NoWait = False,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Look over software, services and ports now; the word run may be left out."""
    use_json(json)
    from orchestrator.workflows.survey import ask

    installation = open_installation()
    operation = ask(installation.ports, name, actor(role))
    if stayed(installation.records, operation, no_wait):
        suggest(f"tenure survey findings {name}")


@app.command("findings")
def findings(
    name: Annotated[str, typer.Argument(help="Only of this environment; default: of all.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="What is gone too; wants an environment.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    json: JsonFlag = False,
) -> None:
    """List what should not be on hosts, newest first, with the request of Art. 37 that it opened."""
    use_json(json)
    with open_installation().records.read() as tx:
        found = tx.findings.of(subject_of(tx.environments.get(name))) if name else tx.findings.open(limit=limit)
    _show([one for one in found if everything or one.gone_at is None][:limit])


def _show(found: list[Finding]) -> None:
    if is_json():
        for one in found:
            emit("finding", one)
        return
    rows = (
        (
            one.environment,
            one.host,
            str(one.severity),
            str(one.kind),
            one.thing,
            one.detail,
            local(one.found_at),
            one.request or "–",
            "there" if one.gone_at is None else f"gone {local(one.gone_at)}",
        )
        for one in found
    )
    columns = ("environment", "host", "risk", "kind", "what", "detail", "found", "request", "now")
    table(columns, rows, empty="no findings")
