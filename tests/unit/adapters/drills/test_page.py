"""The page of a drill's report: in both languages, complete, and harmless whatever hosts said (Art. 44)."""

from __future__ import annotations

import pytest

from orchestrator.adapters.drills.page import drill_page, span
from orchestrator.adapters.library import installed_templates
from orchestrator.domain.drill import Attempt, Control, DrillReport
from tests.drill_samples import a_report, a_trial, an_attempt


def page(report: DrillReport) -> str:
    """Give the page of a record."""
    return drill_page("rep-1", report, installed_templates())


def test_the_page_tells_everything_that_the_office_has_to_know() -> None:
    """Verdict, targets, restore, controls, isolation, the end of the copy, and who held it."""
    told = page(a_report())
    wanted = (
        "应急演练报告",
        "Report of an emergency drill",
        "通过",
        "96.4 s",
        "6.0 h",
        "240",
        "错误的密钥",
        "a flipped bit in the backup",
        "10.9.0.1/32:443",
        "archives-catalogue-drill",
        "duty officer",
        "第 44 条",
    )
    assert [text for text in wanted if text not in told] == []


def test_a_failed_drill_names_what_it_fell_short_of() -> None:
    """Differences, controls that went through, and a copy that is still there."""
    told = page(
        a_report(
            trial=a_trial(differences=("/srv/data/register.db: content differs",)),
            controls=tuple(an_attempt(one, refused=False) for one in Control),
        )
    )
    assert "未通过" in told
    assert "/srv/data/register.db: content differs" in told
    assert told.count("did not fail") == len(Control)


def test_a_drill_that_came_to_nothing_has_a_page() -> None:
    """No restore, no controls: the page says so instead of being empty."""
    told = page(a_report(trial=None, controls=(), faults=("the cloud is full",)))
    assert "it did not come to a restore" in told
    assert "the cloud is full" in told
    assert "none was run" in told


def test_what_hosts_said_does_nothing_to_the_page() -> None:
    """A host's words are text, and nothing loads from outside."""
    said = Attempt(control=Control.WRONG_KEY, refused=False, said="<script>alert(1)</script>")
    told = page(a_report(controls=(said,)))
    assert "<script>" not in told
    assert "default-src 'none'" in told
    assert "http" not in told.replace("http-equiv", "")


@pytest.mark.parametrize(("seconds", "text"), [(0, "0.0 s"), (119.94, "119.9 s"), (150, "2.5 min"), (14_400, "4.0 h")])
def test_times_are_written_in_a_unit_that_fits(seconds: float, text: str) -> None:
    """People compare minutes with minutes."""
    assert span(seconds) == text
