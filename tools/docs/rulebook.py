"""The rulebook as one table per section."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from orchestrator.domain.rulebook import Documents, Period, Quantity, Rule, Rulebook, Series, Unit
from tools.docs.markdown import page, table

INTRODUCTION = (
    "The numbers of the regulation as `templates/rulebooks/{name}.yaml` (version {version}) holds them. Another city "
    "writes a file of the same form and names it in `TENURE_RULEBOOK`. *policy* marks what the city decides itself."
)
UNITS = (
    "wd are working days of the Chinese calendar, cd calendar days; times run from the day after the event and end at "
    "the close of the last day, Asia/Shanghai."
)
HEADER = ("Article", "Rule", "Number", "规则", "Key")
SIGNS = {Unit.PERCENT: " %", Unit.WORKING_DAYS: " wd", Unit.CALENDAR_DAYS: " cd", Unit.MONTHS: " months"}


def rulebook_page(rulebook: Rulebook) -> str:
    """Give docs/rulebook.md."""
    title = f"# Rulebook: {rulebook.title}"
    source = f"{rulebook.source}. {UNITS}"
    introduction = INTRODUCTION.format(name=rulebook.name, version=rulebook.version)
    return page(title, introduction, source, *_sections(rulebook))


def _sections(rulebook: Rulebook) -> Iterator[str]:
    for section, rules in groupby(rulebook.rules(), key=lambda item: item[0].split(".")[0]):
        yield f"## {section.capitalize()}\n\n{table(HEADER, [_row(path, rule) for path, rule in rules])}"


def _row(path: str, rule: Rule) -> tuple[str, ...]:
    article = rule.article if rule.basis == "regulation" or rule.article == "policy" else f"{rule.article} (policy)"
    return (article, rule.en, number(rule), rule.zh, f"`{path}`")


def number(rule: Rule) -> str:
    """Give a rule's number as people write it; a dash where it has none."""
    if isinstance(rule, Period | Quantity):
        sign = SIGNS.get(rule.unit, f" ({rule.unit})")
        return f"{rule.value}{sign.removesuffix('s') if rule.value == 1 else sign}"
    if isinstance(rule, Series):
        separator = ":" if rule.unit is Unit.RATIO else ", "
        return separator.join(str(value) for value in rule.values) + SIGNS.get(rule.unit, "")
    return ", ".join(rule.kinds) if isinstance(rule, Documents) else "–"
