"""Rights to enter hosts: standing authorisations for kinds of jobs, and grants for people (Art. 36)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestrator.domain.lifecycle import GrantState
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName, RoleName
from orchestrator.domain.records.people import Actor


class JobKind(StrEnum):
    """Kinds of jobs that enter hosts; each needs a standing authorisation of office and unit (Art. 36)."""

    BOOTSTRAP = "bootstrap"
    PATCH = "patch"
    BACKUP = "backup"
    RESTORE = "restore"
    VERIFY = "verify"
    DRILL = "drill"
    SURVEY = "survey"
    ACCESS = "access"
    """Revocation lists brought to the hosts, and the bastion's session log read."""


class Authorisation(Model):
    """A standing authorisation: jobs of these kinds may enter the hosts of one life of an environment.

    Attributes:
        id: ``auth-`` and a sortable unique part.
        subject: Subject of the environment's life, ``<name>@<request>``.
        by_unit: Who of the unit agreed; ``None`` until somebody did. The same holds for the office.
        revoked_at: From when on it is no right any more.
    """

    id: str
    environment: EnvironmentName
    subject: str
    jobs: Annotated[tuple[JobKind, ...], Field(min_length=1)]
    reason: str
    at: datetime
    by_unit: Actor | None = None
    by_office: Actor | None = None
    revoked_at: datetime | None = None
    revoked_by: Actor | None = None

    @property
    def in_force(self) -> bool:
        """Whether both agreed and nobody revoked it."""
        return self.by_unit is not None and self.by_office is not None and self.revoked_at is None


class Grant(Model):
    """A person's time-boxed right to enter hosts. Instants are real time: certificates follow no driven clock.

    Attributes:
        id: ``gr-`` and a sortable unique part.
        person: Who wants to enter.
        roles: Hosts of these roles; empty means all of the environment.
        minutes: How long it is valid from the moment that both approved.
        until: The end of its time; ``None`` before it was granted.
        serials: Serial numbers of the certificates that were issued for it.
    """

    id: str
    environment: EnvironmentName
    subject: str
    person: Actor
    roles: tuple[RoleName, ...] = ()
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    minutes: Annotated[int, Field(ge=1)]
    state: GrantState
    asked_at: datetime
    by_unit: Actor | None = None
    by_office: Actor | None = None
    granted_at: datetime | None = None
    until: datetime | None = None
    serials: tuple[int, ...] = ()
    ended_at: datetime | None = None
    ended_by: Actor | None = None
    ended_why: str = ""
