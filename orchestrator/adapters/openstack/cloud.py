"""Connections to one OpenStack: as its administrator, and as the service user of one project."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

from os_service_types import ServiceTypes

from orchestrator.adapters.openstack.faults import asking

if TYPE_CHECKING:
    from keystoneauth1.access import AccessInfo
    from keystoneauth1.identity.base import BaseIdentityPlugin
    from openstack.connection import Connection
    from openstack.identity.v3._proxy import Proxy as Identity

TIMEOUT_SECONDS = 15.0
CALLS_AT_ONCE = 8
ADMIN_ROLE = "admin"


@dataclass(frozen=True)
class Account:
    """The administrator's own account.

    Attributes:
        user_id: Its user.
        role_ids: The role ``admin`` where it has one, else all of its roles.
        domain_id: Domain of its project, in which projects of ours are made.
    """

    user_id: str
    role_ids: tuple[str, ...]
    domain_id: str


class Cloud:
    """One entry of clouds.yaml; the SDK is loaded and the account proved at the first use.

    A connection may be used by several threads at once.

    Args:
        name: The entry's name; empty for the ``OS_…`` variables of the environment.
        timeout_seconds: How long one call may wait for the cloud.
        clouds_yaml: The file that has the entry; by default where OpenStack's clients look for it.
    """

    def __init__(self, name: str, timeout_seconds: float = TIMEOUT_SECONDS, *, clouds_yaml: Path | None = None) -> None:
        self.name = name
        self._clouds_yaml = clouds_yaml
        self._timeout_seconds = timeout_seconds
        self._lock = Lock()
        self._connection: Connection | None = None

    def admin(self) -> Connection:
        """Give the administrator's connection; OperationFailedError when the cloud does not take the account."""
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            return self._connection

    def identity(self) -> Identity:
        """Give the administrator's identity service (version 3)."""
        with asking("identity", self.name):
            return cast("Identity", self.admin().identity)

    def tenant(self, user_id: str, password: str, project_id: str) -> Connection:
        """Give a connection as one user of one project."""
        return self._connect_as(user_id=user_id, password=password, project_id=project_id)

    def within(self, project_name: str, domain_id: str) -> Connection:
        """Give the administrator's connection inside one project; needs a role of the administrator there."""
        return self._connect_as(project_name=project_name, project_domain_id=domain_id)

    def account(self) -> Account:
        """Give who the administrator is."""
        access = self._access()
        roles = dict(zip(access.role_names or [], access.role_ids or [], strict=True))
        wanted = [roles[ADMIN_ROLE]] if ADMIN_ROLE in roles else list(roles.values())
        return Account(str(access.user_id), tuple(wanted), str(access.project_domain_id or "default"))

    def services(self) -> dict[str, str]:
        """Give the services of the catalogue in the cloud's region: official type to the type that it uses."""
        access = self._access()
        known = ServiceTypes()
        region = self.admin().config.get_region_name()
        entries = [
            str(entry["type"])
            for entry in access.service_catalog.normalize_catalog()
            if any(not region or endpoint["region_name"] in {None, region} for endpoint in entry["endpoints"])
        ]
        return {known.get_service_type(entry) or entry: entry for entry in entries}

    def _access(self) -> AccessInfo:
        session = self.admin().session
        with asking("identity", self.name):
            return cast("BaseIdentityPlugin", session.auth).get_access(session)

    def _connect(self) -> Connection:
        import openstack  # noqa: PLC0415  loading the SDK takes more than a second

        file = self._clouds_yaml
        with asking("identity", self.name):
            configuration = openstack.config.OpenStackConfig(
                config_files=[str(file)] if file else None, load_envvars=file is None, app_name="tenure"
            )
            region = configuration.get_one(cloud=self.name or None, api_timeout=self._timeout_seconds)
            connection = openstack.connection.Connection(config=region)
            connection.session.get_token()
            return connection

    def _connect_as(self, **account: str) -> Connection:
        admin = self.admin()
        with asking("identity", self.name):
            connection = admin.connect_as(**account)
            connection.session.get_token()
            return connection


def at_once[Given, Answer](work: Callable[[Given], Answer], items: Iterable[Given]) -> list[Answer]:
    """Do the same with every item in a few threads; answers in order, the first error is raised after all ended."""
    with ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="openstack") as pool:
        return [future.result() for future in [pool.submit(work, item) for item in items]]
