"""Storage: data volumes with their attachments, and the object container."""

from __future__ import annotations

import pulumi
import pulumi_openstack as openstack

from orchestrator.domain.spec import HostRole, VolumeSpec
from stacks import naming
from stacks.machine import Machine
from stacks.scope import PATIENCE, Component, Scope
from stacks.tenant import Tenant


class Storage(Component):
    """The volumes of all hosts, and a container where the cloud has object storage.

    The provider does not wait for attachments, since it looks for them only every three seconds: whoever runs the
    program confirms them (ADR 0004).
    """

    def __init__(self, scope: Scope, tenant: Tenant) -> None:
        super().__init__("Storage", "storage")
        self._scope = scope
        self._tenant = tenant
        self._made = {
            naming.volume_name(host, volume.name): self._volume(host, volume)
            for role in scope.spec.roles
            for host in role.host_names()
            for volume in role.volumes
        }
        if scope.spec.container and scope.context.cloud.object_storage:
            self._container()

    def growing(self, host: str, role: HostRole) -> list[pulumi.Resource]:
        """Give the host's volumes that become larger; they go first, since Nova reserves them while it resizes."""
        sizes = self._scope.context.grown
        names = {naming.volume_name(host, volume.name): volume.size_gib for volume in role.volumes}
        return [self._made[name] for name, size in names.items() if sizes.get(name, size) < size]

    def attach(self, machine: Machine) -> None:
        """Attach one after the other: the order of attachment tells volumes of equal size apart."""
        earlier: list[pulumi.Resource] = []
        for volume in machine.role.volumes:
            earlier = [self._attached(machine, volume, earlier)]

    def _attached(self, machine: Machine, volume: VolumeSpec, earlier: list[pulumi.Resource]) -> pulumi.Resource:
        name = naming.volume_name(machine.name, volume.name)
        return openstack.compute.VolumeAttach(
            f"attachment-{name}",
            instance_id=machine.server.id,
            volume_id=self._made[name].id,
            vendor_options=openstack.compute.VolumeAttachVendorOptionsArgs(ignore_volume_confirmation=True),
            opts=self._scope.options(
                self,
                provider=self._tenant.provider,
                depends_on=earlier,
                deleted_with=machine.server,
                custom_timeouts=PATIENCE,
            ),
        )

    def _volume(self, host: str, volume: VolumeSpec) -> openstack.blockstorage.Volume:
        name = naming.volume_name(host, volume.name)
        return openstack.blockstorage.Volume(
            f"volume-{name}",
            name=name,
            size=max(volume.size_gib, self._scope.context.grown.get(name, 0)),
            enable_online_resize=True,
            metadata=self._scope.spec.marks() | {"host": host, "mount": volume.mount},
            opts=self._scope.options(
                self, provider=self._tenant.provider, depends_on=[self._tenant.volume_quota], custom_timeouts=PATIENCE
            ),
        )

    def _container(self) -> None:
        openstack.objectstorage.Container(
            "container",
            name=naming.container_name(self._scope.spec.name),
            metadata=self._scope.spec.marks(),
            opts=self._scope.options(self, provider=self._tenant.provider),
        )
