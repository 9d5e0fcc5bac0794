"""What of a project is to be backed up: its data volumes and the hosts that they hang on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.adapters.openstack.cloud import Cloud
from orchestrator.adapters.openstack.faults import asking
from orchestrator.adapters.openstack.tenancies import find_project, inside
from orchestrator.adapters.openstack.volumes import Storage
from orchestrator.domain.errors import OperationFailedError

if TYPE_CHECKING:
    from openstack.block_storage.v3.volume import Volume
    from openstack.compute.v2.server import Server
    from openstack.identity.v3.project import Project

RUNS = "ACTIVE"


@dataclass(frozen=True)
class Original:
    """One data volume of an environment.

    Attributes:
        name: Its name in the environment, ``<host>-<volume>``.
        runs: Whether its host runs and can be entered.
    """

    id: str
    name: str
    host: str
    mount: str
    size_gib: int
    runs: bool


@dataclass(frozen=True)
class Found:
    """What a project holds: its data volumes, and the names of volumes of which nobody knows what they are."""

    originals: tuple[Original, ...]
    strays: tuple[str, ...]


def project_of(cloud: Cloud, environment: str) -> Project:
    """Give the environment's project; OperationFailedError when there is none."""
    project = find_project(cloud, environment)
    if project is None:
        raise OperationFailedError(
            f"{environment} has no project", detail="there is nothing that could be backed up or compared"
        )
    return project


def servers_of(cloud: Cloud, project_id: str) -> dict[str, Server]:
    """Give the servers of a project by id."""
    with asking("compute", cloud.name):
        listed = cloud.admin().compute.servers(all_projects=True, project_id=project_id)
        return {str(one.id): one for one in listed if one.project_id == project_id}


def originals_of(cloud: Cloud, storage: Storage, project: Project) -> Found:
    """Tell data volumes, which carry their host and mount point as metadata, from volumes that nobody declared."""
    servers = servers_of(cloud, str(project.id))
    volumes = storage.volumes_of(str(project.id))
    declared = [one for one in volumes if {"host", "mount"} <= set(one.metadata or {})]
    return Found(
        tuple(sorted((_original(one, servers) for one in declared), key=lambda one: one.name)),
        tuple(sorted(str(one.name or one.id) for one in volumes if one not in declared)),
    )


def _original(volume: Volume, servers: dict[str, Server]) -> Original:
    metadata = dict(volume.metadata or {})
    holders = [servers.get(one["server_id"]) for one in volume.attachments or []]
    runs = any(one is not None and one.status == RUNS and one.name == metadata["host"] for one in holders)
    return Original(str(volume.id), str(volume.name), metadata["host"], metadata["mount"], int(volume.size or 0), runs)


def refuse_containers(cloud: Cloud, project: Project) -> None:
    """Raise OperationFailedError when the project has object containers, which are not copied yet.

    The local cloud has no object store to show such copies on; until they can be shown, data in containers must not
    be lost silently behind a backup that looks whole.
    """
    if "object-store" not in cloud.services():
        return
    with inside(cloud, project) as connection, asking("object-store", cloud.name):
        names = [str(one.name) for one in connection.object_store.containers()]
    if names:
        raise OperationFailedError(
            f"container {names[0]} of {project.name} cannot be backed up",
            detail=f"objects are not copied, only volumes; containers: {', '.join(names)}",
            hint="let the unit take its objects out and remove the containers, then `tenure operation retry`",
        )
