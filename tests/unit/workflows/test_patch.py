"""Patching (Art. 30, 32): windows, batches, the way back, what is told, and what the next run mends."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import DeadlineKind, Environment, Operation, OperationKind, Outputs
from orchestrator.ports import HostCheck, HostOutcome, Job
from orchestrator.workflows import operations, patches
from orchestrator.workflows.patches import Manner
from orchestrator.workflows.sweep import sweep
from tests.fakes.hosts import FakeAccess
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.fakes.machines import FakeRewind
from tests.fakes.patching import LED_BACK, NOT_LED_BACK, FakePatching, an_update
from tests.fakes.points import KilledError, Trouble, die, refuse
from tests.tenancy_steps import LIVE, TEST, in_trial

SATURDAY_EVENING = datetime(2026, 3, 21, 14, 30, tzinfo=UTC)
"""22:30 in Shanghai, inside the rulebook's window."""

TIERS = {
    "blueprint": "three-tier",
    "network": {"cidr": "10.20.0.0/24"},
    "access_from": ["198.51.100.0/24"],
}
HOSTS = ("app-1", "app-2", "bastion-1", "db-1", "web-1", "web-2")
LOST = HostOutcome(host="", reached=False, error="Install what was planned: no answer")


class Patched:
    """An installation with an environment of six hosts, each of which has an update pending."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.fake = FakePatching(installation.cloud)
        self.rewind = FakeRewind(installation.cloud)
        installation.ports = replace(installation.ports, configurator=self.fake, rewind=self.rewind)
        self.environment = installation.make_ready(environment=TIERS)
        self.fake.pending = {host: [an_update()] for host in HOSTS}
        self.fake.plays.clear()
        self.order = [host.name for host in self.environment.outputs.hosts if not host.name.startswith("bastion")]

    def ask(self, manner: Manner = Manner.FOR_GOOD) -> Operation:
        """Ask for a run and carry it out."""
        operation = patches.ask(self.installation.ports, TEST, manner, PROVIDER)
        self.installation.run_all()
        return self.installation.operation(operation.id)

    def retry(self, operation: Operation) -> Operation:
        """Go on with one that stopped, a minute later."""
        self.installation.clock.advance(timedelta(minutes=1))
        operations.retry(self.installation.ports, operation.id, PROVIDER)
        self.installation.run_all()
        return self.installation.operation(operation.id)

    def trouble(self, host: str, *outcomes: HostOutcome) -> None:
        """Let a host come to trouble in its next plays."""
        self.fake.trouble[host] = [one.model_copy(update={"host": host}) for one in outcomes]

    def patched(self) -> set[str]:
        """Give the hosts on which nothing is pending."""
        return {host for host in HOSTS if not self.fake.pending[host]}

    def detail(self, operation: Operation) -> str:
        """Give what the operation's error says."""
        present = self.installation.operation(operation.id)
        assert present.error is not None
        return present.error.detail

    def standing(self) -> patches.Standing:
        """Say how it stands."""
        with self.installation.records.read() as tx:
            return patches.standing(self.installation.ports, tx, self.installation.environment(TEST))


@pytest.fixture
def patched(installation: Installation) -> Patched:
    """Give the environment."""
    return Patched(installation)


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


def test_an_exclusion_ends_by_itself(patched: Patched) -> None:
    """Until its last day the package is left alone and counted as held; the day after it is patched."""
    today = date(2026, 3, 2)
    patches.exclude(patched.installation.ports, TEST, "openssl", "breaks the driver", PROVIDER, today)
    done = patched.ask()
    assert done.state is OperationState.SUCCEEDED
    assert patched.patched() == set()
    assert patched.standing().compliance.held == len(HOSTS)
    patched.installation.clock.advance(timedelta(days=1))
    patched.ask()
    assert patched.patched() == set(HOSTS)


