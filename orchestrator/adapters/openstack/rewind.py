"""Servers and data volumes copied around work that may break hosts, and led back to their copies (Art. 30, 32)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from orchestrator.adapters.openstack.cloud import Cloud, at_once
from orchestrator.adapters.openstack.faults import ask_unless, asking
from orchestrator.adapters.openstack.originals import project_of
from orchestrator.adapters.openstack.patience import Patience
from orchestrator.adapters.openstack.telling import Telling
from orchestrator.adapters.openstack.tenancies import find_project, inside
from orchestrator.adapters.openstack.volumes import Storage
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Environment
from orchestrator.ports import Job

if TYPE_CHECKING:
    from openstack.block_storage.v3.volume import Volume
    from openstack.connection import Connection
    from openstack.image.v2._proxy import Proxy as ImageService
    from openstack.image.v2.image import Image

TIMEOUT_SECONDS = 1800.0
"""How long the cloud may take for one copy, or for leading one thing back."""
PHASE = "rewind"
SERVER_TYPE = "openstack:compute/instance:Instance"
NAME = "tenure-rewind-"
NOT_FOUND = 404
USABLE, RUNS, STOPPED, FAILED = "active", "ACTIVE", "SHUTOFF", "ERROR"


@dataclass(frozen=True)
class _Work:
    """One piece of work inside an environment's project."""

    cloud: Cloud
    project_id: str
    connection: Connection
    storage: Storage
    patience: Patience
    job: Job

    @property
    def compute(self) -> Any:  # noqa: ANN401  the SDK's proxy has no type of one version
        """The compute service."""
        return self.connection.compute

    def images(self) -> list[Image]:
        """Give the copies of servers, of every mark."""
        with asking("image", self.cloud.name):
            images = cast("ImageService", self.connection.image)
            return [one for one in images.images(owner=self.project_id) if str(one.name).startswith(NAME)]

    def volumes(self, hosts: tuple[str, ...]) -> list[Volume]:
        """Give the declared data volumes of hosts."""
        return [one for one in self.storage.own_volumes() if (one.metadata or {}).get("host") in hosts]

    def telling(self, action: str) -> Telling:
        """Give what tells of an action."""
        return Telling(self.job, PHASE, action, SERVER_TYPE)


class OpenStackRewind:
    """Implements :class:`orchestrator.ports.Rewind` by server images and volume snapshots inside the project.

    Args:
        cloud: The cloud, as its administrator.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def copy(self, environment: Environment, hosts: tuple[str, ...], mark: str, job: Job) -> int:
        """Copy these hosts' servers and data volumes, all at once; what has a whole copy of the mark keeps it."""
        servers = {host.name: host.server_id for host in environment.outputs.hosts if host.name in hosts}
        with self._inside(environment.name, job) as work:
            telling = work.telling("copy")
            at_once(
                lambda host: telling.timed(host, lambda: _copy_server(work, servers[host], _name(mark, host))), hosts
            )
            volumes = work.volumes(hosts)
            at_once(
                lambda one: telling.timed(str(one.name), lambda: _copy_volume(work, one, _name(mark, str(one.name)))),
                volumes,
            )
        return len(servers) + len(volumes)

    def rewind_server(self, environment: Environment, host: str, mark: str, job: Job) -> None:
        """Rebuild a server from its copy; it keeps its id, its addresses and its volumes."""
        server = _server_id(environment, host)
        with self._inside(environment.name, job) as work:
            image = next((one for one in work.images() if one.name == _name(mark, host)), None)
            if image is None or image.status != USABLE:
                raise OperationFailedError(f"there is no copy of server {host} to make it again from")
            work.telling("rewind").timed(host, lambda: _rebuild(work, server, str(image.id)))

    def rewind_volumes(self, environment: Environment, host: str, mark: str, job: Job) -> int:
        """Stop the server, lead its volumes back, and start it; gives how many volumes."""
        server = _server_id(environment, host)
        with self._inside(environment.name, job) as work:
            volumes = work.volumes((host,))
            telling = work.telling("rewind")
            if volumes:
                _switch(work, server, STOPPED)
                for volume in volumes:
                    revert = partial(_revert, work, server, volume, _name(mark, str(volume.name)))
                    telling.timed(str(volume.name), revert)
                _switch(work, server, RUNS)
        return len(volumes)

    def forget(self, environment: str, mark: str, job: Job) -> int:
        """Remove the copies of a mark, or of all; harmless when there are none."""
        if find_project(self._cloud, environment) is None:
            return 0
        with self._inside(environment, job) as work:
            images = [one for one in work.images() if str(one.name).startswith(_name(mark, ""))]
            for image in images:
                _remove_image(work, str(image.id))
            copies = [one for one in work.storage.own_snapshots() if str(one.name).startswith(_name(mark, ""))]
            for copy in copies:
                work.storage.remove_snapshot(str(copy.id))
        return len(images) + len(copies)

    @contextmanager
    def _inside(self, environment: str, job: Job) -> Iterator[_Work]:
        project = project_of(self._cloud, environment)
        patience = Patience(job, f"the copies of {environment}", TIMEOUT_SECONDS)
        with inside(self._cloud, project) as connection:
            storage = Storage(self._cloud, connection, patience)
            yield _Work(self._cloud, str(project.id), connection, storage, patience, job)


