"""Names and marks of cloud resources.

Every physical name is a function of the specification alone and unique within the project for its type, so that a
create whose outcome is unknown can be found again (DESIGN.md decision 13).
"""

from __future__ import annotations

from orchestrator.domain.spec import EnvironmentSpec


def service_user(environment: str) -> str:
    """Give the name of the project's service user; user names are unique in their whole domain."""
    return f"{environment}-service"


def group_name(role: str) -> str:
    """Give the name of a role's security group and server group; never ``default``, which every project has."""
    return f"role-{role}"


def volume_name(host: str, volume: str) -> str:
    """Give the name of one host's volume."""
    return f"{host}-{volume}"


def volume_sizes(spec: EnvironmentSpec) -> dict[str, int]:
    """Give the names of all volumes, and their sizes in GiB."""
    return {
        volume_name(host, volume.name): volume.size_gib
        for role in spec.roles
        for host in role.host_names()
        for volume in role.volumes
    }


def container_name(environment: str) -> str:
    """Give the name of the object container; names are unique in the project's account."""
    return f"{environment}-files"


def tags(spec: EnvironmentSpec) -> list[str]:
    """Give the marks as ``key=value`` tags, for resources that have no metadata."""
    return sorted(f"{key}={value}" for key, value in spec.marks().items())


def description(spec: EnvironmentSpec) -> str:
    """Give the marks as a text, for resources that have neither metadata nor tags."""
    return " ".join(tags(spec))
