"""Whether the cloud has what a specification needs, asked before anything is made.

Faults (severity ``error``) would make provisioning fail and name the field of the request; notes (``warning``) do not
stand in the way: capacity beyond Art. 31's share, and what the account may not see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from orchestrator.adapters.openstack.cloud import Cloud, at_once
from orchestrator.adapters.openstack.faults import ask_unless, asking
from orchestrator.adapters.openstack.held import Held, held_by
from orchestrator.adapters.openstack.room import Room, compute_room, hosts_that_fit, volume_pools, volume_room
from orchestrator.domain.errors import Diagnostic, Severity
from orchestrator.domain.spec import EnvironmentSpec, HostRole
from orchestrator.ports import Capacity

if TYPE_CHECKING:
    from openstack.compute.v2.flavor import Flavor
    from openstack.image.v2.image import Image

WARN_SHARE = 0.7
"""Near this share of capacity the provider warns (Art. 31)."""
FORBIDDEN = 403
FLAVORS_TOLD = 3
ADDRESSES_PER_ENVIRONMENT = 2
"""External addresses that an environment takes: the bastion's floating address and the router's own."""


@dataclass(frozen=True)
class Question:
    """What a check works with.

    Attributes:
        held: What the environment already has: only what comes on top of it is needed.
    """

    cloud: Cloud
    spec: EnvironmentSpec
    held: Held
    warn_share: float


def check(cloud: Cloud, spec: EnvironmentSpec, project_id: str | None, warn_share: float) -> Capacity:
    """Ask every service that the environment needs; OperationFailedError when one of them does not answer."""
    question = Question(cloud, spec, held_by(cloud, project_id), warn_share)
    parts: tuple[Callable[[Question], list[Diagnostic]], ...] = (_flavors, _images, _external_network, _hosts, _volumes)
    told = [one for answer in at_once(lambda part: part(question), parts) for one in answer]
    if spec.container and "object-store" not in cloud.services():
        told.append(_note("the cloud has no object storage: no container is made", field="environment.container"))
    return Capacity(
        faults=tuple(one for one in told if one.severity is Severity.ERROR),
        notes=tuple(one for one in told if one.severity is Severity.WARNING),
    )


def _note(summary: str, *, detail: str = "", field: str | None = None, rule: str | None = None) -> Diagnostic:
    return Diagnostic(severity=Severity.WARNING, summary=summary, detail=detail, field=field, rule=rule)


def _flavors(question: Question) -> list[Diagnostic]:
    with asking("compute", question.cloud.name):
        offered = {one.name: one for one in question.cloud.admin().compute.flavors(is_public=None)}
    faults = [_flavor_fault(role, offered) for role in question.spec.roles]
    return [fault for fault in faults if fault]


def _flavor_fault(role: HostRole, offered: dict[str, Flavor]) -> Diagnostic | None:
    flavor = offered.get(role.flavor)
    if flavor is not None and flavor.vcpus >= role.size.vcpus and flavor.ram >= role.size.ram_mib:
        return None
    wanted = f"role {role.name} counts on {role.size.vcpus} vCPU and {role.size.ram_mib} MiB"
    return Diagnostic(
        summary=f"the cloud has no flavor {role.flavor}"
        if flavor is None
        else f"flavor {role.flavor} is too small for role {role.name}",
        detail=wanted if flavor is None else f"{_size(flavor)}; {wanted}",
        field=f"environment.roles.{role.name}.flavor",
        rule="capacity",
        hint=_nearest(role, offered),
    )


def _size(flavor: Flavor) -> str:
    return f"{flavor.name} gives {flavor.vcpus} vCPU and {flavor.ram} MiB"


def _nearest(role: HostRole, offered: dict[str, Flavor]) -> str:
    """Name the flavors that come closest from above; the largest when all are too small."""
    fitting = [one for one in offered.values() if one.vcpus >= role.size.vcpus and one.ram >= role.size.ram_mib]
    if fitting:
        closest = sorted(fitting, key=lambda one: (one.vcpus, one.ram, one.name))[:FLAVORS_TOLD]
        return f"use {', '.join(one.name for one in closest)}: " + "; ".join(_size(one) for one in closest)
    if not offered:
        return "the cloud has no flavors: create one"
    largest = max(offered.values(), key=lambda one: (one.vcpus, one.ram))
    return f"no flavor is large enough; the largest is {largest.name}: {_size(largest)}"


def _images(question: Question) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for role in question.spec.roles:
        with asking("image", question.cloud.name):
            images = cast("list[Image]", list(question.cloud.admin().image.images(name=role.image, visibility="all")))
        fault = _image_fault(role, images)
        if fault:
            found.append(fault)
    return found


def _image_fault(role: HostRole, images: list[Image]) -> Diagnostic | None:
    fault = partial(Diagnostic, field=f"environment.roles.{role.name}.image", rule="capacity")
    if not images:
        return fault(
            summary=f"the cloud has no image {role.image}", hint="see `openstack image list`, or upload the image"
        )
    active = [one for one in images if one.status == "active"]
    if not active:
        states = ", ".join(sorted({str(one.status) for one in images}))
        return fault(summary=f"image {role.image} is not usable", detail=f"its status is {states}, not active")
    if not any(one.visibility in {"public", "community", "shared"} for one in active):
        return fault(
            summary=f"image {role.image} is private",
            detail="projects of units cannot see it",
            hint="make it public: `openstack image set --public`",
        )
    return None


def _external_network(question: Question) -> list[Diagnostic]:
    name = question.spec.network.external_network
    fault = partial(Diagnostic, field="environment.network.external_network", rule="capacity")
    with asking("network", question.cloud.name):
        network = question.cloud.admin().network
        named = list(network.networks(name=name))
        external = sorted(str(one.name) for one in network.networks(is_router_external=True))
    hint = f"external networks: {', '.join(external)}" if external else "the cloud has no external network"
    if not named:
        return [fault(summary=f"the cloud has no network {name}", hint=hint)]
    outside = [one for one in named if one.is_router_external]
    if not outside:
        return [fault(summary=f"network {name} is not external", hint=hint)]
    return _addresses(question, str(outside[0].id))


def _addresses(question: Question, network_id: str) -> list[Diagnostic]:
    name = question.spec.network.external_network
    admin = question.cloud.admin()
    pools = _visible(
        question,
        "network",
        lambda: list(admin.network.network_ip_availabilities(network_id=network_id, ip_version=4)),
    )
    if pools is None:
        return _hidden("network")
    room = Room(
        "addresses", float(sum(one.total_ips for one in pools)), float(sum(one.used_ips for one in pools)), name
    )
    needed = ADDRESSES_PER_ENVIRONMENT - question.held.addresses
    return _compare(question, room, needed, "environment.network.external_network")


def _hosts(question: Question) -> list[Diagnostic]:
    admin, totals, held = question.cloud.admin(), question.spec.totals, question.held
    if "placement" not in question.cloud.services():
        return _hidden("compute")
    rooms = _visible(question, "placement", lambda: compute_room(admin))
    if rooms is None:
        return _hidden("compute")
    needs = {"VCPU": totals.vcpus - held.vcpus, "MEMORY_MB": totals.ram_mib - held.ram_mib}
    told = [one for room in rooms for one in _compare(question, room, needs.get(room.resource, 0), "environment.roles")]
    with asking("placement", question.cloud.name):
        return told + [fault for role in question.spec.roles for fault in _placing(question, role)]


def _placing(question: Question, role: HostRole) -> list[Diagnostic]:
    """Look whether single hosts have room for the role's flavor: free vCPUs that lie apart are of no use."""
    missing = [host for host in role.host_names() if question.held.flavors.get(host) != role.flavor]
    if not missing:
        return []
    fitting = hosts_that_fit(question.cloud.admin(), role.size)
    field = f"environment.roles.{role.name}"
    if not fitting:
        return [
            Diagnostic(
                summary=f"no compute host has room for one server of role {role.name}",
                detail=f"{role.size.vcpus} vCPU and {role.size.ram_mib} MiB are needed on one host",
                field=f"{field}.flavor",
                rule="capacity",
                hint="free room or add hosts; see `tenure capacity`",
            )
        ]
    if role.anti_affinity and fitting < len(missing):
        return [
            _note(
                f"the {role.count} hosts of role {role.name} cannot all be kept apart",
                detail=f"{fitting} compute hosts have room for them",
                field=f"{field}.anti_affinity",
            )
        ]
    return []


