"""The tenant: project, service user with its role, quotas, and the provider that acts as this user."""

from __future__ import annotations

import pulumi
import pulumi_openstack as openstack

from stacks import naming, quotas
from stacks.context import MEMBER
from stacks.scope import Component, Scope


class Tenant(Component):
    """The project and everything that survives the first stroke of a teardown (DESIGN.md decision 9).

    Attributes:
        project_id: Id of the project.
        compute_quota: Set before servers are made.
        network_quota: Set before ports are made.
        volume_quota: Set before volumes are made.
        provider: Acts as the service user, scoped to the project: servers, volumes, keypairs and containers
            belong to the project of whoever makes them.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__("Tenant", "tenant")
        self._scope = scope
        spec = scope.spec
        project = openstack.identity.Project(
            "project",
            name=spec.name,
            description=naming.description(spec),
            tags=naming.tags(spec),
            opts=scope.options(self),
        )
        self.project_id: pulumi.Output[str] = project.id
        member = self._service_user(project)
        self.compute_quota, self.network_quota, self.volume_quota = self._quotas(project)
        self.provider = self._service_provider(member)

    def _service_user(self, project: openstack.identity.Project) -> openstack.identity.RoleAssignment:
        scope = self._scope
        user = openstack.identity.User(
            "service-user",
            name=naming.service_user(scope.spec.name),
            description=naming.description(scope.spec),
            password=pulumi.Output.secret(scope.context.service_password.get_secret_value()),
            opts=scope.options(self),
        )
        return openstack.identity.RoleAssignment(
            "service-user-member",
            user_id=user.id,
            project_id=project.id,
            role_id=scope.context.cloud.member_role or openstack.identity.get_role_output(name=MEMBER).id,
            opts=scope.options(self, deleted_with=user),
        )

    def _quotas(
        self, project: openstack.identity.Project
    ) -> tuple[
        openstack.compute.QuotaSetV2,
        openstack.networking.QuotaV2,
        openstack.blockstorage.QuoteSetV3,
    ]:
        options = self._scope.options(self, deleted_with=project)
        quota = quotas.of(self._scope.spec, self._scope.context)
        return (
            openstack.compute.QuotaSetV2("compute-quota", quotas.compute(quota, project.id), options),
            openstack.networking.QuotaV2("network-quota", quotas.network(quota, project.id), options),
            openstack.blockstorage.QuoteSetV3("volume-quota", quotas.volume(quota, project.id), options),
        )

    def _service_provider(self, member: openstack.identity.RoleAssignment) -> openstack.Provider:
        scope = self._scope
        cloud = scope.context.cloud
        return openstack.Provider(
            "service",
            cloud="",
            auth_url=cloud.auth_url,
            region=cloud.region or None,
            endpoint_type=cloud.interface,
            cacert_file=cloud.ca_file or None,
            user_name=naming.service_user(scope.spec.name),
            user_domain_name=cloud.user_domain,
            password=pulumi.Output.secret(scope.context.service_password.get_secret_value()),
            tenant_name=scope.spec.name,
            project_domain_name=cloud.project_domain,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[member]),
        )
