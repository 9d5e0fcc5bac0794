"""What a person or the approval system asks for, before any rule has looked at it.

A :class:`Submission` is the document of every door: YAML in git and at the command line, JSON at the hook. It is
valid by itself; whether it may be granted is said by :func:`orchestrator.domain.rulebook.admit` and
:func:`orchestrator.domain.blueprint.resolve`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from orchestrator.domain.addresses import OpenSshPublicKey, SourceRange, read_network
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.faults import Fault, SchemaRule, faults_of, refuse
from orchestrator.domain.model import Model
from orchestrator.domain.names import RoleName, Stage, SystemId, UnitId, VolumeName, environment_name
from orchestrator.domain.records import Kind, Material
from orchestrator.domain.spec import NetworkSpec

STAGE_OF_KIND = {
    Kind.TEST: Stage.TEST,
    Kind.EXTEND: Stage.TEST,
    Kind.TRIAL: Stage.TRIAL,
    Kind.PRODUCTION: Stage.PRODUCTION,
}
"""Kinds that say their stage; the others must name it, so that nobody ends the wrong environment by a default."""

KINDS_WITH_WISH = frozenset({Kind.TEST, Kind.TRIAL, Kind.CHANGE})
"""Kinds that describe an environment; production promotes the trial environment as it stands (Art. 14)."""


class NetworkWish(NetworkSpec):
    """The environment's own network.

    Attributes:
        cidr: Private address range of the environment, /16 to /28; ranges of different environments may be equal.
        external_network: Name of the cloud's network that floating addresses come from.
        dns: Resolvers of the hosts; the cloud's own when empty.
    """

    @field_validator("cidr", mode="before")
    @classmethod
    def _named_faults(cls, value: object) -> object:
        return read_network(value)


class RoleWish(Model):
    """What differs from the blueprint for one role; what is left out stays as the blueprint has it.

    Attributes:
        count: How many equal hosts.
        flavor: Name of a flavor that the blueprint permits.
        volumes: Size in GiB by the name of one of the blueprint's volumes.
    """

    count: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    flavor: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    volumes: dict[VolumeName, Annotated[int, Field(strict=True, ge=1, le=16384)]] = Field(default_factory=dict)


class Wish(Model):
    """The environment that is asked for.

    Attributes:
        blueprint: Name of a file in templates/blueprints.
        network: The environment's network.
        roles: Differences from the blueprint, by role.
        access_from: Address ranges that may reach the bastion (and the services that the blueprint opens to users).
        emergency_public_key: OpenSSH public key whose private half the office keeps for emergencies (Art. 36).
    """

    blueprint: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    network: NetworkWish
    roles: dict[RoleName, RoleWish] = Field(default_factory=dict)
    access_from: Annotated[tuple[SourceRange, ...], Field(min_length=1, max_length=32)]
    emergency_public_key: OpenSshPublicKey = ""


class Submission(Model):
    """One request as it is written down.

    Attributes:
        kind: What is asked for.
        unit: Id of the unit that owns the system.
        system: Id of the application system, unique within its unit.
        unit_name: The unit's name as people read it.
        system_name: The system's name as people read it.
        reason: Why; stands in the record and on the pages.
        stage: The environment's stage. Said by the kinds test, extend, trial and production; named by the others.
        classified: Whether the system handles classified information (涉密); such systems stay outside (Art. 2, 4).
        mlps: Self-graded level of the multi-level protection scheme (等级保护), 1 to 5.
        material: The documents that the application carries (Art. 11), by reference and digest.
        environment: What is wanted; for the kinds test, trial and change.
        days: By how many calendar days a test period is to be longer (Art. 13); for the kind extend.
    """

    kind: Kind
    unit: UnitId
    system: SystemId
    unit_name: Annotated[str, StringConstraints(max_length=100)] = ""
    system_name: Annotated[str, StringConstraints(max_length=100)] = ""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    stage: Stage = Stage.TEST
    classified: Annotated[bool, Field(strict=True)] = False
    mlps: Annotated[int, Field(strict=True, ge=1, le=5)] | None = None
    material: Annotated[tuple[Material, ...], Field(max_length=50)] = ()
    environment: Wish | None = None
    days: Annotated[int, Field(strict=True, ge=1, le=365)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _stage_by_kind(cls, data: object) -> object:
        if not isinstance(data, dict) or data.get("stage") is not None:
            return data
        stage = STAGE_OF_KIND.get(data["kind"]) if data.get("kind") in set(Kind) else None
        return data if stage is None else {**data, "stage": stage}

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        faults = (*self._stage_faults(), *self._wish_faults(), *self._days_faults())
        if faults:
            refuse(*faults)
        return self

    def _stage_faults(self) -> tuple[Fault, ...]:
        if "stage" not in self.model_fields_set:
            summary = f"field 'stage' is missing: {self.kind} needs it (test, trial or production)"
            return (Fault(SchemaRule.MISSING, ("stage",), summary),)
        expected = STAGE_OF_KIND.get(self.kind, self.stage)
        if self.stage is not expected:
            return (Fault(SchemaRule.VALUE, ("stage",), f"kind {self.kind} is about stage {expected}"),)
        return ()

    def _wish_faults(self) -> tuple[Fault, ...]:
        if self.kind in KINDS_WITH_WISH:
            wanted = ("environment", "classified", "mlps")
            missing = [name for name in wanted if name not in self.model_fields_set or getattr(self, name) is None]
            summary = "field {!r} is missing: kind {} needs it"
            return tuple(Fault(SchemaRule.MISSING, (name,), summary.format(name, self.kind)) for name in missing)
        if self.environment is not None:
            return (Fault(SchemaRule.NOT_HERE, ("environment",), f"kind {self.kind} describes no environment"),)
        return ()

    def _days_faults(self) -> tuple[Fault, ...]:
        if self.kind is Kind.EXTEND and self.days is None:
            return (Fault(SchemaRule.MISSING, ("days",), "field 'days' is missing: kind extend needs it"),)
        if self.kind is not Kind.EXTEND and self.days is not None:
            return (Fault(SchemaRule.NOT_HERE, ("days",), f"kind {self.kind} has no days"),)
        return ()

    @property
    def environment_name(self) -> str:
        """Name of the environment that the request is about."""
        return environment_name(self.unit, self.system, self.stage)

    @property
    def content(self) -> dict[str, Any]:
        """The content as it goes on record: JSON values, without fields that are not set."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def digest(self) -> str:
        """SHA-256 over the content in canonical JSON (sorted keys, no spaces, UTF-8): what an approval binds to."""
        canonical = json.dumps(self.content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def submission_from_data(data: object) -> Submission:
    """Read a submission from parsed JSON; raises BadInputError with field and rule of every fault."""
    try:
        return Submission.model_validate(data)
    except ValidationError as error:
        diagnostics = tuple(fault.diagnostic for fault in faults_of(error, Submission))
        raise BadInputError(diagnostics[0].summary, diagnostics=diagnostics) from None
