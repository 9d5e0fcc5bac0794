"""Throw-away environments: isolated copies in which restores are tried (Art. 44), and what remains of their flows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from ipaddress import IPv4Network
from typing import Self

from pydantic import ValidationError

from orchestrator.domain.errors import BadInputError
from orchestrator.domain.model import Model
from orchestrator.domain.names import Stage
from orchestrator.domain.spec import Direction, EnvironmentSpec, Flow, Port, Protocol

SETTING = "TENURE_DRILL_REACH"
WIDEST_PREFIX = 24
"""A wider range than one of this length is no single service any more."""
SSH_PORT = 22
DNS_PORT = 53


class Reach(Model):
    """One place outside that hosts of a throw-away environment may reach: the backups' store, a source of packages."""

    cidr: IPv4Network
    port: Port

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it as settings have it, ``10.0.0.5:443`` or ``10.0.0.0/28:80``.

        Raises:
            BadInputError: It is none, or it leads everywhere.
        """
        cidr, _, port = text.strip().rpartition(":")
        try:
            found = cls.model_validate({"cidr": cidr, "port": port})
        except ValidationError as error:
            raise BadInputError(
                f"{text!r} is no address range with a port",
                detail=str(error.errors()[0]["msg"]),
                field=SETTING,
                hint="write 10.0.0.5:443 or 10.0.0.0/28:80, several separated by commas",
            ) from error
        if found.cidr.prefixlen < WIDEST_PREFIX:
            raise BadInputError(
                f"{text!r} would let drills reach the units' business",
                field=SETTING,
                rule="Art. 44",
                hint=f"name ranges of /{WIDEST_PREFIX} and narrower",
            )
        return found

    def __str__(self) -> str:
        """Write it as settings have it."""
        return f"{self.cidr}:{self.port}"


def throwaway_spec(
    spec: EnvironmentSpec, reaches: Collection[Reach], roles: Collection[str] | None = None
) -> EnvironmentSpec:
    """Give the isolated copy of a live environment.

    From outside only SSH leads in, to the bastion; outward lead only the given places and the network's own names
    (DNS). What hosts say to each other stays as it is: all of it happens inside the copy.

    Args:
        spec: What is copied.
        reaches: Places outside that its hosts need: without them no restore.
        roles: Only hosts of these roles, and the bastion; all of them when ``None``.
    """
    kept = tuple(role for role in spec.roles if roles is None or role.name in {*roles, spec.bastion})
    names = {role.name for role in kept}
    flows = (*_inner(spec, names), *_entries(spec), *_outward(spec, names, reaches))
    return spec.model_copy(
        update={
            "stage": Stage.DRILL,
            "roles": kept,
            "flows": tuple({flow.key: flow for flow in flows}.values()),
            "container": False,
        }
    )


def _inner(spec: EnvironmentSpec, names: set[str]) -> Iterator[Flow]:
    yield from (flow for flow in spec.flows if flow.peer_role in names and flow.role in names)


def _entries(spec: EnvironmentSpec) -> Iterator[Flow]:
    """Give the ways from outside to the bastion's SSH, and no other."""
    for flow in spec.flows:
        if flow.role == spec.bastion and flow.direction is Direction.INGRESS and flow.peer_cidr and _takes_ssh(flow):
            yield flow.model_copy(update={"first_port": SSH_PORT, "last_port": SSH_PORT})


def _takes_ssh(flow: Flow) -> bool:
    if flow.protocol is not Protocol.TCP:
        return False
    if flow.first_port is None or flow.last_port is None:
        return True
    return flow.first_port <= SSH_PORT <= flow.last_port


def _outward(spec: EnvironmentSpec, names: set[str], reaches: Collection[Reach]) -> Iterator[Flow]:
    servers = (spec.network.cidr, *(IPv4Network(server) for server in spec.network.dns if ":" not in server))
    for role in sorted(names):
        for reach in reaches:
            yield _egress(role, Protocol.TCP, reach.port, reach.cidr)
        for server in servers:
            yield _egress(role, Protocol.UDP, DNS_PORT, server)
            yield _egress(role, Protocol.TCP, DNS_PORT, server)


def _egress(role: str, protocol: Protocol, port: int, cidr: IPv4Network) -> Flow:
    return Flow(
        role=role, direction=Direction.EGRESS, protocol=protocol, first_port=port, last_port=port, peer_cidr=cidr
    )