def test_a_hold_ends_when_it_is_lifted(patched: Patched) -> None:
    """It says why, and unit and office read it; a second one of the same package is a conflict."""
    ports = patched.installation.ports
    made = patches.exclude(ports, TEST, "openssl", "breaks the driver", PROVIDER, None)
    with pytest.raises(ConflictError):
        patches.exclude(ports, TEST, "openssl", "again", PROVIDER, None)
    assert "patch-excluded" in patched.installation.notices(TEST)
    patches.lift(ports, made.id, PROVIDER)
    with pytest.raises(ConflictError):
        patches.lift(ports, made.id, PROVIDER)
    patched.ask()
    assert patched.patched() == set(HOSTS)


@pytest.mark.parametrize(
    ("package", "reason", "until"),
    [("", "x", None), ("a b", "x", None), ("*", "x", None), ("openssl", " ", None), ("openssl", "x", date(2026, 1, 1))],
)
def test_exclusions_that_make_no_sense(patched: Patched, package: str, reason: str, until: date | None) -> None:
    """No name, everything, no reason, a day that is over."""
    with pytest.raises(BadInputError):
        patches.exclude(patched.installation.ports, TEST, package, reason, PROVIDER, until)


def test_only_the_provider_patches(patched: Patched) -> None:
    """Art. 30, 32: units patch their own applications."""
    ports = patched.installation.ports
    for actor in (UNIT, OFFICE):
        with pytest.raises(RefusedError):
            patches.ask(ports, TEST, Manner.FOR_GOOD, actor)
        with pytest.raises(RefusedError):
            patches.exclude(ports, TEST, "openssl", "x", actor, None)
    with pytest.raises(NotFoundError):
        patches.lift(ports, "excl-none", PROVIDER)


def test_updates_keep_the_day_on_which_they_were_seen_first(patched: Patched) -> None:
    """A newer version of a package does not begin its time anew; past the rulebook's days it is not compliant."""
    patched.ask(Manner.REHEARSAL)
    patched.installation.clock.advance(timedelta(days=10))
    patched.fake.pending = {host: [an_update(candidate="1.2")] for host in HOSTS}
    patched.ask(Manner.REHEARSAL)
    figure = patched.standing().compliance
    assert (figure.oldest_security_days, figure.compliant) == (10, True)
    patched.installation.clock.advance(timedelta(days=5))
    assert not patched.standing().compliance.compliant


@pytest.mark.parametrize("rows_survive", [True, False])
@pytest.mark.parametrize("trouble", [die, refuse], ids=["dies", "fails"])
def test_trouble_at_every_point_ends_with_all_hosts_patched(
    patched: Patched, trouble: Trouble, *, rows_survive: bool
) -> None:
    """The controller is killed, or a step fails, at each point in turn: the next attempts end well."""
    number = 0
    while True:
        number += 1
        patched.fake.pending = {host: [an_update()] for host in HOSTS}
        operation = patches.ask(patched.installation.ports, TEST, Manner.FOR_GOOD, PROVIDER)
        before = len(patched.installation.points.passed)
        patched.installation.points.at_number(number, trouble)
        clean = run_to_the_end(patched, operation, rows_survive=rows_survive)
        patched.installation.points.calm()
        assert patched.patched() == set(HOSTS)
        assert patched.rewind.copies == {}
        if clean and number > len(patched.installation.points.passed) - before:
            break
    assert number > 10


def run_to_the_end(patched: Patched, operation: Operation, *, rows_survive: bool) -> bool:
    """Start attempts and retries until it has succeeded; gives whether one was enough."""
    installation = patched.installation
    for attempts in range(20):
        present = installation.operation(operation.id)
        if present.state is OperationState.SUCCEEDED:
            return attempts == 1
        if present.state not in {OperationState.QUEUED, OperationState.RUNNING}:
            installation.clock.advance(timedelta(minutes=1))
            operations.retry(installation.ports, operation.id, PROVIDER)
        if not rows_survive:
            installation.kept.clear()
        with suppress(KilledError, Exception):
            installation.run(installation.operation(operation.id))
    pytest.fail(f"{operation.id} does not come to an end")


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


