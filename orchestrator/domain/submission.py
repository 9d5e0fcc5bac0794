"""What a person or the approval system asks for, before any rule has looked at it.

A :class:`Submission` is the document of every door: YAML in git and at the command line, JSON at the hook. It is
valid by itself; whether it may be granted is said by :func:`orchestrator.domain.rulebook.admit` and
:func:`orchestrator.domain.blueprint.resolve`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from ipaddress import IPv4Network
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from orchestrator.domain.addresses import NETWORK_RULE, Address, OpenSshPublicKey, SourceRange, read_network
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.faults import Fault, SchemaRule, faults_of, refuse, value_message
from orchestrator.domain.model import Model
from orchestrator.domain.names import RoleName, Stage, SystemId, UnitId, VolumeName, environment_name
from orchestrator.domain.records import Kind, Material, Severity
from orchestrator.domain.spec import NetworkSpec
from orchestrator.domain.texts import Line, Lines

STAGE_OF_KIND: Mapping[str, Stage] = {
    Kind.TEST: Stage.TEST,
    Kind.EXTEND: Stage.TEST,
    Kind.TRIAL: Stage.TRIAL,
    Kind.PRODUCTION: Stage.PRODUCTION,
}
"""Kinds that say their stage; the others must name it, so that nobody ends the wrong environment by a default."""

ExternalNetwork = Annotated[Line, StringConstraints(min_length=1, max_length=128)]

Classified = Annotated[bool, Field(strict=True)]
MlpsLevel = Annotated[int, Field(strict=True, ge=1, le=5, examples=[2])]

FIELDS_OF_KINDS: Mapping[str, frozenset[Kind]] = {
    "oversize_reason": frozenset({Kind.TEST, Kind.TRIAL, Kind.CHANGE}),
    "not_before": frozenset({Kind.CHANGE}),
    "severity": frozenset({Kind.SUSPEND}),
    "fix_by": frozenset({Kind.SUSPEND}),
}
"""Fields that only some kinds have."""

KINDS_WITH_WISH = frozenset({Kind.TEST, Kind.TRIAL, Kind.CHANGE})
"""Kinds that describe an environment; production promotes the trial environment as it stands (Art. 14)."""


class NetworkWish(NetworkSpec):
    """The environment's own network."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    cidr: Annotated[IPv4Network, Field(examples=["10.20.0.0/24"])]
    """Private address range of the environment, /16 to /28; ranges of different environments may be equal."""

    external_network: ExternalNetwork = "public"
    """Name of the cloud's network that floating addresses come from."""

    dns: tuple[Address, ...] = ()
    """Resolvers of the hosts; the cloud's own when empty."""

    @field_validator("cidr", mode="before")
    @classmethod
    def _named_faults(cls, value: object) -> object:
        network = read_network(value)
        try:
            NetworkSpec.model_validate({"cidr": network})
        except ValidationError as error:
            refuse(Fault(NETWORK_RULE, (), value_message(error.errors()[0])))
        return network


class RoleWish(Model):
    """What differs from the blueprint for one role; what is left out stays as the blueprint has it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    count: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    """How many equal hosts."""

    flavor: Annotated[Line, StringConstraints(min_length=1, max_length=64), Field(examples=["m1.tiny"])] | None = None
    """Name of a flavor that the blueprint permits."""

    volumes: dict[VolumeName, Annotated[int, Field(strict=True, ge=1, le=16384)]] = Field(
        default_factory=dict, examples=[{"data": 20}]
    )
    """Size in GiB by the name of one of the blueprint's volumes."""


class Wish(Model):
    """The environment that is asked for."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    blueprint: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$"), Field(examples=["single-host"])]
    """Name of a file in templates/blueprints."""

    network: NetworkWish
    """The environment's network."""

    roles: dict[RoleName, RoleWish] = Field(default_factory=dict)
    """Differences from the blueprint, by role."""

    access_from: Annotated[tuple[SourceRange, ...], Field(min_length=1, max_length=32, examples=[["198.51.100.0/24"]])]
    """Address ranges that may reach the bastion, and the services that the blueprint opens to users."""

    emergency_public_key: OpenSshPublicKey = ""
    """OpenSSH public key whose private half the office keeps for emergencies (Art. 36)."""


