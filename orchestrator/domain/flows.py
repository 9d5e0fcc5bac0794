"""Traffic that a blueprint permits, written by role, and the exact flows that follow from it for one wish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from orchestrator.domain.addresses import NETWORK_RULE, NetworkRange, SourceRange
from orchestrator.domain.faults import Fault, SchemaRule, refuse
from orchestrator.domain.model import Model
from orchestrator.domain.names import RoleName
from orchestrator.domain.spec import Direction, Flow, Port, Protocol

ACCESS = "access"
"""The peer that stands for the wish's ``access_from``; no role may be called so."""

REFERENCE_RULE = "reference"
"""A blueprint names something that it does not have itself."""

INGRESS_RANGE: TypeAdapter[IPv4Network] = TypeAdapter(SourceRange)
EGRESS_RANGE: TypeAdapter[IPv4Network] = TypeAdapter(NetworkRange)

Peer = Annotated[str, StringConstraints(min_length=1, max_length=32)]


class Ports(Model):
    """A range of ports, both ends included."""

    first: Port
    last: Port


class FlowRule(Model):
    """One permitted kind of traffic, declared where it arrives, or where it leaves the environment.

    A flow from role to role is declared once, as ingress; the other end's egress follows from it.

    Attributes:
        roles: The roles whose hosts the rule guards.
        direction: Ingress; or egress, which leads to address ranges only.
        protocol: Transport.
        port: One port; none for ICMP.
        ports: Or a range of ports.
        peers: ``access`` (the wish's ranges), names of roles, or address ranges.
        why: What it is for, for the reader of the blueprint.
    """

    roles: Annotated[tuple[RoleName, ...], Field(min_length=1)]
    direction: Direction = Direction.INGRESS
    protocol: Protocol = Protocol.TCP
    port: Port | None = None
    ports: Ports | None = None
    peers: Annotated[tuple[Peer, ...], Field(min_length=1)]
    why: Annotated[str, StringConstraints(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _ports_fit_protocol(self) -> Self:
        given = sum(value is not None for value in (self.port, self.ports))
        if self.protocol is Protocol.ICMP and given:
            refuse(Fault(SchemaRule.VALUE, ("protocol",), "icmp has no ports"))
        if self.protocol is not Protocol.ICMP and given != 1:
            refuse(Fault(SchemaRule.VALUE, ("protocol",), f"{self.protocol} wants either port or ports"))
        if self.ports and self.ports.first > self.ports.last:
            refuse(Fault(SchemaRule.VALUE, ("ports",), "first is above last"))
        return self

    def faults(self, roles: Iterable[str]) -> Iterator[Fault]:
        """Give what does not fit the blueprint's roles; paths count from the rule."""
        known = set(roles)
        for index, role in enumerate(self.roles):
            if role not in known:
                yield Fault(REFERENCE_RULE, ("roles", index), f"there is no role {role!r}")
        for index, peer in enumerate(self.peers):
            summary = self._peer_fault(peer, known)
            if summary:
                yield Fault(NETWORK_RULE, ("peers", index), summary)

    def _peer_fault(self, peer: str, roles: set[str]) -> str | None:
        named = peer == ACCESS or peer in roles
        if named:
            return None if self.direction is Direction.INGRESS else "egress leads to address ranges only"
        ranges = INGRESS_RANGE if self.direction is Direction.INGRESS else EGRESS_RANGE
        try:
            ranges.validate_python(peer)
        except ValidationError as error:
            return f"no role of this blueprint, and as an address range: {error.errors()[0]['msg']}"
        return None

    def expand(self, roles: Iterable[str], access_from: Iterable[IPv4Network]) -> Iterator[Flow]:
        """Give the flows that the rule permits, both ends of those between roles."""
        known, ranges = set(roles), tuple(access_from)
        for role in self.roles:
            for peer in self.peers:
                if peer in known:
                    yield self._flow(role, Direction.INGRESS, peer_role=peer)
                    yield self._flow(peer, Direction.EGRESS, peer_role=role)
                elif peer == ACCESS:
                    yield from (self._flow(role, self.direction, peer_cidr=cidr) for cidr in ranges)
                else:
                    yield self._flow(role, self.direction, peer_cidr=IPv4Network(peer))

    def _flow(
        self, role: str, direction: Direction, *, peer_role: str | None = None, peer_cidr: IPv4Network | None = None
    ) -> Flow:
        first, last = (self.ports.first, self.ports.last) if self.ports else (self.port, self.port)
        return Flow(
            role=role,
            direction=direction,
            protocol=self.protocol,
            first_port=first,
            last_port=last,
            peer_role=peer_role,
            peer_cidr=peer_cidr,
        )
