"""The blueprints: roles, bounds and permitted traffic."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.domain.blueprint import Blueprint, BlueprintRole
from orchestrator.domain.blueprint_care import RoleCare
from orchestrator.domain.flows import FlowRule
from tools.docs.markdown import page, table

INTRODUCTION = (
    "What an environment can be made of, from `templates/blueprints`. A request may choose within the bounds; what a "
    "flow does not permit stays closed. `access` stands for the request's `access_from`."
)


def blueprints_page(blueprints: Iterable[Blueprint]) -> str:
    """Give docs/blueprints.md."""
    return page("# Blueprints", INTRODUCTION, *(_section(blueprint) for blueprint in blueprints))


def _section(blueprint: Blueprint) -> str:
    bounds = blueprint.envelope
    limits = f"In all at most {bounds.vcpus} vCPUs, {bounds.ram_mib} MiB of memory, {bounds.volume_gib} GiB of volumes."
    container = " It has an object container where the cloud has object storage." if blueprint.container else ""
    roles = table(
        ("Role", "Hosts", "Flavors (default first)", "Volumes"),
        [_role(name, role, blueprint.bastion) for name, role in blueprint.roles.items()],
    )
    flows = table(("At", "Direction", "Traffic", "Peers", "Why"), [_flow(flow) for flow in blueprint.flows])
    heading = f"## {blueprint.name}: {blueprint.title.zh} / {blueprint.title.en}"
    care = table(
        ("In care", "Signs of health", "Databases", "Packages that jobs may install", "Further ports"),
        [_care(name, blueprint.care.of(name)) for name in blueprint.roles],
    )
    return "\n\n".join((heading, f"{limits}{container}", roles, flows, care))


def _care(name: str, care: RoleCare) -> tuple[str, ...]:
    signs = (check.unit or check.url or f"port {check.port}" for check in care.health)
    cells = (signs, map(str, care.databases), (f"`{package}`" for package in care.packages), map(str, care.ports))
    return (name, *(", ".join(cell) or "–" for cell in cells))


def _role(name: str, role: BlueprintRole, bastion: str) -> tuple[str, ...]:
    count, rest = role.envelope.count, [flavor for flavor in role.envelope.flavors if flavor != role.flavor]
    volumes = [
        f"{volume}: {form.size_gib} GiB (to {form.max_gib}) at {form.mount}" for volume, form in role.volumes.items()
    ]
    return (
        f"{name} (bastion)" if name == bastion else name,
        f"{role.count} ({count.min} to {count.max})",
        ", ".join((role.flavor, *rest)),
        "; ".join(volumes) or "–",
    )


def _flow(flow: FlowRule) -> tuple[str, ...]:
    ports = f"{flow.ports.first}–{flow.ports.last}" if flow.ports else str(flow.port or "")
    traffic = f"{flow.protocol} {ports}".strip()
    return (", ".join(flow.roles), flow.direction.value, traffic, ", ".join(flow.peers), flow.why)
