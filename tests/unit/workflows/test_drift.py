"""Drift: the fleet is compared with what was made; what differs is told, left alone for a reason, or mended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.store.tables import made
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, Diagnostic, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import Drift, DriftScan, Environment, OperationKind, Thing, ThingKind
from orchestrator.domain.rulebook import Response
from orchestrator.workflows import requests
from orchestrator.workflows.drift import scan, scan_when_due
from orchestrator.workflows.drift_orders import lift, mend, suppress
from tests.fakes.installation import LIBRARY, OFFICE, PROVIDER, UNIT, Installation
from tests.fakes.library import with_drift_rules
from tests.tenancy_steps import TEST

DAY = timedelta(days=1)
NIGHT = timedelta(hours=14)
"""From the tests' morning into the quiet hours."""
HOST = "host-1"


@pytest.fixture
def environment(installation: Installation) -> Environment:
    """Give a ready environment."""
    return installation.make_ready()


def standing(installation: Installation, name: str = TEST) -> list[Drift]:
    """Give what differs by the records."""
    with installation.records.read() as tx:
        found = tx.drifts.of(subject_of(tx.environments.get(name)))
    return sorted((one for one in found if one.gone_at is None), key=lambda one: (one.drift, one.name))


def told(installation: Installation, name: str = TEST) -> list[tuple[str, str]]:
    """Give it as class and name."""
    return [(str(one.drift), one.name) for one in standing(installation, name)]


def looked(installation: Installation) -> DriftScan:
    """Have the whole fleet looked at, and do what follows."""
    seen = scan(installation.ports, PROVIDER)
    installation.run_all()
    return seen


def lose(installation: Installation, name: str) -> None:
    """Let somebody remove a thing by hand."""
    installation.cloud.remove(TEST, name)


def queue_a_mend(installation: Installation) -> None:
    """Have a mend wait for its turn."""
    mend(installation.ports, TEST, PROVIDER)


def by_rule(installation: Installation, **answers: Response) -> None:
    """Let the city's rulebook answer drift so."""
    installation.ports = with_drift_rules(installation.ports, **answers)


