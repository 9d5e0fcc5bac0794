"""What an environment is made of, resolved: the one value that a Pulumi program is a function of.

An :class:`EnvironmentSpec` holds everything that stacks/ needs; it is made from a person's wish and a blueprint by
:func:`orchestrator.domain.blueprint.resolve` and stored in the stack's configuration (``tenure:spec``).
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from orchestrator.domain.model import Model
from orchestrator.domain.names import RoleName, Stage, SystemId, UnitId, VolumeName, environment_name

Port = Annotated[int, Field(ge=1, le=65535)]
WORLD = IPv4Network("0.0.0.0/0")
MINIMUM_SOURCE_PREFIX = 8
RESERVED_ADDRESSES = 5
"""Network, broadcast, gateway and two spare addresses of a subnet, never given to hosts."""


class Protocol(StrEnum):
    """Transport of a flow."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


class Direction(StrEnum):
    """Which way a flow goes, seen from the role that it is declared for."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Flow(Model):
    """One permitted flow: everything that is not declared stays closed.

    Attributes:
        role: The role whose hosts the rule guards.
        direction: Ingress to the role, or egress from it.
        protocol: Transport.
        first_port: First port of the range; ``None`` for ICMP and for "all ports".
        last_port: Last port of the range, ``first_port`` when the flow is one port.
        peer_role: The other end as a role of the same environment, or
        peer_cidr: the other end as an address range. Exactly one of the two is set.
    """

    role: RoleName
    direction: Direction = Direction.INGRESS
    protocol: Protocol = Protocol.TCP
    first_port: Port | None = None
    last_port: Port | None = None
    peer_role: RoleName | None = None
    peer_cidr: IPv4Network | None = None

    @model_validator(mode="after")
    def _one_peer_and_a_range(self) -> Self:
        if (self.peer_role is None) == (self.peer_cidr is None):
            raise ValueError("a flow names exactly one peer: peer_role or peer_cidr")
        if (self.first_port is None) != (self.last_port is None):
            raise ValueError("a flow has both first_port and last_port, or neither")
        if self.first_port is not None and self.last_port is not None and self.first_port > self.last_port:
            raise ValueError("first_port is above last_port")
        if self.direction is Direction.INGRESS and self.peer_cidr is not None:
            _refuse_world(self.peer_cidr)
        return self

    @property
    def key(self) -> str:
        """A name that is the same for the same flow, for logical resource names."""
        peer = self.peer_role or str(self.peer_cidr).replace("/", "_")
        ports = "all" if self.first_port is None else f"{self.first_port}-{self.last_port}"
        return f"{self.role}-{self.direction}-{self.protocol}-{ports}-{peer}"


def _refuse_world(cidr: IPv4Network) -> None:
    if cidr.prefixlen < MINIMUM_SOURCE_PREFIX:
        raise ValueError(
            f"{cidr} is open to the world; an ingress range has a prefix of /{MINIMUM_SOURCE_PREFIX} or longer"
        )


class VolumeSpec(Model):
    """A data volume of every host of a role; sizes in GiB."""

    name: VolumeName
    size_gib: Annotated[int, Field(ge=1, le=16384)]
    mount: Annotated[str, StringConstraints(pattern=r"^/[a-z0-9/_-]{1,60}$")]


class FlavorSize(Model):
    """What a flavor gives, as the blueprint believes it; the plan checks it against the cloud."""

    vcpus: Annotated[int, Field(ge=1, le=512)]
    ram_mib: Annotated[int, Field(ge=64, le=4_194_304)]


class HostRole(Model):
    """Hosts of one kind: ``count`` equal servers."""

    name: RoleName
    count: Annotated[int, Field(ge=1, le=100)]
    flavor: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    size: FlavorSize
    image: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    volumes: tuple[VolumeSpec, ...] = ()
    anti_affinity: bool = False

    def host_names(self) -> tuple[str, ...]:
        """Give the hosts' names in order, from ``web-1`` on."""
        return tuple(f"{self.name}-{number}" for number in range(1, self.count + 1))


