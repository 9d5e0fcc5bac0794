"""What a killed bench left in the cloud: every project and user of the bench's name, and all that is in them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from openstack.connection import Connection

from orchestrator.ports import FoundResource
from tests.bench.provision.subject import PREFIX
from tests.cloud import CloudAccess
from tests.tenants import empty


def remove_leftovers(access: CloudAccess) -> list[str]:
    """Remove them; gives the names of the projects that there were."""
    with access.connection() as admin:
        identity: Any = admin.identity
        projects = [project for project in identity.projects() if project.name.startswith(PREFIX)]
        users = [user for user in identity.users() if user.name.startswith(PREFIX)]
        for project in projects:
            empty(admin, project.id)
        for user in users:
            _remove_keys(admin, user.id)
            identity.delete_user(user)
        for project in projects:
            identity.delete_project(project)
        return [str(project.name) for project in projects]


def _remove_keys(admin: Connection, user_id: str) -> None:
    compute: Any = admin.compute
    for key in compute.keypairs(user_id=user_id):
        compute.delete_keypair(key, user_id=user_id)


def kinds(found: tuple[FoundResource, ...]) -> Counter[str]:
    """Count what was found in a project by service and type."""
    return Counter(f"{each.service}/{each.type}" for each in found)