@pytest.mark.usefixtures("environment")
class TestLooking:
    """What a look sees, and what it leaves out."""

    def test_a_clean_fleet_has_no_drift(self, installation: Installation) -> None:
        """Nothing is told, and nothing follows."""
        seen = looked(installation)
        assert (seen.environments, seen.left_out, seen.silent, seen.found) == (1, {}, {}, 0)
        assert "drift-found" not in installation.notices(TEST)
        assert installation.newest(TEST).kind is OperationKind.PROVISION

    def test_every_class_is_found_told_once_and_looked_at_exactly(self, installation: Installation) -> None:
        """With the audit's word for each; a second look finds the same and tells nobody again."""
        lose(installation, "router")
        installation.cloud.make(TEST, "volume", "beside")
        installation.fleet.changed[TEST, HOST] = {"status": "SHUTOFF"}
        looked(installation)
        expected = [("changed", HOST), ("extra", "beside"), ("missing", "router")]
        assert told(installation) == expected
        assert [one.exact for one in standing(installation) if one.name == "router"] == ["create"]
        assert installation.notices(TEST).count("drift-found") == 3
        assert installation.newest(TEST).kind is OperationKind.DIFFERENCE
        looked(installation)
        assert told(installation) == expected
        assert installation.notices(TEST).count("drift-found") == 3
        assert installation.actions(TEST).count("drift.found") == 3

    def test_what_is_mended_by_hand_is_gone(self, installation: Installation) -> None:
        """It stays on record; when it comes back it is told again."""
        installation.fleet.changed[TEST, HOST] = {"status": "SHUTOFF"}
        looked(installation)
        del installation.fleet.changed[TEST, HOST]
        looked(installation)
        assert told(installation) == []
        assert "drift.gone" in installation.actions(TEST)
        installation.clock.advance(timedelta(hours=1))
        installation.fleet.changed[TEST, HOST] = {"status": "SHUTOFF"}
        looked(installation)
        assert installation.notices(TEST).count("drift-found") == 2

    def test_a_silent_service_is_told_and_nothing_of_it_is_missing_or_gone(self, installation: Installation) -> None:
        """What was known of it stays as it was."""
        lose(installation, "router")
        looked(installation)
        lose(installation, "network")
        installation.fleet.silent = dict.fromkeys(
            (ThingKind.ROUTER, ThingKind.NETWORK), Diagnostic(summary="network does not answer in time")
        )
        seen = looked(installation)
        assert told(installation) == [("missing", "router")]
        assert set(seen.silent) == {"router", "network"}
        assert "fleet-not-seen" in installation.notices("")

    def test_an_environment_under_an_operation_is_left_out_and_said_so(self, installation: Installation) -> None:
        """What its work changes is no drift."""
        lose(installation, "router")
        mend(installation.ports, TEST, PROVIDER)
        seen = scan(installation.ports, PROVIDER)
        assert seen.left_out == {TEST: "mend is queued"}
        assert told(installation) == []

    def test_a_look_is_in_nobodys_way(self, installation: Installation) -> None:
        """A mend may be asked for as soon as the drift is found, and the next look compares as ever."""
        lose(installation, "router")
        scan(installation.ports, PROVIDER)
        assert scan(installation.ports, PROVIDER).left_out == {}
        mend(installation.ports, TEST, PROVIDER)
        installation.run_all()
        assert told(installation) == []

    def test_one_that_changed_while_the_cloud_was_listed_is_left_out(self, installation: Installation) -> None:
        """The list may be older than the record."""
        lose(installation, "router")
        installation.points.once("look", lambda _: queue_a_mend(installation))
        assert scan(installation.ports, PROVIDER).left_out == {TEST: "mend is queued"}
        assert told(installation) == []

    def test_one_that_an_older_tenure_made_is_recorded_first(
        self, installation: Installation, records: SqlRecords
    ) -> None:
        """From the state; the next look compares it."""
        with records.engine.begin() as connection:
            connection.execute(delete(made))
        seen = looked(installation)
        assert "not on record yet" in seen.left_out[TEST]
        lose(installation, "router")
        looked(installation)
        assert told(installation) == [("missing", "router")]

    def test_only_named_environments_are_looked_at(self, installation: Installation) -> None:
        """A name that is not there is an error; such a look does not move the schedule."""
        assert scan(installation.ports, PROVIDER, [TEST]).environments == 1
        with pytest.raises(NotFoundError):
            scan(installation.ports, PROVIDER, ["no-such-test"])
        with installation.records.read() as tx:
            assert tx.drift_scans.newest() is None

    def test_units_do_not_look(self, installation: Installation) -> None:
        """The provider operates the cloud (Art. 29)."""
        with pytest.raises(RefusedError):
            scan(installation.ports, UNIT)


class TestSchedule:
    """The rulebook says how often."""

    def test_the_fleet_is_looked_at_once_in_each_period(self, installation: Installation) -> None:
        """Not before there is anything to look at, and not twice within a period."""
        assert scan_when_due(installation.ports) is None
        installation.make_ready()
        assert scan_when_due(installation.ports) is not None
        assert scan_when_due(installation.ports) is None
        installation.clock.advance(timedelta(hours=LIBRARY.rulebook().drift.scan_every.value))
        assert scan_when_due(installation.ports) is not None
        assert len(installation.fleet.looked) == 2


@pytest.mark.usefixtures("environment")
class TestQuietHours:
    """At night only what is grave is told, and nothing is mended."""

    def test_what_is_not_grave_is_told_in_the_morning(self, installation: Installation) -> None:
        """A switched-off network waits; a router that is gone is told at once."""
        installation.clock.advance(NIGHT)
        lose(installation, "network")
        looked(installation)
        assert "drift-found" not in installation.notices(TEST)
        lose(installation, "router")
        looked(installation)
        assert installation.notices(TEST).count("drift-found") == 1
        installation.clock.advance(timedelta(hours=12))
        looked(installation)
        assert installation.notices(TEST).count("drift-found") == 2

    def test_nothing_is_mended_at_night(self, installation: Installation) -> None:
        """The next look by day does it."""
        by_rule(installation, missing=Response.MEND)
        installation.clock.advance(NIGHT)
        lose(installation, "router")
        looked(installation)
        assert told(installation) == [("missing", "router")]
        installation.clock.advance(timedelta(hours=12))
        looked(installation)
        assert told(installation) == []


