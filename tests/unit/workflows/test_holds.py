"""Holds (Art. 46; 2017 measures, Art. 27): decided and lifted by the office, with a reason, and told to the unit."""

from __future__ import annotations

import pytest

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, RefusedError
from orchestrator.domain.records import AuditEntry, Hold, Notice, Role
from orchestrator.workflows.context import Ports
from orchestrator.workflows.holds import hold, lift
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.cloud import FakeCloud
from tests.fakes.installation import OFFICE, UNIT, fake_ports
from tests.fakes.points import Points


@pytest.fixture
def ports(records: SqlRecords) -> Ports:
    """Give ports over empty records."""
    return fake_ports(records, FakeCloud(Points()), FakeClock(), FakeIds())


def in_force(ports: Ports, unit: str = "water", system: str = "gauge") -> list[str]:
    """Give the ids of the holds in force on a system."""
    with ports.records.read() as tx:
        return [held.id for held in tx.holds.on(unit, system)]


def kept(ports: Ports) -> tuple[tuple[AuditEntry, ...], tuple[Notice, ...]]:
    """Give the audit log, and the notices from the oldest."""
    with ports.records.read() as tx:
        return tx.audit.list(), tx.notices.list()[::-1]


def test_a_system_that_does_not_mend_is_held(ports: Ports) -> None:
    """It alone; the decision stands in the audit log, and the unit is told why."""
    made = hold(ports, "water", "gauge", "targets missed twice", OFFICE)
    assert (made.unit, made.system, made.by, made.lifted_at) == ("water", "gauge", OFFICE, None)
    assert in_force(ports) == [made.id]
    assert in_force(ports, system="dam") == []
    (entry,), (notice,) = kept(ports)
    facts = {"hold": made.id, "unit": "water", "system": "gauge", "reason": "targets missed twice"}
    assert (entry.action, entry.subject, entry.actor, entry.facts) == ("hold.added", "hold/water-gauge", OFFICE, facts)
    assert (notice.key, notice.environment, notice.facts) == ("hold-added", "water-gauge", facts)
    assert Role.UNIT in notice.to


def test_a_whole_unit_may_be_held(ports: Ports) -> None:
    """It breaks the coordination rules (2017 measures, Art. 27): every system of it is held, no other unit's."""
    made = hold(ports, "water", "", "an own machine room", OFFICE)
    assert in_force(ports) == in_force(ports, system="dam") == [made.id]
    assert in_force(ports, unit="archives") == []
    assert kept(ports)[0][0].subject == "hold/water"


def test_a_lifted_hold_stays_on_record(ports: Ports) -> None:
    """With who lifted it and when; the reason stands in the audit log and the notice."""
    made = hold(ports, "water", "gauge", "targets missed", OFFICE)
    lifted = lift(ports, made.id, "targets met", OFFICE)
    assert in_force(ports) == []
    with ports.records.read() as tx:
        assert tx.holds.get(made.id) == lifted
    assert (lifted.lifted_by, lifted.lifted_at, lifted.reason) == (OFFICE, ports.clock.now(), "targets missed")
    entries, notices = kept(ports)
    assert [entry.action for entry in entries] == ["hold.added", "hold.lifted"]
    assert [notice.key for notice in notices] == ["hold-added", "hold-lifted"]
    assert entries[1].facts["reason"] == notices[1].facts["reason"] == "targets met"


def test_a_system_can_be_held_again_later(ports: Ports) -> None:
    """As a decision of its own."""
    first = hold(ports, "water", "gauge", "first", OFFICE)
    lift(ports, first.id, "mended", OFFICE)
    second = hold(ports, "water", "gauge", "second", OFFICE)
    assert in_force(ports) == [second.id]


def test_the_same_hold_is_not_decided_twice(ports: Ports) -> None:
    """Unit and system may each be held; the error names the hold that there is."""
    made = hold(ports, "water", "gauge", "first", OFFICE)
    hold(ports, "water", "", "the unit too", OFFICE)
    with pytest.raises(ConflictError, match="water-gauge is held already") as caught:
        hold(ports, "water", "gauge", "again", OFFICE)
    assert made.id in str(caught.value.diagnostic.hint)
    assert len(in_force(ports)) == 2


def test_a_hold_is_lifted_once(ports: Ports) -> None:
    """The second lifting is told of the first."""
    made = hold(ports, "water", "gauge", "first", OFFICE)
    lift(ports, made.id, "mended", OFFICE)
    with pytest.raises(ConflictError, match="lifted already"):
        lift(ports, made.id, "again", OFFICE)


def test_an_unknown_hold_is_told(ports: Ports) -> None:
    """Nothing is lifted by a guess."""
    with pytest.raises(NotFoundError):
        lift(ports, "hold-nothing", "mended", OFFICE)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_decides(ports: Ports, role: Role) -> None:
    """Both ways."""
    made: Hold = hold(ports, "water", "gauge", "first", OFFICE)
    actor = UNIT.model_copy(update={"role": role})
    with pytest.raises(RefusedError, match="may not hold"):
        hold(ports, "water", "dam", "reason", actor)
    with pytest.raises(RefusedError, match="may not lift"):
        lift(ports, made.id, "reason", actor)
    assert in_force(ports) == [made.id]


@pytest.mark.parametrize(
    ("unit", "system", "reason", "field"),
    [
        ("Water", "gauge", "reason", "unit"),
        ("", "gauge", "reason", "unit"),
        ("water", "gauge-test", "reason", "system"),
        ("water", "gauge", "  ", "reason"),
        ("water", "gauge", "bell \a", "reason"),
    ],
)
def test_names_and_reasons_are_checked(ports: Ports, unit: str, system: str, reason: str, field: str) -> None:
    """The error names the field; nothing is on record."""
    with pytest.raises(BadInputError) as caught:
        hold(ports, unit, system, reason, OFFICE)
    assert str(caught.value.diagnostic.field).startswith(field)
    assert kept(ports) == ((), ())


def test_lifting_states_a_reason(ports: Ports) -> None:
    """And without one the hold stands."""
    made = hold(ports, "water", "gauge", "first", OFFICE)
    with pytest.raises(BadInputError, match="states its reason"):
        lift(ports, made.id, " ", OFFICE)
    assert in_force(ports) == [made.id]
