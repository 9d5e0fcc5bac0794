"""Quotas: what an environment needs, and what its stage may have beside it."""

from __future__ import annotations

import pytest

from orchestrator.domain.names import Stage
from orchestrator.domain.quota import SPARE_PORTS, quota_of
from orchestrator.domain.spec import EnvironmentSpec, Totals
from tests.samples import a_spec


def five_hosts(stage: Stage) -> EnvironmentSpec:
    """Give five hosts of 1 vCPU, 512 MiB and a volume of 1 GiB."""
    return a_spec(stage=stage, roles=[a_spec().roles[0].model_copy(update={"count": 5})])


def test_a_test_environment_gets_what_it_needs() -> None:
    """Nothing can grow beside what was decided; the snapshots before two changes have room."""
    quota = quota_of(five_hosts(Stage.TEST))
    assert (quota.instances, quota.cores, quota.ram_mib, quota.ports) == (5, 5, 2560, 5 + SPARE_PORTS)
    assert (quota.volumes, quota.snapshots, quota.volume_gib) == (5, 10, 15)


@pytest.mark.parametrize("stage", [Stage.TRIAL, Stage.PRODUCTION])
def test_a_live_environment_has_room_for_its_backups_and_a_restored_copy(stage: Stage) -> None:
    """Every backup that may be kept, the new and the final one, and a copy to compare (Art. 30), by size too."""
    quota = quota_of(five_hosts(stage))
    assert (quota.volumes, quota.snapshots) == (10, 45)
    assert quota.volume_gib == quota.volumes * 1 + quota.snapshots * 1


def test_production_has_a_quarter_free_for_a_change() -> None:
    """A change is carried out within Art. 15's three working days, not after a change of quotas; rounded up."""
    trial, production = quota_of(five_hosts(Stage.TRIAL)), quota_of(five_hosts(Stage.PRODUCTION))
    assert (trial.instances, trial.cores, trial.ram_mib) == (5, 5, 2560)
    assert (production.instances, production.cores, production.ram_mib, production.ports) == (7, 7, 3200, 12)


def test_what_is_still_there_is_part_of_the_quota_until_it_is_gone() -> None:
    """Servers, volumes and rules of before count beside the new ones."""
    surplus = Totals(hosts=2, vcpus=8, ram_mib=4096, volumes=1, volume_gib=3, addresses=0)
    before, after = quota_of(five_hosts(Stage.TEST)), quota_of(five_hosts(Stage.TEST), surplus, 4)
    assert (after.instances - before.instances, after.cores - before.cores) == (2, 8)
    assert (after.ports - before.ports, after.rules - before.rules) == (2, 4)
    assert (after.volumes - before.volumes, after.volume_gib - before.volume_gib) == (1, 9)