@pytest.mark.usefixtures("environment")
class TestMending:
    """What leads back to what was approved."""

    def test_a_mend_makes_it_again_what_it_was(self, installation: Installation) -> None:
        """What is extra stays; the list is right at once, and people are told."""
        lose(installation, "router")
        installation.cloud.make(TEST, "network", "beside")
        looked(installation)
        operation = mend(installation.ports, TEST, PROVIDER)
        installation.run_all()
        assert installation.operation(operation.id).state is OperationState.SUCCEEDED
        assert told(installation) == [("extra", "beside")]
        assert "drift-mended" in installation.notices(TEST)
        assert installation.environment(TEST).state is EnvironmentState.READY

    @pytest.mark.parametrize("known", [True, False])
    def test_what_held_data_is_never_made_anew(self, installation: Installation, known: bool) -> None:  # noqa: FBT001  a case
        """Refused at the door when it is known, and by the work itself when it was lost meanwhile."""
        lose(installation, "router")
        if known:
            lose(installation, f"{HOST}-data")
        looked(installation)
        if known:
            with pytest.raises(RefusedError, match="data would be made anew"):
                mend(installation.ports, TEST, PROVIDER)
            return
        operation = mend(installation.ports, TEST, PROVIDER)
        lose(installation, f"{HOST}-data")
        installation.run_all()
        assert installation.operation(operation.id).state is OperationState.FAILED
        assert told(installation) == [("missing", f"{HOST}-data"), ("missing", "router")]

    def test_a_cloud_that_does_not_show_everything_is_not_mended(self, installation: Installation) -> None:
        """What it does not show may be gone, and would be made empty."""
        lose(installation, "router")
        looked(installation)
        installation.fleet.silent = {ThingKind.VOLUME: Diagnostic(summary="volume does not answer in time")}
        operation = mend(installation.ports, TEST, PROVIDER)
        installation.run_all()
        assert installation.operation(operation.id).state is OperationState.FAILED
        assert "router" not in installation.cloud.of(TEST).named()

    def test_the_rulebook_may_mend_by_itself(self, installation: Installation) -> None:
        """Where it says so, and where no data stand in the way; what is extra is never removed."""
        by_rule(installation, missing=Response.MEND)
        lose(installation, "router")
        installation.cloud.make(TEST, "network", "beside")
        looked(installation)
        assert told(installation) == [("extra", "beside")]
        lose(installation, f"{HOST}-data")
        lose(installation, "router")
        looked(installation)
        assert told(installation) == [("extra", "beside"), ("missing", f"{HOST}-data"), ("missing", "router")]

    def test_a_proposal_says_what_a_mend_would_do(self, installation: Installation) -> None:
        """Once, with the command that does it."""
        lose(installation, "router")
        looked(installation)
        looked(installation)
        with installation.records.read() as tx:
            (notice,) = [one for one in tx.notices.list(environment=TEST) if one.key == "drift-proposed"]
        assert (notice.facts["mend"], notice.facts["command"]) == ("create", f"tenure drift mend {TEST}")
        assert notice.facts["file"] == "no file can say it"

    def test_only_operators_mend_and_only_what_is_at_rest(self, installation: Installation) -> None:
        """One operation at a time."""
        with pytest.raises(RefusedError):
            mend(installation.ports, TEST, OFFICE)
        mend(installation.ports, TEST, PROVIDER)
        with pytest.raises(ConflictError, match="busy"):
            mend(installation.ports, TEST, PROVIDER)


