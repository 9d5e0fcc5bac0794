"""Working inside a project as the administrator: in a unit's for a while, in the office's escrow for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from orchestrator.adapters.openstack.cloud import Cloud
from orchestrator.adapters.openstack.faults import ask_unless, asking
from orchestrator.domain.errors import OperationFailedError

if TYPE_CHECKING:
    from openstack.block_storage.v3._proxy import Proxy as BlockStorage
    from openstack.connection import Connection
    from openstack.identity.v3.project import Project

CONFLICT = 409
ESCROW_DESCRIPTION = "Final backups of environments that were taken away, and copies while they are compared (Tenure)"


def find_project(cloud: Cloud, name: str) -> Project | None:
    """Give the project of a name, or None; OperationFailedError when several domains have one."""
    identity = cloud.identity()
    with asking("identity", cloud.name):
        found = list(identity.projects(name=name))
    if len(found) > 1:
        raise OperationFailedError(
            f"the cloud has {len(found)} projects of the name {name}",
            detail=", ".join(f"{one.id} in domain {one.domain_id}" for one in found),
            hint="rename those that are not the environment's",
        )
    return found[0] if found else None


@contextmanager
def inside(cloud: Cloud, project: Project) -> Iterator[Connection]:
    """Give the administrator's connection inside a project; the role that it needs there is held for the block only.

    What is made through it belongs to the project. A role that a killed attempt left is found and taken back.
    """
    identity, account = cloud.identity(), cloud.account()
    for role in account.role_ids:
        with asking("identity", cloud.name):
            identity.assign_project_role_to_user(project.id, account.user_id, role)
    try:
        yield cloud.within(str(project.name), str(project.domain_id))
    finally:
        for role in account.role_ids:
            with asking("identity", cloud.name):
                identity.unassign_project_role_from_user(project.id, account.user_id, role)


def escrow(cloud: Cloud, name: str) -> Connection:
    """Give the administrator's connection inside the escrow project, which is made when it is missing.

    Its quota has no bound for volumes and holds nothing else: only Tenure writes there, and a last backup may fail for
    want of storage, never for a number that nobody raised.
    """
    account = cloud.account()
    project = find_project(cloud, name) or _made(cloud, name, account.domain_id)
    identity = cloud.identity()
    for role in account.role_ids:
        with asking("identity", cloud.name):
            identity.assign_project_role_to_user(project.id, account.user_id, role)
    with asking("volume", cloud.name):
        storage = cast("BlockStorage", cloud.admin().block_storage)
        storage.update_quota_set(str(project.id), volumes=-1, gigabytes=-1, snapshots=-1)
    with asking("compute", cloud.name):
        cloud.admin().compute.update_quota_set(str(project.id), instances=0)
    return cloud.within(name, str(project.domain_id))


def _made(cloud: Cloud, name: str, domain_id: str) -> Project:
    """Make the project; when somebody else was faster, theirs is found."""
    identity = cloud.identity()
    made = ask_unless(
        {CONFLICT},
        "identity",
        cloud.name,
        lambda: identity.create_project(name=name, domain_id=domain_id, description=ESCROW_DESCRIPTION),
    )
    found = made or find_project(cloud, name)
    if found is None:
        raise OperationFailedError(f"the project {name} can neither be made nor found")
    return found
