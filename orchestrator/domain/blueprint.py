"""What an environment is made of before a wish has chosen sizes; the envelope says how far a wish may go.

A blueprint is a file of templates/blueprints. :func:`resolve` turns a wish and a blueprint into the one
:class:`EnvironmentSpec` that everything later is a function of, or says everything that is wrong with the wish.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from orchestrator.domain.addresses import NETWORK_RULE
from orchestrator.domain.blueprint_care import BlueprintCare
from orchestrator.domain.errors import BadInputError, Diagnostic, RefusedError
from orchestrator.domain.faults import Fault, SchemaRule, refuse
from orchestrator.domain.flows import ACCESS, REFERENCE_RULE, FlowRule
from orchestrator.domain.model import Model
from orchestrator.domain.names import RoleName, VolumeName
from orchestrator.domain.spec import (
    RESERVED_ADDRESSES,
    AccessSpec,
    EnvironmentSpec,
    FlavorSize,
    Flow,
    HostRole,
    NetworkSpec,
    Totals,
    VolumeSpec,
)
from orchestrator.domain.submission import RoleWish, Submission, Wish

BLUEPRINT_RULE = "blueprint"
"""A wish names a role or a volume that its blueprint does not have."""

ENVELOPE_RULE = "envelope"

FlavorName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Count = Annotated[int, Field(strict=True, ge=1, le=100)]
Gib = Annotated[int, Field(strict=True, ge=1, le=16384)]


class Title(Model):
    """A name for people, in both languages."""

    zh: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=80)]


class BlueprintVolume(Model):
    """A data volume of every host of a role: its usual size, its largest size (GiB), and where it is mounted."""

    size_gib: Gib
    max_gib: Gib
    mount: Annotated[str, StringConstraints(pattern=r"^/[a-z0-9/_-]{1,60}$")]


class CountRange(Model):
    """How many hosts a role may have, both ends included."""

    min: Count
    max: Count


class RoleEnvelope(Model):
    """How far a wish may go for one role."""

    count: CountRange
    flavors: Annotated[tuple[FlavorName, ...], Field(min_length=1)]


class BlueprintRole(Model):
    """Hosts of one kind, as they are when the wish says nothing."""

    count: Count
    flavor: FlavorName
    image: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    volumes: dict[VolumeName, BlueprintVolume] = Field(default_factory=dict)
    anti_affinity: bool = False
    envelope: RoleEnvelope


class Envelope(Model):
    """How much one environment may take in all."""

    vcpus: Annotated[int, Field(strict=True, ge=1)]
    ram_mib: Annotated[int, Field(strict=True, ge=64)]
    volume_gib: Annotated[int, Field(strict=True, ge=0)]


class Blueprint(Model):
    """One kind of environment.

    Attributes:
        flavors: What each permitted flavor gives; the plan compares it with the cloud.
        roles: The hosts by role.
        bastion: The role that has the floating address.
        flows: Everything that may pass; what is not declared stays closed.
        container: Whether the environment has an object container where the cloud has object storage.
        envelope: Upper bounds over all roles.
        care: What operations does for its hosts.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    version: Annotated[int, Field(strict=True, ge=1)]
    title: Title
    flavors: Annotated[dict[FlavorName, FlavorSize], Field(min_length=1)]
    roles: Annotated[dict[RoleName, BlueprintRole], Field(min_length=1, max_length=16)]
    bastion: RoleName
    flows: tuple[FlowRule, ...]
    container: bool = False
    envelope: Envelope
    care: BlueprintCare = BlueprintCare()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = tuple(self._faults())
        if faults:
            refuse(*faults)
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.bastion not in self.roles:
            yield Fault(REFERENCE_RULE, ("bastion",), f"there is no role {self.bastion!r}")
        if ACCESS in self.roles:
            yield Fault(SchemaRule.KEY, ("roles", ACCESS), f"{ACCESS!r} stands for the wish's ranges, no role has it")
        strangers = [name for name in self.care.roles if name not in self.roles]
        yield from (Fault(REFERENCE_RULE, ("care", "roles", name), f"there is no role {name!r}") for name in strangers)
        for name, role in self.roles.items():
            for index, flavor in enumerate(role.envelope.flavors):
                if flavor not in self.flavors:
                    path = ("roles", name, "envelope", "flavors", index)
                    yield Fault(REFERENCE_RULE, path, f"flavors has no {flavor!r}")
            for breach in _role_breaches(name, role, RoleWish()):
                yield Fault(ENVELOPE_RULE, ("roles", name, *breach.path), breach.summary)
        for index, flow in enumerate(self.flows):
            for fault in flow.faults(self.roles):
                yield Fault(fault.rule, ("flows", index, *fault.path), fault.summary)

    def expand_flows(self, wish: Wish) -> tuple[Flow, ...]:
        """Give every flow that is permitted for one wish, each once, in a stable order."""
        flows = (flow for rule in self.flows for flow in rule.expand(self.roles, wish.access_from))
        return tuple({flow.key: flow for flow in flows}.values())