class Live:
    """An installation with a live environment, and its patches."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.fake = FakePatching(installation.cloud)
        installation.ports = replace(installation.ports, configurator=self.fake, rewind=FakeRewind(installation.cloud))
        self.environment = in_trial(installation)

    def at(self, now: datetime) -> None:
        """Be at an instant, and do what is due."""
        self.installation.clock.set(now)
        sweep(self.installation.ports)

    def runs(self) -> list[Operation]:
        """Give the patch operations, oldest first."""
        with self.installation.records.read() as tx:
            found = tx.operations.list(environment=LIVE)
        return [one for one in reversed(found) if one.kind is OperationKind.PATCH]


@pytest.fixture
def live(installation: Installation) -> Live:
    """Give the live environment."""
    return Live(installation)


def test_a_window_begins_the_patches(live: Live) -> None:
    """At its opening, once; the operation knows when the window closes."""
    live.at(SATURDAY_EVENING - timedelta(minutes=31))
    assert live.runs() == []
    live.at(SATURDAY_EVENING)
    live.at(SATURDAY_EVENING + timedelta(minutes=10))
    (run,) = live.runs()
    assert run.parameters == {"window_ends": "2026-03-21T20:00:00+00:00"}
    live.installation.run_all()
    assert live.installation.operation(run.id).state is OperationState.SUCCEEDED


def test_a_missed_window_expires_and_is_told(live: Live) -> None:
    """Tenure was off that night: nothing runs late by surprise, and the next window has its date."""
    live.at(SATURDAY_EVENING - timedelta(hours=2))
    live.at(SATURDAY_EVENING + timedelta(hours=12))
    assert live.runs() == []
    assert "patch-window-missed" in live.installation.notices(LIVE)
    with live.installation.records.read() as tx:
        dates = tx.deadlines.of(subject_of(live.environment))
    (following,) = [one for one in dates if one.kind is DeadlineKind.PATCH and one.met_at is None]
    assert following.due_at == SATURDAY_EVENING + timedelta(days=1, minutes=-30)


def test_a_queued_run_whose_window_has_closed_does_not_run(live: Live) -> None:
    """It waited behind other work: it ends as failed, nothing was begun, and a retry does not make it run late."""
    live.at(SATURDAY_EVENING)
    (run,) = live.runs()
    live.installation.clock.set(SATURDAY_EVENING + timedelta(hours=6))
    live.fake.plays.clear()
    live.installation.run_all()
    present = live.installation.operation(run.id)
    assert present.state is OperationState.FAILED
    assert present.error is not None
    assert "has closed" in present.error.summary
    operations.retry(live.installation.ports, run.id, PROVIDER)
    live.installation.run_all()
    assert live.installation.operation(run.id).state is OperationState.FAILED
    assert [play.playbook for play in live.fake.plays if play.playbook.startswith("patch")] == []


def test_outside_its_window_a_live_environment_is_patched_for_a_reason(live: Live) -> None:
    """Without one it is refused, and the answer says when the next window opens; a look is possible at any time."""
    ports = live.installation.ports
    live.installation.clock.set(SATURDAY_EVENING - timedelta(hours=12))
    with pytest.raises(RefusedError) as refused:
        patches.ask(ports, LIVE, Manner.FOR_GOOD, PROVIDER)
    assert "2026-03-21T14:00" in refused.value.diagnostic.detail
    patches.ask(ports, LIVE, Manner.REHEARSAL, PROVIDER)
    asked = patches.ask(ports, LIVE, Manner.FOR_GOOD, PROVIDER, "exploited in the wild")
    live.installation.run_all()
    assert live.installation.operation(asked.id).state is OperationState.SUCCEEDED
    assert "patch-outside-window" in live.installation.notices(LIVE)
