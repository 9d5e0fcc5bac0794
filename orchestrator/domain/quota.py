"""Quotas of a tenant's project, as a function of its specification: nothing can grow beside what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from orchestrator.domain.model import Model
from orchestrator.domain.names import Stage
from orchestrator.domain.spec import EnvironmentSpec, Totals

SPARE_PORTS = 4
"""Router interface, DHCP and two spare ones."""

RULES_PER_GROUP = 4
"""A new group has default rules for two directions and two address families until they are deleted."""

MADE_AT_ONCE = 1
"""Network, subnet and router are made while the quota is being set, and Neutron counts what is being made twice."""


@dataclass(frozen=True)
class Allowance:
    """What a stage may have beyond one of everything.

    Attributes:
        headroom: Share of servers, cores, memory and ports that is free, rounded up.
        copies: Volumes beside each volume.
        snapshots: Snapshots of each volume.
    """

    headroom: Fraction
    copies: int
    snapshots: int


MOST_BACKUPS_KEPT = 7
"""A rulebook may keep so many backups of a volume, and no more: they have to fit into the quota."""

ALLOWANCES = {
    Stage.TEST: Allowance(headroom=Fraction(0), copies=0, snapshots=2),
    Stage.TRIAL: Allowance(headroom=Fraction(0), copies=1, snapshots=MOST_BACKUPS_KEPT + 2),
    Stage.PRODUCTION: Allowance(headroom=Fraction(1, 4), copies=1, snapshots=MOST_BACKUPS_KEPT + 2),
    Stage.DRILL: Allowance(headroom=Fraction(0), copies=0, snapshots=0),
}
"""Trial and production are backed up from their first day (Art. 30): a volume has the backups that are kept, the new
one before the oldest goes, and the one that the final backup is copied from; a backup counts when a restored copy of it
was compared with the original, and the copy is a volume too. In production a change must not wait for quotas to be
raised first (Art. 15: three working days), so a quarter is free there. What is tested is neither backed up nor in use:
it gets what it needs, and room for the snapshots that are taken before it is changed, one after the other."""


class Quota(Model):
    """Limits of one project; memory in MiB, sizes in GiB."""

    instances: int
    cores: int
    ram_mib: int
    server_groups: int
    networks: int
    ports: int
    addresses: int
    groups: int
    rules: int
    volumes: int
    snapshots: int
    volume_gib: int


NOTHING = Totals(hosts=0, vcpus=0, ram_mib=0, volumes=0, volume_gib=0, addresses=0)


def quota_of(spec: EnvironmentSpec, surplus: Totals = NOTHING, surplus_rules: int = 0) -> Quota:
    """Give the quota of an environment.

    Args:
        spec: What it should be.
        surplus: What it still has beyond that while a change is under way.
        surplus_rules: The same, of rules.
    """
    allowance = ALLOWANCES[spec.stage]
    totals = spec.totals.plus(surplus)
    groups = len(spec.roles) + 1
    return Quota(
        instances=_with(allowance.headroom, totals.hosts),
        cores=_with(allowance.headroom, totals.vcpus),
        ram_mib=_with(allowance.headroom, totals.ram_mib),
        server_groups=len(spec.roles),
        networks=1 + MADE_AT_ONCE,
        ports=_with(allowance.headroom, totals.hosts + SPARE_PORTS),
        addresses=spec.totals.addresses,
        groups=groups,
        rules=len(spec.flows) + surplus_rules + RULES_PER_GROUP * groups,
        volumes=totals.volumes * (1 + allowance.copies),
        snapshots=totals.volumes * allowance.snapshots,
        volume_gib=totals.volume_gib * (1 + allowance.copies + allowance.snapshots),
    )


def _with(headroom: Fraction, number: int) -> int:
    return ceil(number * (1 + headroom))
