"""The rulebook as one table per section."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from orchestrator.domain.rulebook import Rule, Rulebook
from orchestrator.domain.wording import article_text, number_text
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
    return (article_text(rule), rule.en, number_text(rule), rule.zh, f"`{path}`")
