"""Quotas of the tenant's project, in the provider's words (see :mod:`orchestrator.domain.quota` for the numbers)."""

from __future__ import annotations

import pulumi
import pulumi_openstack as openstack

from orchestrator.domain.quota import NOTHING, Quota, quota_of
from orchestrator.domain.spec import EnvironmentSpec
from stacks import naming
from stacks.context import Context


def of(spec: EnvironmentSpec, context: Context) -> Quota:
    """Give the quota of an environment, including what a change has still to take away and what can't shrink."""
    grown = sum(max(0, context.grown.get(name, 0) - size) for name, size in naming.volume_sizes(spec).items())
    more = context.surplus.totals.plus(NOTHING.model_copy(update={"volume_gib": grown}))
    return quota_of(spec, more, context.surplus.rules)


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