@dataclass(frozen=True)
class _Breach:
    path: tuple[str, ...]
    summary: str
    detail: str


def resolve(
    submission: Submission, blueprint: Blueprint, *, request_id: str, ca_public_key: str = ""
) -> EnvironmentSpec:
    """Turn a wish and a blueprint into the specification of one environment.

    Raises BadInputError for what the blueprint does not have (a role, a volume) and for a network without room,
    RefusedError for sizes over the envelope unless the submission gives its reason for them, which the office then
    decides on (Art. 14, :func:`oversize`); both tell every fault that was found.
    """
    wish = submission.environment
    if wish is None:
        raise BadInputError("the request describes no environment", field="environment", rule=SchemaRule.MISSING)
    unknown = tuple(_unknown_names(wish, blueprint))
    breaches = tuple(_role_diagnostics(wish, blueprint))
    if unknown:
        raise BadInputError(unknown[0].summary, diagnostics=(*unknown, *breaches))
    impossible = tuple(_impossible_flavors(wish, blueprint))
    refused = impossible if submission.oversize_reason else breaches
    if refused:
        raise RefusedError(refused[0].summary, diagnostics=refused)
    roles = tuple(_host_role(name, blueprint, wish.roles.get(name, RoleWish())) for name in blueprint.roles)
    _check_room(roles, wish)
    spec = EnvironmentSpec(
        unit=submission.unit,
        system=submission.system,
        stage=submission.stage,
        request=request_id,
        blueprint=blueprint.name,
        unit_name=submission.unit_name,
        system_name=submission.system_name,
        network=NetworkSpec(**dict(wish.network)),
        roles=roles,
        bastion=blueprint.bastion,
        flows=blueprint.expand_flows(wish),
        container=blueprint.container,
        access=AccessSpec(ca_public_key=ca_public_key, emergency_public_key=wish.emergency_public_key),
    )
    excess = tuple(_excess(spec.totals, blueprint))
    if excess and not submission.oversize_reason:
        raise RefusedError(excess[0].summary, diagnostics=excess)
    return spec


def oversize(submission: Submission, blueprint: Blueprint, spec: EnvironmentSpec) -> tuple[str, ...]:
    """Give everything that a wish has outside the blueprint's envelope, in sentences (Art. 14)."""
    wish = submission.environment
    breaches = () if wish is None else tuple(_role_diagnostics(wish, blueprint))
    return tuple(breach.summary for breach in (*breaches, *_excess(spec.totals, blueprint)))


def _unknown_names(wish: Wish, blueprint: Blueprint) -> Iterator[Diagnostic]:
    for name, role in wish.roles.items():
        if name not in blueprint.roles:
            summary = f"blueprint {blueprint.name} has no role {name!r}"
            yield _diagnostic(BLUEPRINT_RULE, f"environment.roles.{name}", summary, _there_is(blueprint.roles))
            continue
        volumes = blueprint.roles[name].volumes
        for volume in role.volumes:
            if volume not in volumes:
                summary = f"role {name} of blueprint {blueprint.name} has no volume {volume!r}"
                field = f"environment.roles.{name}.volumes.{volume}"
                yield _diagnostic(BLUEPRINT_RULE, field, summary, _there_is(volumes))


