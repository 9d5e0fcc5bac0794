"""Which role may give which command (RULES.md, "Who"), and four eyes: nobody decides on what he asked for."""

from __future__ import annotations

from enum import StrEnum

from orchestrator.domain.errors import RefusedError
from orchestrator.domain.records import Actor, Request, Role


class Command(StrEnum):
    """Commands that change something."""

    SUBMIT = "submit a request"
    REPORT = "ask for a suspension or its end"
    ACCEPT = "accept a request"
    REJECT = "reject a request"
    REVIEW = "review a request"
    ASK = "ask the unit for more"
    SUPPLY = "answer what the office asked for"
    WITHDRAW = "withdraw a request"
    WAIVE = "pass a gate without its evidence"
    CONFIRM_OFFLINE = "confirm that the system is offline"
    CONFIRM_TESTS = "confirm that the tests were passed"
    EVALUATE = "evaluate a test"
    CONFIRM_FIXED = "confirm that a finding is fixed"
    ATTACH = "attach material to a request"
    READ_MATERIAL = "read the material of a request"
    HOLD = "hold further resources of a system"
    LIFT = "lift a hold"
    RELEASE = "release a final backup"
    TERMINATE = "terminate an environment"
    RETRY = "retry an operation"
    CANCEL = "cancel an operation"
    BOOTSTRAP = "bring hosts to their baseline"
    PATCH = "patch an environment"
    EXCLUDE = "exclude a package from patching"
    SET_WINDOW = "set the patch window of an environment"
    BACK_UP = "back up an environment"
    CHECK = "check the stored backups"
    RESTORE = "restore an environment"
    VERIFY = "verify a backup"
    DRILL = "run a drill"
    SURVEY = "survey an environment's software"
    ASK_ACCESS = "ask to enter hosts"
    APPROVE_ACCESS = "approve that somebody enters hosts"
    REVOKE_ACCESS = "revoke a right to enter hosts"
    AUTHORISE = "authorise jobs"
    READ_SESSIONS = "read the sessions of hosts"
    VOUCH = "vouch for the key of a host"
    LOOK_FOR_DRIFT = "compare the cloud with the record"
    SUPPRESS_DRIFT = "leave a drift alone"
    MEND_DRIFT = "mend a drift"
    READ_BACKUP_KEY = "read the key of an environment's backups"


OFFICE = frozenset({Role.OFFICE})
UNIT_SIDE = frozenset({Role.UNIT, Role.OFFICE})
OPERATORS = frozenset({Role.PROVIDER, Role.SYSTEM})
READERS = frozenset(Role) - {Role.SYSTEM}

ALLOWED: dict[Command, tuple[frozenset[Role], str]] = {
    Command.SUBMIT: (UNIT_SIDE, "Art. 11"),
    Command.REPORT: (frozenset({Role.UNIT, Role.OFFICE, Role.PROVIDER, Role.SYSTEM}), "Art. 37"),
    Command.ACCEPT: (OFFICE, "Art. 12"),
    Command.REJECT: (OFFICE, "Art. 12"),
    Command.REVIEW: (OFFICE, "Art. 12"),
    Command.ASK: (OFFICE, "Art. 11"),
    Command.SUPPLY: (UNIT_SIDE, "Art. 11"),
    Command.WITHDRAW: (UNIT_SIDE, "Art. 11"),
    Command.WAIVE: (OFFICE, "Art. 11"),
    Command.CONFIRM_OFFLINE: (frozenset({Role.UNIT}), "Art. 16"),
    Command.CONFIRM_TESTS: (OFFICE, "Art. 15"),
    Command.EVALUATE: (OFFICE, "Art. 21"),
    Command.CONFIRM_FIXED: (OFFICE, "Art. 37"),
    Command.ATTACH: (UNIT_SIDE, "Art. 11"),
    Command.READ_MATERIAL: (READERS, "Art. 11"),
    Command.HOLD: (OFFICE, "Art. 46"),
    Command.LIFT: (OFFICE, "Art. 46"),
    Command.RELEASE: (OFFICE, "Art. 16"),
    Command.TERMINATE: (UNIT_SIDE, "Art. 16"),
    Command.RETRY: (frozenset({Role.PROVIDER, Role.OFFICE, Role.SYSTEM}), "Art. 29"),
    Command.CANCEL: (frozenset({Role.PROVIDER, Role.OFFICE}), "Art. 29"),
    Command.BOOTSTRAP: (OPERATORS, "Art. 30"),
    Command.PATCH: (OPERATORS, "Art. 30, 32"),
    Command.EXCLUDE: (OPERATORS, "Art. 30, 32"),
    Command.SET_WINDOW: (frozenset({Role.PROVIDER, Role.OFFICE}), "Art. 30, 32"),
    Command.BACK_UP: (OPERATORS, "Art. 30"),
    Command.CHECK: (OPERATORS, "Art. 30"),
    Command.RESTORE: (OPERATORS, "Art. 30"),
    Command.VERIFY: (OPERATORS, "Art. 30"),
    Command.DRILL: (OPERATORS, "Art. 44"),
    Command.SURVEY: (OPERATORS, "Art. 39"),
    Command.ASK_ACCESS: (frozenset({Role.PROVIDER, Role.UNIT, Role.OFFICE}), "Art. 36"),
    Command.APPROVE_ACCESS: (UNIT_SIDE, "Art. 36"),
    Command.REVOKE_ACCESS: (UNIT_SIDE, "Art. 36"),
    Command.AUTHORISE: (UNIT_SIDE, "Art. 36"),
    Command.READ_SESSIONS: (frozenset(Role), "Art. 36"),
    Command.VOUCH: (OPERATORS, "Art. 36"),
    Command.LOOK_FOR_DRIFT: (OPERATORS, "Art. 29"),
    Command.SUPPRESS_DRIFT: (frozenset({Role.PROVIDER, Role.OFFICE}), "Art. 29"),
    Command.MEND_DRIFT: (OPERATORS, "Art. 29"),
    Command.READ_BACKUP_KEY: (OFFICE, "Art. 36"),
}


def permit(command: Command, actor: Actor) -> None:
    """Raise RefusedError unless the actor's role may give the command."""
    roles, article = ALLOWED[command]
    if actor.role not in roles:
        names = " or ".join(sorted(roles))
        raise RefusedError(
            f"{actor.role} may not {command}", rule=article, detail=f"role needed: {names}", hint=f"--as {names}"
        )


def four_eyes(request: Request, actor: Actor) -> None:
    """Raise RefusedError when somebody decides on what he asked for himself (policy; docs/rules.md)."""
    if actor.name == request.submitted_by.name:
        raise RefusedError(
            f"{actor.name} asked for {request.id} and cannot decide on it",
            rule="four eyes",
            detail="nobody approves what he asked for himself",
            hint="another person of the office decides; at the command line: tenure --by NAME …, or TENURE_ACTOR",
        )
