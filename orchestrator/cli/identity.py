"""Who gives a command: a person, in a role that is stated and audited, through this machine's account.

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

PersonOption = Annotated[
    str,
    typer.Option(
        "--by",
        envvar="TENURE_ACTOR",
        help="The person in whose name you act, for accounts that several people or pipelines share.",
    ),
]

_person = ""


def act_for(person: str) -> None:
    """Say in whose name the commands of this process are given."""
    global _person  # noqa: PLW0603  one command, one person
    _person = person.strip()


def person() -> str:
    """Give the name in which commands of this process are given, whatever the role."""
    return _person or getpass.getuser()


def actor(role: Role) -> Actor:
    """Give the actor of a command; an account that acts for somebody else stays visible in the door."""
    account = getpass.getuser()
    if not _person or _person == account:
        return Actor(name=account, role=role, door="cli")
    return Actor(name=_person, role=role, door=f"cli:{account}")
