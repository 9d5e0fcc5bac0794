"""A large fleet by schedule: quotas are asked for in turn, and what differs is found within four looks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.drift_turns import PARTS, SMALL_FLEET
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import DriftScan, Made
from orchestrator.workflows.drift import scan, scan_when_due
from tests.fakes.fleet import made_in
from tests.fakes.installation import LIBRARY, PROVIDER, Installation
from tests.samples import START, a_request, an_environment

EVERY = timedelta(hours=LIBRARY.rulebook().drift.scan_every.value)
COUNT = SMALL_FLEET + 15
SYSTEMS = [f"s{number}x" for number in range(COUNT)]
NAMES = [f"water-{system}-test" for system in SYSTEMS]
QUOTAS = "quotas"


@pytest.fixture
def fleet(installation: Installation) -> Installation:
    """Give an installation with more environments than a small fleet has: each a project with its quotas."""
    for name, system in zip(NAMES, SYSTEMS, strict=True):
        for kind in ("project", QUOTAS):
            installation.cloud.make(name, kind, kind)
            installation.cloud.know(name, kind)
        _remember(installation, name, system)
    return installation


def _remember(installation: Installation, name: str, system: str) -> None:
    request = f"req-{name}"
    with installation.records.transaction() as tx:
        tx.requests.add(a_request(request, environment=name))
        ready = {"request": request, "state": EnvironmentState.READY, "ready_at": START}
        tx.environments.add(an_environment("water", system, **ready))
        things = made_in(installation.cloud, name)
        tx.made.put(Made(subject=f"{name}@{request}", environment=name, operation="op-1", at=START, things=things))


def looked(installation: Installation) -> DriftScan:
    """Let the time of the next look come."""
    installation.clock.advance(EVERY)
    seen = scan_when_due(installation.ports)
    assert seen is not None
    return seen


def found(installation: Installation) -> list[str]:
    """Give where something differs."""
    with installation.records.read() as tx:
        return [drift.environment for drift in tx.drifts.open()]


def test_four_looks_ask_for_every_quota_once(fleet: Installation) -> None:
    """After the first one, which asks for all; what was not asked for is not missing."""
    for _ in range(1 + PARTS):
        assert looked(fleet).found == 0
    first, *others = fleet.fleet.asked
    assert len(first) == COUNT
    assert sum(len(asked) for asked in others) == COUNT
    assert frozenset().union(*others) == first


def test_a_quota_that_was_changed_is_found_within_four_looks(fleet: Installation) -> None:
    """From then on it is asked for in every look: one that was changed back is gone at the next."""
    looked(fleet)
    fleet.fleet.changed[NAMES[0], QUOTAS] = {"name": "raised"}
    looks = 0
    while not found(fleet):
        looked(fleet)
        looks += 1
    assert looks <= PARTS
    assert found(fleet) == [NAMES[0]]
    looked(fleet)
    assert found(fleet) == [NAMES[0]], "not forgotten while it is another part's turn"
    del fleet.fleet.changed[NAMES[0], QUOTAS]
    looked(fleet)
    assert found(fleet) == []


def test_by_hand_everything_is_asked_for(fleet: Installation) -> None:
    """Whoever looks by hand wants to know it now."""
    looked(fleet)
    fleet.fleet.changed[NAMES[1], QUOTAS] = {"name": "raised"}
    assert scan(fleet.ports, PROVIDER).found == 1
    assert len(fleet.fleet.asked[-1]) == COUNT
