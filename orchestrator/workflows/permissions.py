"""Which role may give which command (RULES.md, "Who")."""

from __future__ import annotations

from enum import StrEnum

from orchestrator.domain.errors import RefusedError
from orchestrator.domain.records import Actor, Role


class Command(StrEnum):
    """Commands that change something."""

    SUBMIT = "submit a request"
    ACCEPT = "accept a request"
    REJECT = "reject a request"
    REVIEW = "review a request"
    TERMINATE = "terminate an environment"
    RETRY = "retry an operation"
    CANCEL = "cancel an operation"


ALLOWED: dict[Command, tuple[frozenset[Role], str]] = {
    Command.SUBMIT: (frozenset({Role.UNIT, Role.OFFICE}), "Art. 11"),
    Command.ACCEPT: (frozenset({Role.OFFICE}), "Art. 12"),
    Command.REJECT: (frozenset({Role.OFFICE}), "Art. 12"),
    Command.REVIEW: (frozenset({Role.OFFICE}), "Art. 12"),
    Command.TERMINATE: (frozenset({Role.UNIT, Role.OFFICE}), "Art. 16"),
    Command.RETRY: (frozenset({Role.PROVIDER, Role.OFFICE}), "Art. 29"),
    Command.CANCEL: (frozenset({Role.PROVIDER, Role.OFFICE}), "Art. 29"),
}


def permit(command: Command, actor: Actor) -> None:
    """Raise RefusedError unless the actor's role may give the command."""
    roles, article = ALLOWED[command]
    if actor.role not in roles:
        names = " or ".join(sorted(roles))
        raise RefusedError(
            f"{actor.role} may not {command}", rule=article, detail=f"role needed: {names}", hint=f"--as {names}"
        )
