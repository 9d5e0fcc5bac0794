"""The rulebook: every number of the regulation is there, and what it refuses at the door."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from orchestrator.domain.calendar import Due
from orchestrator.domain.errors import RefusedError
from orchestrator.domain.rulebook import (
    Answer,
    Criteria,
    Documents,
    Gate,
    Jobs,
    Leftovers,
    Patterns,
    Period,
    Quantity,
    Rule,
    Rulebook,
    Series,
    Things,
    Unit,
    Window,
    admit,
)
from tests.unit.domain.samples import LIBRARY, a_submission, a_termination, refused_fields, the_rulebook

RULES = the_rulebook()
CALENDAR = LIBRARY.calendar()

NUMBERS = (
    ("Art. 15", "changes.growth", 50, "percent"),
    ("Art. 30", "care.backup_every", 1, "cd"),
    ("Art. 30", "care.backups_kept", 3, "count"),
    ("Art. 30", "care.recovery_point", 26, "hours"),
    ("Art. 30", "care.check_every", 7, "cd"),
    ("Art. 30", "care.verify_every", 1, "months"),
    ("Art. 44", "care.recovery_time", 240, "minutes"),
    ("Art. 44", "care.drill_notice", 14, "cd"),
    ("Art. 30, 32", "care.patch_within", 14, "cd"),
    ("Art. 39", "care.survey_every", 7, "cd"),
    ("Art. 36", "care.grant_longest", 480, "minutes"),
    ("Art. 16", "care.escrow", 6, "months"),
    ("Art. 37", "care.fix", 10, "wd"),
    ("Art. 2, 4", "admission.exempt_mlps_level", 4, "level"),
    ("Art. 11", "admission.self_test_reports", (1, 2), "count"),
    ("Art. 12", "periods.acceptance", 3, "wd"),
    ("Art. 12", "periods.review", 2, "wd"),
    ("Art. 13", "periods.provision", 2, "wd"),
    ("Art. 13", "periods.test", 15, "cd"),
    ("policy", "periods.test_reclaim_start", 2, "wd"),
    ("policy", "periods.test_reclaim", 3, "wd"),
    ("Art. 14", "periods.trial", 30, "cd"),
    ("Art. 15", "periods.change_review", 5, "wd"),
    ("Art. 15", "periods.change_execution", 3, "wd"),
    ("Art. 16", "periods.termination_review", 5, "wd"),
    ("Art. 16", "periods.termination_reclaim", 3, "wd"),
    ("Art. 22", "periods.old_resources", 2, "months"),
    ("Art. 30", "rhythms.report", 1, "months"),
    ("Art. 44", "rhythms.drill", 3, "months"),
    ("Art. 44", "rhythms.training", 12, "months"),
    ("Art. 45", "rhythms.unit_assessment", 12, "months"),
    ("Art. 47", "rhythms.provider_assessment", 6, "months"),
    ("Art. 50", "rhythms.demand_declared", 10, "month-of-year"),
    ("Art. 50", "rhythms.demand_added_up", 11, "month-of-year"),
    ("Art. 31", "figures.capacity_warning", 70, "percent"),
    ("Art. 31", "figures.duty", (7, 24), "count"),
    ("Art. 47", "figures.assessment_panel", (3, 3, 4), "ratio"),
    ("policy", "figures.end_notices", (3, 1), "cd"),
    ("Art. 29", "drift.scan_every", 6, "hours"),
    ("policy", "drift.suppression_longest", 28, "cd"),
)
"""Article, key, number and unit of every rule that has a number, as the two regulations and the policy state them."""

WITHOUT_NUMBER = (
    ("Art. 2, 4", "admission.classified"),
    ("Art. 11", "admission.material"),
    ("Art. 40", "admission.production_material"),
    ("Art. 15", "gates.change_material"),
    ("Art. 16", "gates.termination_offline"),
    ("Art. 21", "gates.test_first"),
    ("Art. 46", "gates.hold"),
    ("Art. 14", "gates.envelope"),
    ("Art. 14", "gates.trial_first"),
    ("Art. 22", "gates.migration_backup"),
    ("Art. 16, 30", "gates.final_backup"),
    ("Art. 16, 30", "gates.restore_compared"),
    ("policy", "gates.four_eyes"),
    ("Art. 15", "changes.major"),
    ("policy", "changes.window"),
    ("Art. 30, 32", "care.patch_window"),
    ("Art. 39", "care.software_denied"),
    ("Art. 36", "care.standing_jobs"),
    ("Art. 16", "care.leftovers_test"),
    ("Art. 16", "care.leftovers_live"),
    ("Art. 29", "drift.changed"),
    ("Art. 29", "drift.missing"),
    ("Art. 29, 39", "drift.extra"),
    ("policy", "drift.quiet_hours"),
    ("Art. 37", "drift.grave"),
)


def stated(rule: Rule) -> tuple[object, str] | None:
    """Give the number of a rule and its unit, or None for a rule without one."""
    if isinstance(rule, Period | Quantity):
        return rule.value, rule.unit.value
    if isinstance(rule, Series):
        return rule.values, rule.unit.value
    assert isinstance(rule, Documents | Gate | Criteria | Leftovers | Window | Jobs | Patterns | Answer | Things)
    return None


class TestNumbers:
    """The file that ships."""

    @pytest.mark.parametrize(("article", "key", "number", "unit"), NUMBERS)
    def test_a_number_stands_with_its_article_and_unit(self, article: str, key: str, number: object, unit: str) -> None:
        """Each number of the regulation is in the file, once, with its source."""
        rule = dict(RULES.rules())[key]
        assert (rule.article, stated(rule)) == (article, (number, unit))

    def test_nothing_else_has_a_number(self) -> None:
        """The tables of this test are whole: no rule is left out of them."""
        assert {key for key, rule in RULES.rules() if stated(rule)} == {key for _, key, _, _ in NUMBERS}
        found = {(rule.article, key) for key, rule in RULES.rules() if stated(rule) is None}
        assert found == set(WITHOUT_NUMBER)

    def test_every_rule_is_written_in_both_languages(self) -> None:
        """Reports and pages use the official words."""
        assert all(rule.zh and rule.en for _, rule in RULES.rules())

    def test_requests_keep_name_and_version(self) -> None:
        """A label tells under which rules a request was made."""
        assert RULES.label == "default@4"

    def test_a_missing_number_is_an_error(self) -> None:
        """Another city's file can't leave a rule out."""
        data = RULES.model_dump()
        del data["periods"]["trial"]
        with pytest.raises(ValidationError, match=r"periods\.trial"):
            Rulebook.model_validate(data)

    @pytest.mark.parametrize("unit", [unit for unit in Unit if unit not in {"wd", "cd", "months"}])
    def test_a_period_counts_days_or_months(self, unit: Unit) -> None:
        """A period in percent is no period."""
        with pytest.raises(ValidationError, match="unit"):
            Period(article="Art. 1", zh="规则", en="rule", value=1, unit=unit)

    @pytest.mark.parametrize(
        ("unit", "last"),
        [
            (Unit.WORKING_DAYS, date(2026, 3, 3)),
            (Unit.CALENDAR_DAYS, date(2026, 3, 2)),
            (Unit.MONTHS, date(2026, 4, 28)),
        ],
    )
    def test_a_period_ends_by_its_unit(self, unit: Unit, last: date) -> None:
        """Two days or months from Saturday 28 February 2026, which was worked."""
        period = Period(article="Art. 1", zh="规则", en="rule", value=2, unit=unit)
        assert period.after(date(2026, 2, 28), CALENDAR) == Due(last, provisional=False)


class TestAdmission:
    """Who stays outside (Art. 2, 4)."""

    @pytest.mark.parametrize("level", [1, 2, 3])
    def test_lower_levels_come_in(self, level: int) -> None:
        """Levels 1 to 3 are admitted."""
        admit(a_submission(mlps=level), RULES)

    @pytest.mark.parametrize("level", [4, 5])
    def test_level_four_and_above_stay_outside(self, level: int) -> None:
        """Exempt systems are refused, by policy."""
        with pytest.raises(RefusedError, match=f"MLPS level {level}") as caught:
            admit(a_submission(mlps=level), RULES)
        assert refused_fields(caught.value.diagnostics) == [("mlps", "Art. 2, 4")]

    def test_classified_systems_stay_outside(self) -> None:
        """涉密 systems are refused."""
        with pytest.raises(RefusedError) as caught:
            admit(a_submission(classified=True), RULES)
        assert refused_fields(caught.value.diagnostics) == [("classified", "Art. 2, 4")]

    def test_every_reason_is_told(self) -> None:
        """Both at once are told at once."""
        with pytest.raises(RefusedError) as caught:
            admit(a_submission(classified=True, mlps=5), RULES)
        assert len(caught.value.diagnostics) == 2

    def test_a_request_that_states_no_level_is_not_judged_by_it(self) -> None:
        """A termination says nothing about the level."""
        admit(a_termination(), RULES)
