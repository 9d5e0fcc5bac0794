"""What people do about entering hosts, for histories at random (Art. 36): a wish, its approvals, entries, its end."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Final

from orchestrator.domain.records import Actor, Grant, Role
from orchestrator.workflows import access
from orchestrator.workflows.context import Ports
from tests.fakes.installation import OFFICE, PROVIDER, UNIT

ENGINEER: Final = Actor(name="qian", role=Role.PROVIDER, door="cli")
MINUTES: Final = 60
SERIALS = itertools.count(1)

type Step = Callable[[Ports, str, datetime], object]
"""Does something about an environment at an instant of real time; much of it is refused, and must change nothing."""


def ask(ports: Ports, name: str, now: datetime) -> Grant:
    """Somebody wants to enter."""
    return access.ask(ports, name, (), MINUTES, "the disk is full", ENGINEER, now)


def let_in(ports: Ports, name: str, now: datetime) -> None:
    """Somebody wants to enter, both sides agree, and he enters."""
    asked = ask(ports, name, now)
    access.approve(ports, asked.id, UNIT, now)
    access.approve(ports, asked.id, OFFICE, now)
    enter(ports, name, now)


def enter(ports: Ports, name: str, now: datetime) -> None:
    """A certificate is issued by a grant in force."""
    grant = access.entering(ports, name, ENGINEER.name, "", now)
    with ports.records.transaction() as tx:
        access.keep_serial(tx, grant.id, next(SERIALS), now)


def let_in_and_revoke(ports: Ports, name: str, now: datetime) -> None:
    """Somebody enters, and his right is taken back at once."""
    let_in(ports, name, now)
    STEPS["revoke"](ports, name, now)


def about_newest(step: Callable[[Ports, Grant, datetime], object]) -> Step:
    """Do something about the newest grant of an environment, whatever its state."""

    def about(ports: Ports, name: str, now: datetime) -> None:
        with ports.records.read() as tx:
            found = tx.grants.list(environment=name, limit=1)
        for grant in found:
            step(ports, grant, now)

    return about


STEPS: Final[dict[str, Step]] = {
    "ask": ask,
    "let-in": let_in,
    "let-in-and-revoke": let_in_and_revoke,
    "enter": enter,
    "approve-unit": about_newest(lambda ports, grant, now: access.approve(ports, grant.id, UNIT, now)),
    "approve-office": about_newest(lambda ports, grant, now: access.approve(ports, grant.id, OFFICE, now)),
    "approve-own": about_newest(
        lambda ports, grant, now: access.approve(
            ports, grant.id, grant.person.model_copy(update={"role": Role.UNIT}), now
        )
    ),
    "refuse": about_newest(lambda ports, grant, now: access.refuse(ports, grant.id, "no", OFFICE, now)),
    "withdraw": about_newest(lambda ports, grant, now: access.refuse(ports, grant.id, "", grant.person, now)),
    "revoke": about_newest(lambda ports, grant, now: access.revoke(ports, grant.id, "left", OFFICE, now)),
    "look-in": lambda ports, name, _: access.look_in(ports, name, PROVIDER),
}
