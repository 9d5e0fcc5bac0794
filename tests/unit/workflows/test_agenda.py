"""What is due, for whom, soonest first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.duties import Forecast, Pending
from orchestrator.domain.names import Stage
from orchestrator.domain.records import DeadlineKind, Role
from orchestrator.ports import Records
from orchestrator.workflows.agenda import FIRST_LOOK, Question, Wanted, what_is_due
from tests.samples import START, a_deadline, a_spec, an_environment

DAY = timedelta(days=1)
NOW = START + 10 * DAY


@pytest.fixture
def on_record(records: Records) -> Records:
    """Give records with a date of every state, of three roles and two units."""
    with records.transaction() as tx:
        for stage in (Stage.TEST, Stage.TRIAL):
            spec = a_spec("archives", "catalogue", stage=stage)
            tx.environments.add(an_environment(name=spec.name, stage=stage, spec=spec))
        for name, kind, environment, days, more in (
            ("missed", DeadlineKind.ACCEPTANCE, "water-gauge-test", 5, {}),
            ("risky", DeadlineKind.REVIEW, "water-gauge-test", 12, {}),
            ("fine", DeadlineKind.PROVISION, "archives-catalogue-test", 40, {}),
            ("waits", DeadlineKind.ACCEPTANCE, "archives-catalogue-test", 11, {"paused_at": START}),
            ("fix", DeadlineKind.FIX, "archives-catalogue-live", 30, {}),
            ("told", DeadlineKind.END_NOTICE, "water-gauge-test", 4, {"fired_at": START}),
            ("met", DeadlineKind.REVIEW, "water-gauge-test", 3, {"met_at": START}),
        ):
            due_at = START + days * DAY
            tx.deadlines.add(a_deadline(name, kind=kind, environment=environment, due_at=due_at, since=START, **more))
    return records


def due(records: Records, **question: object) -> list[str]:
    """Give the ids of what fits a question."""
    return [item.deadline.id for item in ask(records, **question)]


def ask(records: Records, **question: object) -> tuple[Pending, ...]:
    """Give what fits a question."""
    with records.read() as tx:
        return what_is_due(tx, Question(**question), NOW)  # type: ignore[arg-type]  # named fields of a question


def test_open_dates_come_soonest_first(on_record: Records) -> None:
    """Missed ones first by that, paused ones included; what was met or only told is over."""
    assert due(on_record) == ["missed", "waits", "risky", "fix", "fine"]
    stands = [item.forecast for item in ask(on_record)]
    assert stands[:3] == [Forecast.MISSED, Forecast.PAUSED, Forecast.AT_RISK]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({"role": Role.OFFICE}, ["missed", "waits", "risky"]),
        ({"role": Role.PROVIDER}, ["fine"]),
        ({"role": Role.UNIT}, ["fix"]),
        ({"role": Role.AUDITOR}, []),
        ({"environment": "archives-catalogue-test"}, ["waits", "fine"]),
        ({"unit": "archives"}, ["waits", "fix", "fine"]),
        ({"unit": "arch"}, []),
        ({"unit": "archives", "role": Role.UNIT}, ["fix"]),
        ({"unit": "archives", "environment": "archives-catalogue-test"}, ["waits", "fine"]),
        ({"unit": "archives", "environment": "water-gauge-test"}, []),
        ({"wanted": Wanted.MISSED}, ["missed"]),
        ({"wanted": Wanted.AT_RISK}, ["risky"]),
        ({"wanted": Wanted.MISSED, "role": Role.UNIT}, []),
        ({"before": START + 12 * DAY}, ["missed", "waits", "risky"]),
        ({"before": START + 12 * DAY - timedelta(microseconds=1)}, ["missed", "waits"]),
        ({"limit": 2}, ["missed", "waits"]),
    ],
)
def test_a_question_narrows_it(on_record: Records, question: dict[str, object], found: list[str]) -> None:
    """By role, environment, unit, state, day and number."""
    assert due(on_record, **question) == found


def test_a_rare_date_behind_many_others_is_found(records: Records) -> None:
    """It looks on until the limit is reached or nothing is left, and gives each once."""
    with records.transaction() as tx:
        for number in range(FIRST_LOOK + 100):
            tx.deadlines.add(a_deadline(f"d-{number:04}", kind=DeadlineKind.REVIEW, due_at=START + number * DAY))
        tx.deadlines.add(a_deadline("last", kind=DeadlineKind.FIX, due_at=START + 9000 * DAY))
    assert due(records, role=Role.UNIT) == ["last"]
    everything = due(records, limit=1000)
    assert len(everything) == len(set(everything)) == FIRST_LOOK + 101
