"""Quotas of the tenant's project, in the provider's words (see :mod:`orchestrator.domain.quota` for the numbers)."""

from __future__ import annotations

import pulumi
import pulumi_openstack as openstack

from orchestrator.domain.quota import Quota


def compute(quota: Quota, project_id: pulumi.Input[str]) -> openstack.compute.QuotaSetV2Args:
    """Give the compute quota; memory in MiB."""
    return openstack.compute.QuotaSetV2Args(
        project_id=project_id,
        instances=quota.instances,
        cores=quota.cores,
        ram=quota.ram_mib,
        server_groups=quota.server_groups,
        server_group_members=quota.instances,
    )


def network(quota: Quota, project_id: pulumi.Input[str]) -> openstack.networking.QuotaV2Args:
    """Give the network quota."""
    return openstack.networking.QuotaV2Args(
        project_id=project_id,
        network=quota.networks,
        subnet=quota.networks,
        router=quota.networks,
        floatingip=quota.addresses,
        port=quota.ports,
        security_group=quota.groups,
        security_group_rule=quota.rules,
    )


def volume(quota: Quota, project_id: pulumi.Input[str]) -> openstack.blockstorage.QuoteSetV3Args:
    """Give the volume quota; sizes in GiB."""
    return openstack.blockstorage.QuoteSetV3Args(
        project_id=project_id,
        volumes=quota.volumes,
        snapshots=quota.snapshots,
        gigabytes=quota.volume_gib,
    )
