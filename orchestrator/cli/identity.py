"""Who gives a command: the account of this machine, in a role that is stated and audited.

Whoever can read the installation's home may act in it; people's identities by OIDC belong to the web door.
"""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from orchestrator.domain.records import Actor, Role

RoleOption = Annotated[
    Role,
    typer.Option("--as", envvar="TENURE_ROLE", help="The role in which you act; it is written to the audit log."),
]


def actor(role: Role) -> Actor:
    """Give the actor of a command."""
    return Actor(name=getpass.getuser(), role=role, door="cli")