def _name(mark: str, thing: str) -> str:
    """Give a copy's name; with an empty mark, how all their names begin."""
    return f"{NAME}{mark}-{thing}" if mark else NAME


def _server_id(environment: Environment, host: str) -> str:
    return next(one.server_id for one in environment.outputs.hosts if one.name == host)


def _copy_server(work: _Work, server: str, name: str) -> None:
    """Make an image of a running server; an unfinished one of that name is made again."""
    known = [one for one in work.images() if one.name == name]
    if any(one.status == USABLE for one in known):
        return
    for unfinished in known:
        _remove_image(work, str(unfinished.id))
    with asking("compute", work.cloud.name):
        made = work.compute.create_server_image(server, name)
    work.patience.until(lambda: _usable(work, str(made.id)), f"the copy of server {name.rpartition('-op-')[2]}")
    work.patience.until(lambda: _idle(work, server), f"server {server} after its copy")


def _usable(work: _Work, image: str) -> bool | None:
    found = ask_unless({NOT_FOUND}, "image", work.cloud.name, lambda: work.connection.image.get_image(image))
    if found is None or found.status in {"killed", "deleted"}:
        raise OperationFailedError("the cloud lost the copy of a server that it was making", detail=f"image {image}")
    return True if found.status == USABLE else None


def _idle(work: _Work, server: str) -> bool | None:
    with asking("compute", work.cloud.name):
        return None if work.compute.get_server(server).task_state else True


def _copy_volume(work: _Work, volume: Volume, name: str) -> None:
    """Make a snapshot of a volume; an unusable one of that name is made again."""
    for known in [one for one in work.storage.own_snapshots() if one.name == name]:
        if known.status == "available":
            return
        work.storage.remove_snapshot(str(known.id))
    work.storage.add_snapshot(str(volume.id), name, {"tenure-rewind": "yes"})


def _rebuild(work: _Work, server: str, image: str) -> None:
    with asking("compute", work.cloud.name):
        work.compute.rebuild_server(server, image)
    work.patience.until(lambda: _settled(work, server, frozenset({RUNS, STOPPED})), f"server {server} made again")
    _switch(work, server, RUNS)


def _settled(work: _Work, server: str, wanted: frozenset[str]) -> bool | None:
    """Whether a server has one of these states and nothing is being done to it; OperationFailedError on its failure."""
    with asking("compute", work.cloud.name):
        found = work.compute.get_server(server)
    if found.status == FAILED and not found.task_state:
        said = (found.fault or {}).get("message", "")
        raise OperationFailedError(f"the cloud could not make server {found.name} again", detail=said)
    return True if found.status in wanted and not found.task_state else None


def _switch(work: _Work, server: str, wanted: str) -> None:
    """Stop or start a server and wait until it is; harmless when it is."""
    with asking("compute", work.cloud.name):
        status = work.compute.get_server(server).status
        if status == wanted:
            return
        (work.compute.start_server if wanted == RUNS else work.compute.stop_server)(server)
    work.patience.until(lambda: _settled(work, server, frozenset({wanted})), f"server {server} {wanted}")


def _revert(work: _Work, server: str, volume: Volume, name: str) -> None:
    """Take a volume off its stopped server, lead it back to its newest snapshot, and put it on again."""
    copies = [one for one in work.storage.own_snapshots() if one.name == name and one.status == "available"]
    if not copies:
        raise OperationFailedError(f"there is no copy of volume {volume.name} to lead it back to")
    work.storage.detach(str(volume.id), server)
    work.storage.revert(str(volume.id), str(copies[0].id))
    work.storage.attach(str(volume.id), server)


def _remove_image(work: _Work, image: str) -> None:
    with asking("image", work.cloud.name):
        work.connection.image.delete_image(image, ignore_missing=True)