def _there_is(names: dict[str, BlueprintRole] | dict[str, BlueprintVolume]) -> str:
    return f"there is: {', '.join(names) or 'none'}"


def _role_diagnostics(wish: Wish, blueprint: Blueprint) -> Iterator[Diagnostic]:
    for name, role in wish.roles.items():
        if name in blueprint.roles:
            for breach in _role_breaches(name, blueprint.roles[name], role):
                field = ".".join(("environment", "roles", name, *breach.path))
                yield _diagnostic(ENVELOPE_RULE, field, breach.summary, breach.detail)


def _role_breaches(name: str, role: BlueprintRole, wish: RoleWish) -> Iterator[_Breach]:
    allowed, count, flavor = role.envelope, wish.count or role.count, wish.flavor or role.flavor
    if not allowed.count.min <= count <= allowed.count.max:
        bounds = f"permitted are {allowed.count.min} to {allowed.count.max}"
        yield _Breach(("count",), f"{count} hosts of role {name}; {bounds}", bounds)
    if flavor not in allowed.flavors:
        bounds = f"permitted are {', '.join(allowed.flavors)}"
        yield _Breach(("flavor",), f"flavor {flavor!r} for role {name}; {bounds}", bounds)
    for volume, form in role.volumes.items():
        size = wish.volumes.get(volume, form.size_gib)
        if size > form.max_gib:
            bounds = f"permitted are at most {form.max_gib} GiB"
            yield _Breach(("volumes", volume), f"{size} GiB for volume {volume} of role {name}; {bounds}", bounds)


def _host_role(name: str, blueprint: Blueprint, wish: RoleWish) -> HostRole:
    role = blueprint.roles[name]
    flavor = wish.flavor or role.flavor
    volumes = tuple(
        VolumeSpec(name=volume, size_gib=wish.volumes.get(volume, form.size_gib), mount=form.mount)
        for volume, form in role.volumes.items()
    )
    return HostRole(
        name=name,
        count=wish.count or role.count,
        flavor=flavor,
        size=blueprint.flavors[flavor],
        image=role.image,
        volumes=volumes,
        anti_affinity=role.anti_affinity,
    )


def _check_room(roles: tuple[HostRole, ...], wish: Wish) -> None:
    room = wish.network.cidr.num_addresses - RESERVED_ADDRESSES
    hosts = sum(role.count for role in roles)
    if hosts > room:
        summary = f"{wish.network.cidr} has room for {room} hosts, {hosts} are asked for"
        raise BadInputError(summary, field="environment.network.cidr", rule=NETWORK_RULE, hint="ask for a wider range")


def _excess(totals: Totals, blueprint: Blueprint) -> Iterator[Diagnostic]:
    allowed = blueprint.envelope
    sums = (
        ("vCPUs", totals.vcpus, allowed.vcpus),
        ("MiB of memory", totals.ram_mib, allowed.ram_mib),
        ("GiB of volumes", totals.volume_gib, allowed.volume_gib),
    )
    for what, asked, limit in sums:
        if asked > limit:
            summary = f"{asked} {what} in all; blueprint {blueprint.name} permits {limit}"
            yield _diagnostic(ENVELOPE_RULE, "environment.roles", summary, "the sum over all roles")


def _impossible_flavors(wish: Wish, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Give flavors whose size nobody knows: no reason makes up for that."""
    for name, role in wish.roles.items():
        if role.flavor is not None and role.flavor not in blueprint.flavors:
            summary = f"flavor {role.flavor!r} for role {name}; blueprint {blueprint.name} does not have it"
            field = f"environment.roles.{name}.flavor"
            yield _diagnostic(ENVELOPE_RULE, field, summary, f"there is: {', '.join(blueprint.flavors)}")


def _diagnostic(rule: str, field: str, summary: str, detail: str) -> Diagnostic:
    return Diagnostic(summary=summary, detail=detail, field=field, rule=rule)
