"""When patches run: at the opening of the window, never late, and outside of it for a reason only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.domain.blueprint_care import PatchHours
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import DeadlineKind, Operation, OperationKind
from orchestrator.workflows import operations, patch_hours, patches
from orchestrator.workflows.manner import Manner
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import PROVIDER, UNIT, Installation
from tests.fakes.machines import FakeRewind
from tests.fakes.patching import FakePatching
from tests.tenancy_steps import LIVE, in_trial

SATURDAY_EVENING = datetime(2026, 3, 21, 14, 30, tzinfo=UTC)
"""22:30 in Shanghai, inside the rulebook's window."""


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


TUESDAY_NIGHT = PatchHours(days=(2,), begins="23:00", ends="03:00")
TUESDAY = datetime(2026, 3, 24, 15, tzinfo=UTC)
"""23:00 in Shanghai."""


def dates(live: Live) -> list[datetime]:
    """Give the open dates of patch windows."""
    with live.installation.records.read() as tx:
        known = tx.deadlines.of(subject_of(live.environment))
    return [one.due_at for one in known if one.kind is DeadlineKind.PATCH and one.met_at is None]


def test_an_environment_has_a_window_of_its_own(live: Live) -> None:
    """Its date moves at once, the usual window begins nothing, its own one does; unit and office are told."""
    live.installation.clock.set(SATURDAY_EVENING - timedelta(hours=12))
    opens = patch_hours.decide(live.installation.ports, LIVE, TUESDAY_NIGHT, "elections", PROVIDER)
    assert dates(live) == [opens] == [TUESDAY]
    assert "patch-window-set" in live.installation.notices(LIVE)
    live.at(SATURDAY_EVENING)
    assert live.runs() == []
    live.at(TUESDAY)
    (run,) = live.runs()
    assert run.parameters == {"window_ends": "2026-03-24T19:00:00+00:00"}


def test_the_usual_window_comes_back(live: Live) -> None:
    """What was decided stays on record; the date is that of the usual hours again."""
    ports = live.installation.ports
    live.at(SATURDAY_EVENING - timedelta(hours=12))
    (usual,) = dates(live)
    patch_hours.decide(ports, LIVE, TUESDAY_NIGHT, "elections", PROVIDER)
    assert patch_hours.decide(ports, LIVE, None, "elections are over", PROVIDER) == usual
    assert dates(live) == [usual]
    with ports.records.read() as tx:
        assert len(tx.patch_windows.of(subject_of(live.environment))) == 2


def test_a_window_is_the_providers_or_the_offices_and_has_a_reason(live: Live) -> None:
    """The unit asks them for it."""
    ports = live.installation.ports
    with pytest.raises(RefusedError, match="unit may not set"):
        patch_hours.decide(ports, LIVE, TUESDAY_NIGHT, "elections", UNIT)
    with pytest.raises(BadInputError, match="states its reason"):
        patch_hours.decide(ports, LIVE, TUESDAY_NIGHT, " ", PROVIDER)


def test_a_test_environment_has_no_window(installation: Installation) -> None:
    """It is patched whenever somebody asks for it."""
    name = installation.make_ready().name
    with pytest.raises(ConflictError, match="has no patch windows"):
        patch_hours.decide(installation.ports, name, TUESDAY_NIGHT, "elections", PROVIDER)
