"""What the child asks the cloud itself, where the provider's way of waiting costs seconds (ADR 0004).

The provider looks for a change at once, then after 3 seconds, then after 6 more. Here the cloud is asked four times a
second. Pulumi stays in charge: it finds done what it would have done, and its state says what is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from keystoneauth1.exceptions import ClientException
from requests import RequestException

from orchestrator.adapters.pulumi.cloud_api import CloudApi
from orchestrator.domain.errors import Diagnostic, OperationFailedError
from orchestrator.domain.spec import EnvironmentSpec
from stacks.naming import volume_sizes

PAUSE_SECONDS = 0.25
SERVERS_GONE_SECONDS = 60.0
ATTACHED_SECONDS = 300.0
AT_ONCE = 8
ON_THE_WAY = frozenset({"attaching", "reserved"})
"""Nova reserves a volume before it answers; one that is available again could not be attached."""

ATTACHED = "in-use"
REFUSALS = (ClientException, RequestException)
"""What fails here is done again by Pulumi, which tells of it with the resource's name."""


class Errands:
    """Errands for one environment.

    Args:
        cloud: The administrator's view.
        spec: Names what is the environment's own; nothing else is touched.
        interrupted: Whether somebody asked to stop.
    """

    def __init__(self, cloud: CloudApi, spec: EnvironmentSpec, interrupted: Callable[[], bool]) -> None:
        self._cloud = cloud
        self._spec = spec
        self._interrupted = interrupted

    def remove_hosts(self) -> Callable[[], None]:
        """Delete the servers and wait until they are gone, then begin to delete the volumes.

        Returns:
            Waits for the end of what was begun; call it when Pulumi has done the rest.
        """
        with suppress(*REFUSALS):
            return self._begin_removal()
        return lambda: None

    def project(self) -> str | None:
        """Give the id of the environment's project, or None when there is none."""
        projects = self._cloud.items("identity", "/projects", "projects", name=self._spec.name)
        return str(projects[0]["id"]) if projects else None

    def _begin_removal(self) -> Callable[[], None]:
        project = self.project()
        if project is None:
            return lambda: None
        self._delete("compute", "/servers", self._servers(project))
        self._until(lambda: not self._servers(project), SERVERS_GONE_SECONDS)
        pool = ThreadPoolExecutor(1)
        pool.submit(lambda: self._delete("block-storage", "/volumes", self._volumes(project)))
        return pool.shutdown

    def confirm_attachments(self, project: str) -> None:
        """Wait until every volume is attached.

        Raises:
            OperationFailedError: A volume did not get there; it is named.
        """
        wanted = self._volume_names()
        if not wanted:
            return
        self._until(lambda: self._on_the_way(project) == [], ATTACHED_SECONDS)
        attached = {volume["name"] for volume in self._volumes(project) if volume["status"] == ATTACHED}
        missing = sorted(wanted - attached)
        if missing:
            raise OperationFailedError(
                "",
                diagnostics=tuple(
                    Diagnostic(
                        summary=f"attachment-{name}: the cloud did not attach the volume",
                        field=f"attachment-{name}",
                        hint="when the cause is gone: tenure operation retry",
                    )
                    for name in missing
                ),
            )

    def _on_the_way(self, project: str) -> list[dict[str, Any]]:
        return [volume for volume in self._volumes(project) if volume["status"] in ON_THE_WAY]

    def _servers(self, project: str) -> list[dict[str, Any]]:
        names = {name for role in self._spec.roles for name in role.host_names()}
        found = self._cloud.items("compute", "/servers/detail", "servers", all_tenants="1", project_id=project)
        return [server for server in found if server["name"] in names]

    def _volumes(self, project: str) -> list[dict[str, Any]]:
        names = self._volume_names()
        found = self._cloud.items("block-storage", "/volumes/detail", "volumes", all_tenants="1", project_id=project)
        return [volume for volume in found if volume["name"] in names]

    def _volume_names(self) -> set[str]:
        return set(volume_sizes(self._spec))

    def _delete(self, service: str, path: str, things: Iterable[dict[str, Any]]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda thing: self._cloud.remove(service, f"{path}/{thing['id']}"), things))

    def _until(self, done: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not done() and time.monotonic() < deadline:
            if self._interrupted():
                raise InterruptedError("asked to stop while waiting for the cloud")
            time.sleep(PAUSE_SECONDS)
