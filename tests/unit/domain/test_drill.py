"""What a drill's record says of it (Art. 44): passed, late, or failed, and why."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain.drill import Control, DrillReport, Verdict
from tests.drill_samples import a_report, a_trial, an_attempt


def test_a_drill_that_shows_everything_has_passed() -> None:
    """Restored, compared, in time, young enough, every control failed, nothing left."""
    assert (a_report().verdict, a_report().shortcomings) == (Verdict.PASSED, ())


@pytest.mark.parametrize("changes", [{"recovery_seconds": 14_401.0}, {"point_seconds": 93_601.0}])
def test_a_missed_target_makes_it_late_and_no_failure(changes: dict[str, Any]) -> None:
    """The restore was shown; the target was not met."""
    report = a_report(**changes)
    assert (report.verdict, report.shortcomings) == (Verdict.LATE, ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trial": None}, ""),
        ({"trial": a_trial(differences=("/srv/a: missing",))}, "/srv/a: missing"),
        ({"trial": a_trial(files=0)}, "nothing that could be compared"),
        ({"faults": ("the cloud is full",)}, "the cloud is full"),
        ({"controls": tuple(an_attempt(one) for one in list(Control)[1:])}, "did not run: wrong-key"),
        ({"controls": tuple(an_attempt(one, refused=False) for one in Control)}, "negative control wrong-key"),
    ],
)
def test_what_was_not_shown_makes_it_fail(changes: dict[str, Any], reason: str) -> None:
    """Each by itself; a control that nobody ran is as bad as one that went through."""
    report = a_report(**changes)
    assert report.verdict is Verdict.FAILED
    assert reason in " ".join(report.shortcomings)


def test_a_copy_that_is_still_there_makes_it_fail() -> None:
    """A unit's data on hosts that nobody watches is no drill."""
    copy = a_report().throwaway.model_copy(update={"left": "1 resource", "gone_at": None})
    assert a_report(throwaway=copy).verdict is Verdict.FAILED


def test_a_record_reads_back_as_it_was_written() -> None:
    """Reports are kept as JSON."""
    report = a_report()
    assert DrillReport.model_validate(report.model_dump(mode="json")) == report
