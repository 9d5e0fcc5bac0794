"""Patching (Art. 30, 32): batches, the way back, what is told, and what the next run mends."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Environment, Outputs
from orchestrator.ports import HostCheck, HostOutcome, Job
from orchestrator.workflows.manner import Manner
from tests.fakes.hosts import FakeAccess
from tests.fakes.patching import LED_BACK, NOT_LED_BACK
from tests.fakes.points import refuse
from tests.tenancy_steps import TEST
from tests.unit.workflows.patched import HOSTS, LOST, Patched


def test_a_rehearsal_lists_what_is_pending_and_changes_nothing(patched: Patched) -> None:
    """It is told by host with severity and advisories, and nothing is copied or installed."""
    done = patched.ask(Manner.REHEARSAL)
    assert done.state is OperationState.SUCCEEDED
    assert (done.result["security"], done.result["other"]) == (6, 0)
    assert [play.playbook for play in patched.fake.plays] == ["patch_look"]
    assert patched.rewind.copies == {}
    found = patched.standing()
    assert found.hosts["web-1"].pending[0].advisories == ("CVE-2026-1",)
    assert (found.compliance.security, found.compliance.patched_at) == (6, None)


def test_a_run_goes_canary_first_and_bastion_last(patched: Patched) -> None:
    """Each batch is as large as the policy says; afterwards nothing is pending, no copy is left, and it is told."""
    done = patched.ask()
    assert done.state is OperationState.SUCCEEDED
    assert set(done.result["hosts"].values()) == {"patched"}
    (play,) = [play for play in patched.fake.plays if play.playbook == "patch"]
    assert play.variables["patch_serial"] == [1, 2, 2, 1]
    assert play.variables["patch_hosts"][-1] == "bastion-1"
    assert patched.patched() == set(HOSTS)
    assert patched.rewind.copies == {}
    assert "environment-patched" in patched.installation.notices(TEST)
    assert patched.standing().compliance.days_since == 0


def test_signs_of_health_come_from_the_blueprint(patched: Patched) -> None:
    """Every host is asked for those of its role."""
    patched.ask()
    care = patched.installation.ports.library.blueprint("three-tier").care
    (play,) = [play for play in patched.fake.plays if play.playbook == "patch"]
    signs = {host.name: len(care.of(host.role).health) for host in patched.environment.outputs.hosts}
    assert {host: len(found) for host, found in play.variables["patch_health"].items()} == signs


def test_a_host_that_leads_itself_back_stops_the_run(patched: Patched) -> None:
    """The canary shows it: the rest is untouched; the next run goes on where it stopped."""
    canary = patched.order[0]
    patched.trouble(canary, HostOutcome(host=canary, failed=1, rescued=1, told=LED_BACK))
    failed = patched.ask()
    assert failed.state is OperationState.FAILED
    assert patched.patched() == set()
    assert "led back to the packages of before (Be healthy afterwards: unit app is failed)" in patched.detail(failed)
    assert "untouched: " in patched.detail(failed)
    assert patched.rewind.done == []
    assert patched.rewind.copies == {}
    assert patched.retry(failed).state is OperationState.SUCCEEDED
    assert patched.patched() == set(HOSTS)


def test_a_failure_in_a_later_batch_leaves_part_done(patched: Patched) -> None:
    """What is patched stays patched, also in its own batch; the batch after it is untouched (exit code 5)."""
    patched.trouble(patched.order[3], HostOutcome(host="", failed=1, told=LED_BACK))
    halfway = patched.ask()
    assert halfway.state is OperationState.PARTLY_DONE
    assert patched.patched() == {*patched.order[:3], patched.order[4]}
    assert patched.retry(halfway).state is OperationState.SUCCEEDED


def test_a_host_that_failed_before_anything_was_changed(patched: Patched) -> None:
    """The package database is locked, or the disk is full: told as such, without a way back."""
    locked = "Plan, and keep the way back: the package database is locked"
    patched.trouble(patched.order[0], HostOutcome(host="", failed=1, error=locked))
    failed = patched.ask()
    assert f"{patched.order[0]}: failed before anything was changed ({locked})" in patched.detail(failed)
    assert patched.rewind.done == []


def test_a_look_that_fails_stops_everything_before_it_began(patched: Patched) -> None:
    """A host that cannot be looked at is mended first; nothing was copied or changed."""
    patched.fake.looks_fail = {"web-2"}
    failed = patched.ask()
    assert failed.state is OperationState.FAILED
    assert "web-2: List what is pending: the package database is locked" in patched.detail(failed)
    assert [play.playbook for play in patched.fake.plays] == ["patch_look"]
    assert patched.rewind.copies == {}
    patched.fake.looks_fail = set()
    assert patched.retry(failed).state is OperationState.SUCCEEDED


def test_a_host_that_comes_back_is_finished(patched: Patched) -> None:
    """The network was cut for a while: the host is patched to its end; what followed it is left to the next run."""
    patched.trouble(patched.order[0], LOST)
    halfway = patched.ask()
    assert halfway.state is OperationState.PARTLY_DONE
    assert patched.patched() == {patched.order[0]}
    assert patched.rewind.done == []
    assert patched.retry(halfway).state is OperationState.SUCCEEDED
    assert patched.patched() == set(HOSTS)


def test_a_host_that_was_stopped_is_started_and_finished(patched: Patched) -> None:
    """Somebody switched it off in the middle: it is started before anything is led back."""
    host = patched.order[0]
    patched.trouble(host, LOST)
    patched.fake.on_play["patch"] = lambda: patched.switch_off(host)
    halfway = patched.ask()
    assert patched.rewind.done == []
    assert patched.installation.cloud.of(TEST).named()[host].running
    assert patched.patched() == {host}
    assert patched.retry(halfway).state is OperationState.SUCCEEDED


def test_a_host_whose_copy_does_not_come_back_stays_broken(patched: Patched) -> None:
    """The cloud refuses: it is told, and the copies stay for a person."""
    patched.trouble(patched.order[0], HostOutcome(host="", failed=1, told=NOT_LED_BACK))
    patched.installation.points.at("rewind-server", refuse)
    failed = patched.ask()
    assert "could not be led back; its copy is kept" in patched.detail(failed)
    assert failed.id in patched.rewind.copies


def test_a_host_that_could_not_lead_itself_back_is_made_again(patched: Patched) -> None:
    """From the copy of its server; its data volumes stay when it is healthy with them."""
    patched.trouble(patched.order[0], HostOutcome(host="", failed=1, told=NOT_LED_BACK))
    failed = patched.ask()
    assert patched.rewind.done == [f"server {patched.order[0]}"]
    assert "made again from the server's copy" in patched.detail(failed)
    assert patched.rewind.copies == {}


def test_volumes_follow_only_when_the_host_is_not_healthy_without(patched: Patched) -> None:
    """What loses least comes first."""
    patched.trouble(patched.order[0], HostOutcome(host="", failed=1, told=NOT_LED_BACK))
    patched.fake.unhealthy = {patched.order[0]: 1}
    failed = patched.ask()
    assert patched.rewind.done == [f"server {patched.order[0]}", f"volumes {patched.order[0]}"]
    assert "of its data volumes" in patched.detail(failed)


def test_a_host_that_stays_broken_keeps_its_copy(patched: Patched) -> None:
    """It is told, and the copy is there for a person."""
    patched.trouble(patched.order[0], HostOutcome(host="", failed=1, told=NOT_LED_BACK))
    patched.fake.unhealthy = {patched.order[0]: 2}
    failed = patched.ask()
    assert "could not be led back; its copy is kept" in patched.detail(failed)
    assert patched.rewind.copies == {failed.id: set(HOSTS)}


def test_a_host_that_is_gone_is_made_again_when_its_neighbours_answer(patched: Patched) -> None:
    """It does not answer and the cloud says that it runs: the others show that it is not the network."""
    patched.trouble(patched.order[0], LOST)
    patched.installation.ports = replace(patched.installation.ports, access=Deaf(patched, {patched.order[0]: 1}))
    failed = patched.ask()
    assert patched.rewind.done == [f"server {patched.order[0]}"]
    assert failed.state is OperationState.FAILED


def test_a_network_that_is_cut_leads_nothing_back(patched: Patched) -> None:
    """Nobody answers: nobody can tell whether hosts are gone, so they are left as they are, and the copies stay."""
    patched.trouble(patched.order[0], LOST)
    patched.installation.ports = replace(patched.installation.ports, access=Deaf(patched, dict.fromkeys(HOSTS, 9)))
    failed = patched.ask()
    assert patched.rewind.done == []
    assert "gone or cut off" in patched.detail(failed)
    assert failed.id in patched.rewind.copies


class Deaf(FakeAccess):
    """Host access to an environment in which some hosts do not answer, so many times."""

    def __init__(self, patched: Patched, times: dict[str, int]) -> None:
        super().__init__(patched.installation.cloud)
        self._times = times

    def wait_ready(self, environment: Environment, outputs: Outputs, job: Job) -> tuple[HostCheck, ...]:
        """Fail for those that do not answer."""
        for host in outputs.hosts:
            left = self._times.get(host.name, 0)
            self._times[host.name] = left - 1
            if left > 0:
                refuse(f"host {host.name}")
        return super().wait_ready(environment, outputs, job)
