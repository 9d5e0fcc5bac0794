"""The numbers of the regulation as data (RULES of a city), and what they refuse.

Every number stands in templates/rulebooks/<name>.yaml with its article, its unit and whether the regulation or the
city's own policy says so; another city replaces that file and nothing else.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from orchestrator.domain.calendar import Calendar, Due
from orchestrator.domain.errors import Diagnostic, RefusedError, Severity
from orchestrator.domain.model import Model
from orchestrator.domain.records import Kind
from orchestrator.domain.submission import Submission

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Article = Annotated[str, StringConstraints(pattern=r"^(Art\. [0-9]+(, [0-9]+)*|policy)$")]
Number = Annotated[int, Field(strict=True, ge=0, le=10_000)]
MaterialKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]


class Unit(StrEnum):
    """What a number counts."""

    WORKING_DAYS = "wd"
    CALENDAR_DAYS = "cd"
    MONTHS = "months"
    PERCENT = "percent"
    RATIO = "ratio"
    COUNT = "count"
    LEVEL = "level"
    MONTH_OF_YEAR = "month-of-year"


class Basis(StrEnum):
    """Who says so."""

    REGULATION = "regulation"
    POLICY = "policy"


class Rule(Model):
    """Any rule: where it stands and what it says in one line, in both languages."""

    article: Article
    basis: Basis = Basis.REGULATION
    zh: Text
    en: Text


class Period(Rule):
    """A time that somebody has."""

    value: Annotated[Number, Field(ge=1)]
    unit: Literal[Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.MONTHS]

    def after(self, start: date, calendar: Calendar) -> Due:
        """Give the last day of the period that runs from the day after ``start``."""
        if self.unit is Unit.WORKING_DAYS:
            return calendar.add_working_days(start, self.value)
        if self.unit is Unit.CALENDAR_DAYS:
            return calendar.add_calendar_days(start, self.value)
        return calendar.add_months(start, self.value)


class Quantity(Rule):
    """One number that is no period: a share, a level, a count, a month of the year."""

    value: Number
    unit: Unit


class Series(Rule):
    """Several numbers that belong together: days before an end, a range, a proportion."""

    values: Annotated[tuple[Number, ...], Field(min_length=1, max_length=12)]
    unit: Unit


class Documents(Rule):
    """Kinds of documents that a step wants."""

    kinds: Annotated[tuple[MaterialKind, ...], Field(min_length=1)]


class Gate(Rule):
    """Something that must have happened before a step, without a number of its own."""


class Admission(Model):
    """Who may not come in (Art. 2, 4) and what an application carries (Art. 11)."""

    classified: Gate
    exempt_mlps_level: Quantity
    material: Documents
    self_test_reports: Series
    production_material: Documents


class Periods(Model):
    """Every time limit of the regulation."""

    acceptance: Period
    review: Period
    provision: Period
    test: Period
    test_reclaim_start: Period
    test_reclaim: Period
    trial: Period
    change_review: Period
    change_execution: Period
    termination_review: Period
    termination_reclaim: Period
    old_resources: Period


class Rhythms(Model):
    """What comes back regularly."""

    report: Period
    drill: Period
    training: Period
    unit_assessment: Period
    provider_assessment: Period
    demand_declared: Quantity
    demand_added_up: Quantity


class Figures(Model):
    """Shares, proportions and notice times."""

    capacity_warning: Quantity
    duty: Series
    assessment_panel: Series
    end_notices: Series


class Gates(Model):
    """Steps that wait for something that is no number."""

    change_material: Documents
    termination_offline: Gate
    test_first: Gate


class Rulebook(Model):
    """The rules of one city, in one version."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    version: Annotated[Number, Field(ge=1)]
    title: Text
    source: Text
    admission: Admission
    periods: Periods
    rhythms: Rhythms
    figures: Figures
    gates: Gates

    @property
    def label(self) -> str:
        """Name and version, as requests keep them: ``default@1``."""
        return f"{self.name}@{self.version}"

    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """Give every rule with its dotted path, in the file's order."""
        sections = ("admission", "periods", "rhythms", "figures", "gates")
        return tuple(
            (f"{section}.{name}", getattr(getattr(self, section), name))
            for section in sections
            for name in type(getattr(self, section)).model_fields
        )


def admit(submission: Submission, rulebook: Rulebook) -> None:
    """Refuse classified systems and exempt MLPS levels (Art. 2, 4); raises RefusedError with every reason."""
    found = tuple(_reasons_against(submission, rulebook))
    if found:
        raise RefusedError(found[0].summary, diagnostics=found)


def _reasons_against(submission: Submission, rulebook: Rulebook) -> list[Diagnostic]:
    reasons = []
    classified, exempt = rulebook.admission.classified, rulebook.admission.exempt_mlps_level
    if submission.classified:
        summary = "classified systems have no place on this cloud"
        reasons.append(Diagnostic(summary=summary, detail=classified.zh, field="classified", rule=classified.article))
    if submission.mlps is not None and submission.mlps >= exempt.value:
        summary = f"MLPS level {submission.mlps}: systems of level {exempt.value} and above stay outside this cloud"
        reasons.append(Diagnostic(summary=summary, detail=exempt.zh, field="mlps", rule=exempt.article))
    return reasons


def missing_material(submission: Submission, rulebook: Rulebook) -> tuple[Diagnostic, ...]:
    """Give a warning for each document that an application should carry and does not; the office decides (Art. 11)."""
    if submission.kind not in {Kind.TEST, Kind.TRIAL, Kind.PRODUCTION}:
        return ()
    wanted = rulebook.admission.material
    present = {document.kind for document in submission.material}
    return tuple(
        Diagnostic(
            severity=Severity.WARNING,
            summary=f"the application carries no {kind}",
            detail=wanted.zh,
            field="material",
            rule=wanted.article,
            hint="add it under `material`, or let the office decide without it",
        )
        for kind in wanted.kinds
        if kind not in present
    )
