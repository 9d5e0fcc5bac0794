"""Rules of the rulebook as people write them: article and number in one line each."""

from __future__ import annotations

from orchestrator.domain.rulebook import (
    Answer,
    Basis,
    Criteria,
    Documents,
    Jobs,
    Leftovers,
    Patterns,
    Period,
    Quantity,
    Rule,
    Series,
    Things,
    Unit,
    Window,
)

SIGNS = {
    Unit.PERCENT: " %",
    Unit.WORKING_DAYS: " wd",
    Unit.CALENDAR_DAYS: " cd",
    Unit.MONTHS: " months",
    Unit.HOURS: " hours",
    Unit.MINUTES: " minutes",
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NO_NUMBER = "–"


def article_text(rule: Rule) -> str:
    """Give where a rule stands, and whether the city's policy says so."""
    policy = rule.basis is Basis.POLICY and rule.article != Basis.POLICY
    return f"{rule.article} (policy)" if policy else rule.article


def number_text(rule: Rule) -> str:
    """Give a rule's number, or what it names; a dash where it has neither."""
    if isinstance(rule, Period | Quantity):
        sign = SIGNS.get(rule.unit, f" ({rule.unit})")
        return f"{rule.value}{sign.removesuffix('s') if rule.value == 1 else sign}"
    if isinstance(rule, Series):
        separator = ":" if rule.unit is Unit.RATIO else ", "
        return separator.join(str(value) for value in rule.values) + SIGNS.get(rule.unit, "")
    if isinstance(rule, Documents | Criteria | Jobs | Things):
        return ", ".join(rule.kinds)
    if isinstance(rule, Patterns):
        return ", ".join(rule.patterns)
    if isinstance(rule, Window):
        return _window_text(rule)
    return _word(rule)


def _word(rule: Rule) -> str:
    """Give what a rule says to do, where it says that."""
    if isinstance(rule, Answer):
        return str(rule.response)
    return str(rule.treatment) if isinstance(rule, Leftovers) else NO_NUMBER


def _window_text(window: Window) -> str:
    days = ", ".join(DAYS[day - 1] for day in sorted(window.days))
    over_night = "" if window.ends > window.begins else " of the next day"
    every = "every day" if len(set(window.days)) == len(DAYS) else days
    return f"{every} {window.begins} to {window.ends}{over_night}"
