"""``tenure inventory``: the hosts of an environment for Ansible, with certificates of minutes."""

from __future__ import annotations

import json as jsonlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.arguments import EnvironmentName
from orchestrator.cli.identity import person
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, suggest, use_json
from orchestrator.domain.ansible_inventory import ansible_inventory
from orchestrator.domain.errors import ConflictError
from orchestrator.domain.grants import roles_of
from orchestrator.domain.records import Environment, Grant


def inventory(
    name: EnvironmentName,
    out: Annotated[Path | None, typer.Option("--out", help="Write it into a file; the name ends with .json.")] = None,
    json: JsonFlag = False,
) -> None:
    """Print the hosts that your grant opens in Ansible's form, by role, as stack and cloud tell; enter them by it."""
    use_json(json)
    from orchestrator.adapters.private_files import write_private
    from orchestrator.workflows.access import entering

    installation = open_installation()
    with installation.records.read() as tx:
        found = tx.environments.get(name)
    if not found.outputs.hosts:
        raise ConflictError(
            f"{name} is {found.state} and has no hosts", rule="lifecycle", hint=f"tenure env show {name}"
        )
    ports = installation.ports
    grant = entering(ports, name, person(), "", datetime.now(UTC))
    config = ports.access.configuration(found, grant)
    document = ansible_inventory(_opened(found, grant), ports.power.states(name), config)
    text = jsonlib.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if out is not None:
        write_private(out, [text.encode()])
        suggest(f"ansible -i {out} all -m ping", f"until the grant ends, {local(grant.until)}")
    elif is_json():
        emit("inventory", document)
    else:
        typer.echo(text, nl=False)


def _opened(environment: Environment, grant: Grant) -> Environment:
    """Give the environment with the hosts that a grant opens, and no others."""
    roles = roles_of(grant, environment)
    hosts = tuple(host for host in environment.outputs.hosts if host.role in roles)
    return environment.model_copy(update={"outputs": environment.outputs.model_copy(update={"hosts": hosts})})