@pytest.mark.usefixtures("environment")
class TestSuppression:
    """Somebody vouches for a drift, with a reason and an end."""

    def seeded(self, installation: Installation) -> Drift:
        """Give a drift that was found."""
        lose(installation, "router")
        looked(installation)
        return standing(installation)[0]

    def test_nothing_follows_from_it_and_no_mend_undoes_it(self, installation: Installation) -> None:
        """Until it is lifted; the audit log has both words."""
        drift = self.seeded(installation)
        suppress(installation.ports, drift.id, "router is exchanged", installation.clock.now() + DAY, OFFICE)
        by_rule(installation, missing=Response.MEND)
        looked(installation)
        assert told(installation) == [("missing", "router")]
        with pytest.raises(RefusedError, match="vouched"):
            mend(installation.ports, TEST, PROVIDER)
        lift(installation.ports, drift.id, OFFICE)
        looked(installation)
        assert told(installation) == []
        assert {"drift.suppressed", "drift.lifted"} <= set(installation.actions(TEST))

    def test_it_ends_by_itself(self, installation: Installation) -> None:
        """After its last instant the drift counts again."""
        drift = self.seeded(installation)
        suppress(installation.ports, drift.id, "maintenance", installation.clock.now() + DAY, PROVIDER)
        by_rule(installation, missing=Response.MEND)
        installation.clock.advance(DAY)
        looked(installation)
        assert told(installation) == []

    def test_it_wants_a_reason_a_later_end_and_a_drift_that_stands(self, installation: Installation) -> None:
        """And not more time than the rulebook gives."""
        drift, now = self.seeded(installation), installation.clock.now()
        with pytest.raises(BadInputError, match="reason"):
            suppress(installation.ports, drift.id, " ", now + DAY, PROVIDER)
        with pytest.raises(BadInputError, match="over already"):
            suppress(installation.ports, drift.id, "why", now, PROVIDER)
        with pytest.raises(RefusedError, match="at the latest"):
            suppress(installation.ports, drift.id, "why", now + 40 * DAY, PROVIDER)
        with pytest.raises(RefusedError, match="may not"):
            suppress(installation.ports, drift.id, "why", now + DAY, UNIT)
        mend(installation.ports, TEST, PROVIDER)
        installation.run_all()
        with pytest.raises(ConflictError, match="gone"):
            suppress(installation.ports, drift.id, "why", now + DAY, PROVIDER)


class TestOrphans:
    """Projects of ours that stand although the life of their environment is over."""

    def test_a_project_of_an_environment_that_ended_is_told_once_until_it_is_gone(
        self, installation: Installation
    ) -> None:
        """By the request that made it, which is in its description."""
        ended = ended_environment(installation)
        installation.fleet.beside = [a_project(ended.request)]
        assert [looked(installation).found, looked(installation).found] == [1, 1]
        assert told_of(installation, ended) == [("extra", "project", TEST)]
        assert installation.notices(TEST).count("drift-found") == 1
        installation.fleet.silent = {ThingKind.PROJECT: Diagnostic(summary="identity does not answer in time")}
        installation.fleet.beside = []
        looked(installation)
        assert told_of(installation, ended) == [("extra", "project", TEST)], "silence is no evidence"
        installation.fleet.silent = {}
        looked(installation)
        assert told_of(installation, ended) == []
        assert "drift.gone" in installation.actions(TEST)

    @pytest.mark.usefixtures("environment")
    def test_what_lives_and_what_others_made_is_no_orphan(self, installation: Installation) -> None:
        """Another installation's project, one without a mark, and one whose life ended after the look began."""
        with installation.records.read() as tx:
            living = tx.environments.get(TEST).request
        marks = (living, "req-of-others", "")
        installation.fleet.beside = [a_project(request, number) for number, request in enumerate(marks)]
        assert looked(installation).found == 0

    def test_a_life_that_ended_while_the_cloud_was_listed_is_no_orphan(self, installation: Installation) -> None:
        """The list may be older than the end."""
        ended = ended_environment(installation, then=timedelta())
        installation.fleet.beside = [a_project(ended.request)]
        assert looked(installation).found == 0


def ended_environment(installation: Installation, then: timedelta = timedelta(hours=1)) -> Environment:
    """Give an environment that was made, and ended a while ago."""
    ended = installation.make_ready()
    requests.terminate(installation.ports, TEST, OFFICE, "tested")
    installation.run_all()
    installation.clock.advance(then)
    with installation.records.read() as tx:
        return tx.environments.get(ended.name)


def a_project(request: str, number: int = 9) -> Thing:
    """Give a project that carries Tenure's marks."""
    marks = f"managed-by=tenure request={request} stage=test" if request else "managed-by=tenure"
    properties = {"name": TEST, "enabled": "true", "description": marks}
    return Thing(kind=ThingKind.PROJECT, id=f"p-{number}", name=TEST, project=f"p-{number}", properties=properties)


def told_of(installation: Installation, environment: Environment) -> list[tuple[str, str, str]]:
    """Give what stands of one life of an environment, by the records."""
    with installation.records.read() as tx:
        found = tx.drifts.of(subject_of(environment))
    return [(str(one.drift), str(one.kind), one.name) for one in found if one.gone_at is None]
