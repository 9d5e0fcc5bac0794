"""What the cloud itself says about an environment's project, and whether it has room for a specification."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from orchestrator.adapters.openstack.capacity import WARN_SHARE, check
from orchestrator.adapters.openstack.cloud import Cloud, at_once
from orchestrator.adapters.openstack.faults import asking
from orchestrator.adapters.openstack.looks import HOLD_NOTHING, LOOKS, Look, Scope
from orchestrator.adapters.openstack.removal import Removing, removal_order, remove
from orchestrator.adapters.openstack.tenancies import find_project
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Capacity, FoundResource, Vault

if TYPE_CHECKING:
    from openstack.connection import Connection
    from openstack.identity.v3.role_assignment import RoleAssignment


def service_user(environment: str) -> str:
    """Give the name of a project's service user, as stacks/naming.py has it."""
    return f"{environment}-service"


@dataclass(frozen=True)
class Project:
    """A project and who may act in it.

    Attributes:
        id: Its id; empty when it is gone.
        users: Its own users, names by ids: its service user, those who hold a role here and nowhere else, or whose
            default it is.
        assignments: The roles held in it, by anybody.
    """

    id: str
    name: str
    domain_id: str
    users: dict[str, str]
    assignments: tuple[RoleAssignment, ...]


class OpenStackInventory:
    """The inventory by openstacksdk, with the administrator's account.

    Args:
        cloud: The cloud, or the name of its entry in clouds.yaml.
        vault: Knows the service users' passwords, for services that show a project only to itself.
        warn_share: Share of the capacity from which a check warns (Art. 31).
        ignored_services: Types in the catalogue that an administrator vouches for: nothing of a project is there.
    """

    def __init__(
        self,
        cloud: Cloud | str,
        vault: Vault,
        *,
        warn_share: float = WARN_SHARE,
        ignored_services: frozenset[str] = frozenset(),
    ) -> None:
        self._cloud = cloud if isinstance(cloud, Cloud) else Cloud(cloud)
        self._vault = vault
        self._warn_share = warn_share
        self._ignored = HOLD_NOTHING | ignored_services

    def check(self, spec: EnvironmentSpec) -> Capacity:
        """Compare what a spec needs with what the cloud has; see :mod:`orchestrator.adapters.openstack.capacity`."""
        return check(self._cloud, spec, self.project_id(spec.name), self._warn_share)

    def project_id(self, environment: str) -> str | None:
        """Give the id of the environment's project, or None when there is none."""
        found = find_project(self._cloud, environment)
        return None if found is None else str(found.id)

    def list_project(self, environment: str) -> tuple[FoundResource, ...]:
        """List everything in the environment's project, in an order in which it can be removed.

        Every call must answer: a service that fails, or that this inventory does not know, is an error that names
        it, since evidence never comes from silence. A service user that outlived its project is found by its name.
        """
        project = self._project(environment)
        if not project.id and not project.users:
            return ()
        present = self._known_services()
        scope = self._scope(project, environment)
        looks = [look for look in LOOKS if look.catalogue in present and look.exists(scope)]
        if not project.id:
            looks = [look for look in looks if look.of_users]
        answers = at_once(lambda look: self._look(look, scope), looks)
        found = [*_tenancy(project), *(resource for answer in answers for resource in answer)]
        return removal_order({(resource.service, resource.id): resource for resource in found}.values())

    def remove_leftover(self, environment: str, resource: FoundResource) -> None:
        """Remove one thing that no state knows, and wait until it is gone; harmless when it is gone already.

        OperationFailedError when the cloud refuses, or for a kind that is not removed by machine.
        """
        project = cache(lambda: self._project(environment))
        removing = Removing(
            self._cloud.admin(),
            lambda: self._inside(project(), environment),
            lambda: tuple(project().users),
            resource.id,
        )
        with asking(resource.service, self._cloud.name):
            remove(removing, resource, environment)

    def _project(self, environment: str) -> Project:
        """Give the project with its users; without an id when it is gone, which its users may have outlived."""
        found = find_project(self._cloud, environment)
        identity = self._cloud.identity()
        with asking("identity", self._cloud.name):
            named = service_user(environment)
            users = {one.id: one.name for one in identity.users(name=named) if one.name == named}
            if found is None:
                return Project("", environment, "", users, ())
            assignments = tuple(identity.role_assignments(scope_project_id=found.id, include_names=True))
            holders = {one.user["id"]: one.user["name"] for one in assignments if one.user}
            users |= {user: name for user, name in holders.items() if self._acts_only_in(found.id, user)}
            of_domain = identity.users(domain_id=found.domain_id)
            users |= {one.id: one.name for one in of_domain if one.default_project_id == found.id}
        return Project(found.id, found.name, found.domain_id, users, assignments)

    def _acts_only_in(self, project_id: str, user_id: str) -> bool:
        assignments = self._cloud.identity().role_assignments(user_id=user_id)
        return all((one.scope or {}).get("project", {}).get("id") == project_id for one in assignments)

    def _known_services(self) -> frozenset[str]:
        services = self._cloud.services()
        known = {look.catalogue for look in LOOKS} | self._ignored
        unknown = sorted(entry for official, entry in services.items() if not {official, entry} & known)
        if unknown:
            raise OperationFailedError(
                f"the inventory does not know the service {unknown[0]} of the catalogue",
                detail=f"what a project holds there cannot be told: {', '.join(unknown)}",
                hint="name services that hold nothing of a project in the setting ignored_services",
            )
        return frozenset(services) | {"identity"}

    def _scope(self, project: Project, environment: str) -> Scope:
        admin = self._cloud.admin()
        with asking("network", self._cloud.name):
            extensions = frozenset(str(one.alias) for one in admin.network.extensions())
        return Scope(
            admin, project.id, tuple(project.users), extensions, cache(lambda: self._inside(project, environment))
        )

    def _inside(self, project: Project, environment: str) -> Connection:
        """Give a connection inside the project: as its service user, else as the administrator with a role there."""
        if project.users:
            password = self._vault.derive(f"service-user/{environment}")
            return self._cloud.tenant(next(iter(project.users)), password, project.id)
        return self._cloud.within(project.name, project.domain_id)

    def _look(self, look: Look, scope: Scope) -> tuple[FoundResource, ...]:
        with asking(look.service, self._cloud.name):
            return tuple(look.found(scope))


def _tenancy(project: Project) -> Iterator[FoundResource]:
    """Give what the first stroke of a teardown leaves: the project, its users and the roles held in it."""
    if project.id:
        yield FoundResource(service="identity", type="project", id=project.id, name=project.name, tenancy=True)
    for user, name in project.users.items():
        yield FoundResource(service="identity", type="user", id=user, name=name, tenancy=True)
    for assignment in project.assignments:
        holder = assignment.user or assignment.group or {}
        role = assignment.role or {}
        yield FoundResource(
            service="identity",
            type="role_assignment",
            id=f"{holder.get('id', '')}/{role.get('id', '')}",
            name=f"{role.get('name', '')} of {holder.get('name', '')}",
            tenancy=True,
        )
