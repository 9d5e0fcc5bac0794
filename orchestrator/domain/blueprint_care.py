"""What operations has to know of a kind of environment: signs of health, databases, hooks, software (Art. 30, 39)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from orchestrator.domain.model import Model
from orchestrator.domain.names import RoleName

OWN_URL: Final = r"^(https?://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?(/[!-~]{0,200})?)?$"
"""An address on the host itself; what follows the name is a port or a path, so it is no other host's name."""


class HealthCheck(Model):
    """One sign of health of the hosts of a role; exactly one of the three is set.

    Attributes:
        unit: A systemd unit that is active.
        port: A TCP port of the host itself that takes connections.
        url: An address on the host itself that answers with a status below 400, for instance ``http://localhost/``.
    """

    unit: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_.@-]{0,100}$")] = ""
    port: Annotated[int, Field(strict=True, ge=0, le=65535)] = 0
    url: Annotated[str, StringConstraints(pattern=OWN_URL)] = ""

    @model_validator(mode="after")
    def _one_sign(self) -> Self:
        if sum(map(bool, (self.unit, self.port, self.url))) != 1:
            raise ValueError("a health check names one of unit, port and url")
        return self


class DatabaseEngine(StrEnum):
    """Databases that are dumped to files before a backup."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"


class Hooks(Model):
    """Shell commands of the application around a backup, as root on each host of the role.

    Attributes:
        before: Runs first; a failure means that no backup is made.
        after: Runs whatever happened.
    """

    before: Annotated[str, StringConstraints(max_length=1000)] = ""
    after: Annotated[str, StringConstraints(max_length=1000)] = ""


class RoleCare(Model):
    """What operations has to know of the hosts of one role.

    Attributes:
        health: Signs by which a host counts as healthy after it was patched, beside SSH.
        databases: Databases on it that are dumped before a backup, where they are installed.
        hooks: Commands around a backup.
        packages: Shell patterns of packages that the provider's own jobs may install there (Art. 39).
        ports: TCP and UDP ports that may listen beyond those of the flows, loopback not counted.
    """

    health: tuple[HealthCheck, ...] = ()
    databases: tuple[DatabaseEngine, ...] = ()
    hooks: Hooks = Hooks()
    packages: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9*?.+:_@-]{1,80}$")], ...] = ()
    ports: tuple[Annotated[int, Field(strict=True, ge=1, le=65535)], ...] = ()


Day = Annotated[int, Field(strict=True, ge=1, le=7)]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PatchHours(Model):
    """When environments of a kind are patched, where the rulebook's window does not fit.

    Attributes:
        days: Days on which it begins, 1 is Monday.
        begins: ``HH:MM``, Asia/Shanghai.
        ends: ``HH:MM``, exclusive; not after ``begins`` means on the following day.
    """

    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7)]
    begins: ClockTime
    ends: ClockTime


class BlueprintCare(Model):
    """What operations does for environments of this kind beyond what the rulebook says for all.

    Attributes:
        roles: By role; a role that is not named has nothing of its own.
        backup_every_hours: The backups' rhythm where the rulebook's is too slow.
        backups_kept: How many backups are kept where the rulebook's number is not right.
        patch_window: When they are patched, instead of the rulebook's window.
    """

    roles: dict[RoleName, RoleCare] = Field(default_factory=dict)
    backup_every_hours: Annotated[int, Field(strict=True, ge=1, le=24 * 31)] | None = None
    backups_kept: Annotated[int, Field(strict=True, ge=1, le=400)] | None = None
    patch_window: PatchHours | None = None

    def of(self, role: str) -> RoleCare:
        """Give what is known of a role."""
        return self.roles.get(role, RoleCare())