class NetworkSpec(Model):
    """The environment's own network; address ranges of different tenants may be equal."""

    cidr: IPv4Network
    external_network: Annotated[str, StringConstraints(min_length=1, max_length=128)] = "public"
    dns: tuple[Annotated[str, StringConstraints(max_length=45)], ...] = ()

    @field_validator("cidr")
    @classmethod
    def _private(cls, value: IPv4Network) -> IPv4Network:
        if not value.is_private:
            raise ValueError(f"{value} is no private address range (10/8, 172.16/12, 192.168/16)")
        if not 16 <= value.prefixlen <= 28:  # noqa: PLR2004  the two bounds stand in the message
            raise ValueError(f"{value} is outside the sizes /16 to /28")
        return value


class AccessSpec(Model):
    """How people and jobs get in: certificates of one authority, and one emergency key.

    Attributes:
        ca_public_key: OpenSSH public key of the user CA that the hosts trust (Art. 36).
        emergency_public_key: Becomes a keypair of the project; the office holds the private half (Art. 36).
    """

    ca_public_key: str = ""
    emergency_public_key: str = ""


class EnvironmentSpec(Model):
    """The whole environment, validated and resolved: nothing in it is looked up in a file any more."""

    unit: UnitId
    system: SystemId
    stage: Stage
    request: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
    blueprint: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    unit_name: str = ""
    system_name: str = ""
    network: NetworkSpec
    roles: Annotated[tuple[HostRole, ...], Field(min_length=1, max_length=16)]
    bastion: RoleName
    flows: tuple[Flow, ...]
    container: bool = False
    access: AccessSpec = AccessSpec()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [role.name for role in self.roles]
        if len(set(names)) != len(names):
            raise ValueError("two roles have one name")
        if self.bastion not in names:
            raise ValueError(f"bastion {self.bastion!r} is none of the roles {', '.join(names)}")
        unknown = {peer for flow in self.flows for peer in (flow.role, flow.peer_role) if peer} - set(names)
        if unknown:
            raise ValueError(f"flows name unknown roles: {', '.join(sorted(unknown))}")
        room = self.network.cidr.num_addresses - RESERVED_ADDRESSES
        if self.host_count > room:
            raise ValueError(f"{self.network.cidr} has room for {room} hosts, {self.host_count} are asked for")
        return self

    @property
    def name(self) -> str:
        """Name of environment, stack and project."""
        return environment_name(self.unit, self.system, self.stage)

    @property
    def host_count(self) -> int:
        """How many servers there are in all."""
        return sum(role.count for role in self.roles)

    @property
    def protected(self) -> bool:
        """Whether resources are protected from deletion: trial and production are."""
        return self.stage in {Stage.TRIAL, Stage.PRODUCTION}

    @property
    def totals(self) -> Totals:
        """What the environment takes from the cloud."""
        return Totals(
            hosts=self.host_count,
            vcpus=sum(role.count * role.size.vcpus for role in self.roles),
            ram_mib=sum(role.count * role.size.ram_mib for role in self.roles),
            volumes=sum(role.count * len(role.volumes) for role in self.roles),
            volume_gib=sum(role.count * volume.size_gib for role in self.roles for volume in role.volumes),
            addresses=1,
        )

    def role(self, name: str) -> HostRole:
        """Give the role of that name; raises KeyError when there is none."""
        return {role.name: role for role in self.roles}[name]

    def marks(self) -> dict[str, str]:
        """Give the metadata that every resource carries: unit, system, stage and request.

        The request is the one that made the environment. A change keeps it, so that it touches only what it is about,
        and so that a recovery knows project and user again by it.
        """
        return {
            "unit": self.unit,
            "system": self.system,
            "stage": str(self.stage),
            "request": self.request,
            "managed-by": "tenure",
        }


class Totals(Model):
    """Sums over an environment: cost in vCPU, MiB, GiB and addresses. A difference may be negative."""

    hosts: int
    vcpus: int
    ram_mib: int
    volumes: int
    volume_gib: int
    addresses: int

    def plus(self, other: Totals) -> Totals:
        """Give the sum."""
        return Totals(**{name: value + getattr(other, name) for name, value in self})

    def less(self, other: Totals) -> Totals:
        """Give the difference."""
        return Totals(**{name: value - getattr(other, name) for name, value in self})