class Application(Model):
    """What every document about a system says: whose it is, why, and what is handed in for it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    unit: Annotated[UnitId, Field(examples=["archives"])]
    """Id of the unit that owns the system."""

    system: Annotated[SystemId, Field(examples=["catalogue"])]
    """Id of the application system, unique within its unit."""

    unit_name: Annotated[Line, StringConstraints(max_length=100), Field(examples=["市档案馆"])] = ""
    """The unit's name as people read it."""

    system_name: Annotated[Line, StringConstraints(max_length=100), Field(examples=["档案目录检索系统"])] = ""
    """The system's name as people read it."""

    reason: Annotated[Lines, StringConstraints(min_length=1, max_length=2000)]
    """Why; stands in the record and on the pages."""

    material: Annotated[tuple[Material, ...], Field(max_length=50)] = ()
    """The documents that the application carries (Art. 11), by reference and digest."""

    oversize_reason: Annotated[Lines, StringConstraints(max_length=2000)] = ""
    """Why the system needs more than the blueprint's envelope; the office decides (Art. 14)."""


class Submission(Application):
    """One request as it is written down."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="Tenure request")

    kind: Kind
    """What is asked for."""

    stage: Stage = Stage.TEST
    """The environment's stage. Said by the kinds test, extend, trial and production; the others must name it."""

    classified: Classified = False
    """Whether the system handles classified information (涉密); such systems stay outside (Art. 2, 4)."""

    mlps: MlpsLevel | None = None
    """Self-graded level of the multi-level protection scheme (等级保护), 1 to 5."""

    environment: Wish | None = None
    """What is wanted; for the kinds test, trial and change."""

    days: Annotated[int, Field(strict=True, ge=1, le=365)] | None = None
    """By how many calendar days a test period is to be longer (Art. 13); for the kind extend."""

    not_before: AwareDatetime | None = None
    """When a change may be carried out at the earliest; it begins inside the next change window (Art. 15)."""

    severity: Severity | None = None
    """How dangerous the finding is (Art. 37); for the kind suspend."""

    fix_by: date | None = None
    """The day by whose end a low risk is to be fixed (Art. 37); the rulebook's period when it is left out."""

    @model_validator(mode="before")
    @classmethod
    def _stage_by_kind(cls, data: object) -> object:
        if not isinstance(data, dict) or data.get("stage") is not None:
            return data
        kind = data.get("kind")
        stage = STAGE_OF_KIND.get(kind) if isinstance(kind, str) else None
        return data if stage is None else {**data, "stage": stage}

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        faults = (*self._stage_faults(), *self._wish_faults(), *self._days_faults(), *self._own_faults())
        if faults:
            refuse(*faults)
        return self

    def _stage_faults(self) -> tuple[Fault, ...]:
        if "stage" not in self.model_fields_set:
            summary = f"field 'stage' is missing: {self.kind} needs it (test, trial or production)"
            return (Fault(SchemaRule.MISSING, ("stage",), summary),)
        if self.stage is Stage.DRILL:
            summary = "nobody asks for a drill's environment: drills make and remove it themselves"
            return (Fault(SchemaRule.VALUE, ("stage",), summary),)
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

    def _own_faults(self) -> Iterator[Fault]:
        if self.kind is Kind.SUSPEND and self.severity is None:
            yield Fault(SchemaRule.MISSING, ("severity",), "field 'severity' is missing: kind suspend needs it")
        for name, kinds in FIELDS_OF_KINDS.items():
            if self.kind not in kinds and getattr(self, name):
                yield Fault(SchemaRule.NOT_HERE, (name,), f"kind {self.kind} has no {name}")
        if self.fix_by is not None and self.severity is Severity.HIGH:
            yield Fault(SchemaRule.NOT_HERE, ("fix_by",), "a high risk is suspended at once, it has no day")

    @property
    def environment_name(self) -> str:
        """Name of the environment that the request is about."""
        return environment_name(self.unit, self.system, self.stage)

    @property
    def content(self) -> dict[str, Any]:
        """The content as it goes on record: JSON values, without fields that are not set."""
        return self.model_dump(mode="json", exclude_none=True, exclude=self._unset)

    @property
    def _unset(self) -> set[str]:
        return {name for name in FIELDS_OF_KINDS if not getattr(self, name)}

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
