"""``tenure bootstrap``: the hosts of an environment come to their baseline, or it is said what that would change."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.arguments import EnvironmentName
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.operating import NoWait, stayed
from orchestrator.cli.output import JsonFlag, suggest, use_json
from orchestrator.domain.records import Role


def bootstrap(
    name: EnvironmentName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be changed.")] = False,
    no_wait: NoWait = False,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Bring every host to its baseline: accounts, trust, clock, journal, no self-updates, firewall, audit, facts."""
    use_json(json)
    from orchestrator.workflows.bootstrap import ask
    from orchestrator.workflows.manner import Manner

    installation = open_installation()
    operation = ask(installation.ports, name, Manner.REHEARSAL if dry_run else Manner.FOR_GOOD, actor(role))
    if stayed(installation.records, operation, no_wait):
        suggest(f"tenure bootstrap {name}" if dry_run else f"tenure survey {name}")
