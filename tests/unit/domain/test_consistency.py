"""Rulebooks of the right form that contradict themselves are refused, each number with its field."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.library import read_rulebook
from orchestrator.domain.consistency import FORMS, contradictions
from orchestrator.domain.rulebook import Quantity, Rulebook, Series
from tests.unit.domain.samples import changed, the_rulebook

STRICT = Path(__file__).parents[2] / "rulebooks" / "example-strict.yaml"


@pytest.mark.parametrize("rulebook", [the_rulebook(), read_rulebook(STRICT)], ids=lambda found: found.label)
def test_sound_rulebooks_have_nothing_against_them(rulebook: Rulebook) -> None:
    """The one that ships, and another city's."""
    assert contradictions(rulebook) == ()


def test_every_number_but_the_periods_has_its_form() -> None:
    """A rule that is added later needs one too."""
    assert set(FORMS) == {key for key, rule in the_rulebook().rules() if isinstance(rule, Quantity | Series)}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("admission.exempt_mlps_level.unit", "months", "counts in level"),
        ("admission.exempt_mlps_level.value", 7, "1 to 6"),
        ("admission.exempt_mlps_level.value", 0, "1 to 6"),
        ("admission.material.kinds", ["construction-plan", "construction-plan"], "once"),
        ("admission.self_test_reports.values", [2, 1], "least comes first"),
        ("admission.self_test_reports.values", [1, 2, 3], "2 numbers"),
        ("rhythms.demand_declared.value", 0, "1 to 12"),
        ("rhythms.demand_added_up.value", 9, "after it was declared"),
        ("figures.capacity_warning.value", 101, "1 to 100"),
        ("figures.capacity_warning.unit", "ratio", "counts in percent"),
        ("figures.duty.values", [8, 24], "days of a week"),
        ("figures.duty.values", [7, 25], "1 to 24"),
        ("figures.assessment_panel.values", [0, 0, 0], "has members"),
        ("figures.assessment_panel.values", [1, 1], "3 numbers"),
        ("figures.end_notices.values", [1, 3], "earliest notice"),
        ("figures.end_notices.values", [3, 3], "earliest notice"),
        ("figures.end_notices.values", [15], "no day before that"),
        ("figures.end_notices.values", [3, 0], "1 or more"),
        ("periods.test_reclaim_start.value", 4, "before it has to be done"),
        ("changes.growth.value", 0, "1 or more"),
        ("changes.major.kinds", ["roles", "roles"], "once"),
        ("changes.window.days", [1, 1], "once"),
        ("care.backups_kept.value", 0, "1 to 7"),
        ("care.backups_kept.value", 8, "1 to 7"),
        ("care.recovery_point.value", 23, "until the next one comes"),
        ("care.grant_longest.value", 1441, "1 to 1440"),
        ("care.standing_jobs.kinds", ["patch", "patch"], "once"),
        ("care.software_denied.patterns", ["telnetd", "telnetd"], "once"),
    ],
)
def test_a_contradiction_is_told_with_its_field(path: str, value: object, message: str) -> None:
    """So that the file's place is found."""
    rulebook = Rulebook.model_validate(changed(the_rulebook().model_dump(mode="json"), *path.split("."), to=value))
    (found,) = contradictions(rulebook)
    assert found.field == path
    assert message in found.summary


@pytest.mark.parametrize("unit", ["wd", "cd", "months"])
def test_a_city_may_count_its_periods_as_it_likes(unit: str) -> None:
    """Only like is compared with like."""
    rulebook = changed(the_rulebook().model_dump(mode="json"), "periods", "test", "unit", to=unit)
    assert contradictions(Rulebook.model_validate(rulebook)) == ()
