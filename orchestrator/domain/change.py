"""Minor and major changes told apart by rule (Art. 15): which criteria of the rulebook a change meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from orchestrator.domain.rulebook import Criterion, Rulebook
from orchestrator.domain.spec import Direction, EnvironmentSpec, Flow

PERCENT = 100


class Weight(StrEnum):
    """How heavy a change is."""

    MINOR = "minor"
    MAJOR = "major"


def meets(before: EnvironmentSpec, after: EnvironmentSpec, rulebook: Rulebook) -> tuple[Criterion, ...]:
    """Give what a change does, of everything that the rulebook may call major."""
    tests: Mapping[Criterion, Callable[[], bool]] = {
        Criterion.BLUEPRINT: lambda: before.blueprint != after.blueprint,
        Criterion.ROLES: lambda: {role.name for role in before.roles} != {role.name for role in after.roles},
        Criterion.NETWORK: lambda: before.network != after.network,
        Criterion.ACCESS_OPENED: lambda: any(not _was_open(entry, before) for entry in _entries(after)),
        Criterion.DATA_LOST: lambda: bool(_volumes(before).keys() - _volumes(after).keys()),
        Criterion.GROWTH: lambda: _grows(before, after, rulebook.changes.growth.value),
    }
    return tuple(criterion for criterion in Criterion if tests[criterion]())


def weigh(before: EnvironmentSpec, after: EnvironmentSpec, rulebook: Rulebook) -> Weight:
    """Say whether a change is minor or major by the rulebook."""
    return Weight.MAJOR if set(meets(before, after, rulebook)) & set(rulebook.changes.major.kinds) else Weight.MINOR


def takes_more(before: EnvironmentSpec, after: EnvironmentSpec) -> bool:
    """Whether a change takes more of anything from the cloud (Art. 46)."""
    was, will = before.totals, after.totals
    return any(getattr(will, name) > getattr(was, name) for name in type(was).model_fields)


def shrunk_volumes(before: EnvironmentSpec, after: EnvironmentSpec) -> tuple[str, ...]:
    """Give the volumes that a change would make smaller, which block storage cannot do, as ``<host>-<volume>``."""
    was, will = _volumes(before), _volumes(after)
    return tuple("-".join(key) for key, size in was.items() if will.get(key, size) < size)


def _entries(spec: EnvironmentSpec) -> set[Flow]:
    """Give the flows that let something in from outside the environment."""
    return {flow for flow in spec.flows if flow.peer_cidr is not None and flow.direction is Direction.INGRESS}


def _was_open(entry: Flow, before: EnvironmentSpec) -> bool:
    """Whether what an entry lets in was let in already, by the same or a wider range."""
    return any(
        entry.peer_cidr is not None
        and known.peer_cidr is not None
        and known.model_copy(update={"peer_cidr": entry.peer_cidr}) == entry
        and entry.peer_cidr.subnet_of(known.peer_cidr)
        for known in _entries(before)
    )


def _volumes(spec: EnvironmentSpec) -> dict[tuple[str, str], int]:
    return {
        (host, volume.name): volume.size_gib
        for role in spec.roles
        for host in role.host_names()
        for volume in role.volumes
    }


def _grows(before: EnvironmentSpec, after: EnvironmentSpec, percent: int) -> bool:
    was, will = before.totals, after.totals
    return any(
        getattr(will, name) > getattr(was, name)
        and (getattr(will, name) - getattr(was, name)) * PERCENT >= percent * getattr(was, name)
        for name in ("vcpus", "ram_mib", "volume_gib")
    )