def _volumes(question: Question) -> list[Diagnostic]:
    if not question.spec.totals.volumes:
        return []
    admin = question.cloud.admin()
    pools = _visible(question, "volume", lambda: volume_pools(admin))
    if pools is None:
        return _hidden("volume")
    room = volume_room(pools)
    if room is None:
        return []
    return _compare(question, room, question.spec.totals.volume_gib - question.held.volume_gib, "environment.roles")


def _compare(question: Question, room: Room, needed: int, field: str) -> list[Diagnostic]:
    """Tell a shortage, or that the provider has to warn (Art. 31); what is needed may be less than nothing."""
    needed = max(0, needed)
    figures = f"{room.free:g} of {room.total:g} {room.unit} of {room.where} are free, {needed} are needed"
    if needed > room.free:
        return [
            Diagnostic(
                summary=f"the cloud has not enough {room.unit}",
                detail=figures,
                field=field,
                rule="capacity",
                hint="free what is not used, or expand the cloud; see `tenure capacity`",
            )
        ]
    share = (room.used + needed) / room.total
    if share >= question.warn_share:
        percent = f"{share:.0%} of the cloud's {room.unit} would be in use"
        return [_note(percent, detail=f"{figures}; warn from {question.warn_share:.0%}", field=field, rule="Art. 31")]
    return []


def _visible[Answer](question: Question, service: str, ask: Callable[[], Answer]) -> Answer | None:
    """Ask what only an administrator may see; None when the cloud does not permit it."""
    return ask_unless({FORBIDDEN}, service, question.cloud.name, ask)


def _hidden(service: str) -> list[Diagnostic]:
    return [_note(f"the capacity of {service} is not visible to this account")]
