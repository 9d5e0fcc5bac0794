"""Quotas of the tenant's project: what its specification needs, so that nothing can grow beside it."""

from __future__ import annotations

import pulumi
import pulumi_openstack as openstack

from orchestrator.domain.spec import EnvironmentSpec

SPARE_PORTS = 4
"""Router interface, DHCP and two spare ones."""

RULES_PER_GROUP = 4
"""A new group has default rules for two directions and two address families until they are deleted."""


MADE_AT_ONCE = 1
"""Network, subnet and router are made while the quota is being set, and Neutron counts what is being made twice."""


def compute(spec: EnvironmentSpec, project_id: pulumi.Input[str]) -> openstack.compute.QuotaSetV2Args:
    """Give the compute quota; memory in MiB."""
    totals = spec.totals
    return openstack.compute.QuotaSetV2Args(
        project_id=project_id,
        instances=totals.hosts,
        cores=totals.vcpus,
        ram=totals.ram_mib,
        server_groups=len(spec.roles),
        server_group_members=totals.hosts,
    )


def network(spec: EnvironmentSpec, project_id: pulumi.Input[str]) -> openstack.networking.QuotaV2Args:
    """Give the network quota; every project has one security group from the start."""
    groups = len(spec.roles) + 1
    return openstack.networking.QuotaV2Args(
        project_id=project_id,
        network=1 + MADE_AT_ONCE,
        subnet=1 + MADE_AT_ONCE,
        router=1 + MADE_AT_ONCE,
        floatingip=spec.totals.addresses,
        port=spec.totals.hosts + SPARE_PORTS,
        security_group=groups,
        security_group_rule=len(spec.flows) + RULES_PER_GROUP * groups,
    )


def volume(spec: EnvironmentSpec, project_id: pulumi.Input[str]) -> openstack.blockstorage.QuoteSetV3Args:
    """Give the volume quota: each volume once and a snapshot of each; sizes in GiB."""
    totals = spec.totals
    return openstack.blockstorage.QuoteSetV3Args(
        project_id=project_id,
        volumes=totals.volumes,
        snapshots=totals.volumes,
        gigabytes=2 * totals.volume_gib,
    )
