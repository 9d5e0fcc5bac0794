"""A drill, a verification and a restore on real hosts (Art. 30, 44).

The tests of this module share one live environment and go in order: what the first leaves is what the next finds.
"""

from __future__ import annotations

import pytest

from orchestrator.domain.drill import Control, DrillReport, Verdict
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import ReportKind
from orchestrator.workflows import drill, restore, verify
from orchestrator.workflows.restore import Wish
from tests.integration.drills.house import PROVIDER, House

pytestmark = [pytest.mark.cloud, pytest.mark.hosts, pytest.mark.thorough]

COPY = "drills-kept-drill"


def test_lost_files_come_back_in_place(house: House) -> None:
    """Files that were changed or removed since are as they were; what is newer stays, and is backed up first."""
    house.backed_up()
    taken_at = house.backups()[0].taken_at
    house.on_host(
        "rm /srv/data/register/7.txt; echo forged >/srv/data/register/8.txt; echo new >/srv/data/new.txt; sync"
    )
    ports = house.installation.ports
    wish = Wish(source=house.environment.name, at=taken_at, path="/srv/data/register")
    done = house.carried_out(restore.ask(ports, wish, PROVIDER))
    assert done.state is OperationState.SUCCEEDED, done.error
    assert done.result["files"] == 40
    said = house.on_host("cd /srv/data; cat register/7.txt register/8.txt new.txt")
    assert said.splitlines() == ["entry 7", "entry 8", "new"]
    assert len(house.backups()) == 2


def test_a_drill_on_real_hosts(house: House) -> None:
    """The copy is made, restored, compared and isolated; both controls fail as they have to; nothing is left."""
    ports = house.installation.ports
    done = house.carried_out(drill.ask(ports, house.environment.name, PROVIDER))
    report = DrillReport.model_validate(house.reports(ReportKind.DRILL)[0].body)
    assert done.state is OperationState.SUCCEEDED, (done.error, report)
    assert (report.verdict, report.shortcomings) == (Verdict.PASSED, ())
    assert report.trial is not None
    assert report.trial.files == 41
    said = {one.control: one.said for one in report.controls}
    assert "wrong password" in said[Control.WRONG_KEY]
    assert "pack" in said[Control.FLIPPED_BIT]
    assert "nothing of" in said[Control.ISOLATION]
    assert ports.inventory.project_id(COPY) is None
    with house.installation.records.read() as tx:
        assert tx.environments.get(COPY).state is EnvironmentState.RETIRED


def test_a_verification_on_real_hosts(house: House) -> None:
    """The newest backup and the older one come back onto empty volumes, and count from then on."""
    done = house.carried_out(verify.ask(house.installation.ports, house.environment.name, PROVIDER))
    assert done.state is OperationState.SUCCEEDED, done.error
    found = verify.Verification.model_validate(house.reports(ReportKind.VERIFICATION)[0].body)
    assert [one.equal for one in found.trials] == [True, True]
    assert all(one.compared_at for one in house.backups())
    assert house.installation.ports.inventory.project_id(COPY) is None
