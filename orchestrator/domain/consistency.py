"""What a rulebook of the right form may still say wrongly: another unit than the rule has, numbers that contradict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.quota import MOST_BACKUPS_KEPT
from orchestrator.domain.rulebook import (
    Criteria,
    Documents,
    Jobs,
    Patterns,
    Period,
    Quantity,
    Response,
    Rule,
    Rulebook,
    Series,
    Things,
    Unit,
    Window,
)

RULE: Final = "rulebook"
DAYS_OF_A_WEEK: Final = 7
HOURS_OF_A_DAY: Final = 24


@dataclass(frozen=True)
class Form:
    """What a number has to be.

    Attributes:
        unit: The only unit in which the rule is understood.
        least: The smallest number.
        most: The greatest number; None for no bound.
        count: How many numbers there are; 0 for as many as the city likes.
    """

    unit: Unit
    least: int = 1
    most: int | None = None
    count: int = 0


FORMS: Final[Mapping[str, Form]] = {
    "admission.exempt_mlps_level": Form(Unit.LEVEL, most=6),  # 6 exempts nobody: levels end at 5
    "admission.self_test_reports": Form(Unit.COUNT, count=2),
    "rhythms.demand_declared": Form(Unit.MONTH_OF_YEAR, most=12),
    "rhythms.demand_added_up": Form(Unit.MONTH_OF_YEAR, most=12),
    "figures.capacity_warning": Form(Unit.PERCENT, most=100),
    "figures.duty": Form(Unit.COUNT, most=24, count=2),
    "figures.assessment_panel": Form(Unit.RATIO, least=0, count=3),
    "figures.end_notices": Form(Unit.CALENDAR_DAYS),
    "changes.growth": Form(Unit.PERCENT),
    "care.backups_kept": Form(Unit.COUNT, most=MOST_BACKUPS_KEPT),
    "care.recovery_point": Form(Unit.HOURS),
    "care.recovery_time": Form(Unit.MINUTES),
    "care.drill_notice": Form(Unit.CALENDAR_DAYS),
    "care.grant_longest": Form(Unit.MINUTES, most=24 * 60),
    "drift.scan_every": Form(Unit.HOURS),
}
"""Every number but the periods, which may count days or months as a city likes."""


def contradictions(rulebook: Rulebook) -> tuple[Diagnostic, ...]:
    """Give everything that a rulebook says and that cannot hold, in the file's order; nothing for a sound one."""
    found = [diagnostic for path, rule in rulebook.rules() for diagnostic in _of_rule(path, rule)]
    return (*found, *_between_rules(rulebook))


def _of_rule(path: str, rule: Rule) -> Iterator[Diagnostic]:
    match rule:
        case Quantity():
            yield from _numbers(path, "value", (rule.value,), rule.unit)
        case Series():
            yield from _numbers(path, "values", rule.values, rule.unit)
        case Documents() | Criteria() | Jobs() | Things():
            yield from _once(f"{path}.kinds", rule.kinds)
        case Patterns():
            yield from _once(f"{path}.patterns", rule.patterns)
        case Window():
            yield from _once(f"{path}.days", rule.days)
        case _:
            pass


def _numbers(path: str, field: str, values: tuple[int, ...], unit: Unit) -> Iterator[Diagnostic]:
    form = FORMS.get(path, Form(unit, least=0))
    if unit is not form.unit:
        yield _fault(f"{path}.unit", f"this number counts in {form.unit}, not in {unit}")
    if form.count not in {0, len(values)}:
        yield _fault(f"{path}.{field}", f"{form.count} numbers are expected here, not {len(values)}")
    if min(values) < form.least or (form.most is not None and max(values) > form.most):
        bounds = f"{form.least} or more" if form.most is None else f"{form.least} to {form.most}"
        yield _fault(f"{path}.{field}", f"permitted is {bounds}")


def _once(field: str, names: tuple[object, ...]) -> Iterator[Diagnostic]:
    if len(set(names)) != len(names):
        yield _fault(field, "each stands here once")


def _between_rules(rulebook: Rulebook) -> Iterator[Diagnostic]:
    reports = rulebook.admission.self_test_reports.values
    if list(reports) != sorted(reports):
        yield _fault("admission.self_test_reports.values", "the least comes first, then the most")
    if rulebook.figures.duty.values[0] > DAYS_OF_A_WEEK:
        yield _fault("figures.duty.values", "days of a week, then hours of a day")
    if not any(rulebook.figures.assessment_panel.values):
        yield _fault("figures.assessment_panel.values", "a panel has members")
    if rulebook.rhythms.demand_added_up.value < rulebook.rhythms.demand_declared.value:
        yield _fault("rhythms.demand_added_up.value", "demand is added up after it was declared")
    every, newest = rulebook.care.backup_every, rulebook.care.recovery_point
    if every.unit is Unit.CALENDAR_DAYS and newest.value < every.value * HOURS_OF_A_DAY:
        yield _fault("care.recovery_point.value", "no backup stays this young until the next one comes")
    if rulebook.drift.extra.response is Response.MEND:
        yield _fault("drift.extra.response", "what nobody's record knows is removed by people, never by machine")
    yield from _end_of_a_test(rulebook)


def _end_of_a_test(rulebook: Rulebook) -> Iterator[Diagnostic]:
    periods, notices = rulebook.periods, rulebook.figures.end_notices.values
    if len(set(notices)) != len(notices) or list(notices) != sorted(notices, reverse=True):
        yield _fault("figures.end_notices.values", "the earliest notice comes first, each once")
    if periods.test.unit is Unit.CALENDAR_DAYS and max(notices) >= periods.test.value:
        yield _fault("figures.end_notices.values", f"a test of {periods.test.value} days has no day before that")
    if _longer(periods.test_reclaim_start, periods.test_reclaim):
        yield _fault("periods.test_reclaim_start.value", "reclaiming starts before it has to be done")


def _longer(one: Period, other: Period) -> bool:
    return one.unit is other.unit and one.value > other.value


def _fault(field: str, summary: str) -> Diagnostic:
    return Diagnostic(summary=summary, field=field, rule=RULE)
