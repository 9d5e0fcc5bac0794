"""``tenure inventory``: the hosts of an environment for Ansible, with certificates of minutes."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, suggest, use_json
from orchestrator.domain.ansible_inventory import ansible_inventory
from orchestrator.domain.errors import ConflictError


def inventory(
    name: Annotated[str, typer.Argument(help="<unit>-<system>-<test|live>")],
    out: Annotated[Path | None, typer.Option("--out", help="Write it into a file; the name ends with .json.")] = None,
    json: JsonFlag = False,
) -> None:
    """Print the hosts in Ansible's form, by role, as the stack told and as the cloud says now; enter them by it."""
    use_json(json)
    from orchestrator.adapters.private_files import write_private

    installation = open_installation()
    with installation.records.read() as tx:
        found = tx.environments.get(name)
    if not found.outputs.hosts:
        raise ConflictError(
            f"{name} is {found.state} and has no hosts", rule="lifecycle", hint=f"tenure env show {name}"
        )
    ports = installation.ports
    document = ansible_inventory(found, ports.power.states(name), ports.access.configuration(found))
    text = jsonlib.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if out is not None:
        write_private(out, [text.encode()])
        suggest(f"ansible -i {out} all -m ping", "the certificates are valid for minutes")
    elif is_json():
        emit("inventory", document)
    else:
        typer.echo(text, nl=False)
