"""The numbers of the regulation as data (RULES of a city), and what they refuse.

Every number stands in templates/rulebooks/<name>.yaml with its article, its unit and whether the regulation or the
city's own policy says so; another city replaces that file and nothing else.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from orchestrator.domain.calendar import DAY, SHANGHAI, Calendar, Due, local_date
from orchestrator.domain.errors import Diagnostic, RefusedError
from orchestrator.domain.model import Model
from orchestrator.domain.names import Stage
from orchestrator.domain.records import JobKind, ThingKind
from orchestrator.domain.submission import Submission

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Article = Annotated[str, StringConstraints(pattern=r"^(Art\. [0-9]+(, [0-9]+)*|policy)$")]
Number = Annotated[int, Field(strict=True, ge=0, le=10_000)]
WEEK = 7
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
    HOURS = "hours"
    MINUTES = "minutes"


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


class Window(Rule):
    """Hours of some days of the week in which work may begin, Asia/Shanghai; it may reach into the following day.

    Attributes:
        days: Days on which it begins, 1 is Monday.
        begins: ``HH:MM``.
        ends: ``HH:MM``, exclusive; not after ``begins`` means on the following day.
    """

    days: Annotated[tuple[Annotated[int, Field(strict=True, ge=1, le=7)], ...], Field(min_length=1, max_length=7)]
    begins: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    ends: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]

    def contains(self, instant: datetime) -> bool:
        """Whether work may begin at an instant."""
        day = local_date(instant)
        return any(begin <= instant < end for begin, end in map(self._on, (day - DAY, day)) if begin < end)

    def closes_at(self, instant: datetime) -> datetime | None:
        """Give the end of the window that an instant is inside of (UTC), or None outside."""
        day = local_date(instant)
        spans = map(self._on, (day - DAY, day))
        return next((end for begin, end in spans if begin <= instant < end), None)

    def next_begin(self, instant: datetime) -> datetime:
        """Give the instant itself when it is inside, else when the window opens next (UTC)."""
        if self.contains(instant):
            return instant
        day = local_date(instant)
        begins = (self._on(day + number * DAY) for number in range(WEEK + 1))
        return next(begin for begin, end in begins if begin < end and begin > instant)

    def _on(self, day: date) -> tuple[datetime, datetime]:
        """Give the window that begins on a day; an empty one when none does."""
        begin = datetime.combine(day, time.fromisoformat(self.begins), SHANGHAI).astimezone(UTC)
        if day.isoweekday() not in self.days:
            return begin, begin
        following = day if self.ends > self.begins else day + DAY
        return begin, datetime.combine(following, time.fromisoformat(self.ends), SHANGHAI).astimezone(UTC)


class Criterion(StrEnum):
    """What a change can do that may make it a major one (Art. 15)."""

    BLUEPRINT = "blueprint"
    ROLES = "roles"
    NETWORK = "network"
    ACCESS_OPENED = "access-opened"
    DATA_LOST = "data-lost"
    GROWTH = "growth"


class Criteria(Rule):
    """Which of them do."""

    kinds: tuple[Criterion, ...]


class Treatment(StrEnum):
    """What happens to something in a project that nobody's state knows."""

    REMOVE = "remove"
    REPORT = "report"


class Leftovers(Rule):
    """The treatment of leftovers; with ``report`` the reclaim stays unfinished until somebody removed them."""

    treatment: Treatment


class Jobs(Rule):
    """Kinds of jobs that enter hosts."""

    kinds: tuple[JobKind, ...]


class Patterns(Rule):
    """Shell patterns of names, for instance of packages."""

    patterns: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9*?.+:_@-]{1,80}$")], ...]


class Response(StrEnum):
    """What follows from a drift that was found."""

    TELL = "tell"
    PROPOSE = "propose"
    """Told with what a mend would do, for somebody to decide."""
    MEND = "mend"


class Answer(Rule):
    """The response to one class of drift."""

    response: Response


class Things(Rule):
    """Kinds of things that a project holds."""

    kinds: tuple[ThingKind, ...]


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
    hold: Gate
    envelope: Gate
    trial_first: Gate
    migration_backup: Gate
    final_backup: Gate
    restore_compared: Gate
    four_eyes: Gate


class Changes(Model):
    """How changes are told apart, and when they are carried out (Art. 15)."""

    major: Criteria
    growth: Quantity
    window: Window


class Care(Model):
    """What live environments get from their first day on, and what remains after their end.

    Source: Art. 16, 30, 32, 36 to 39, 44.
    """

    backup_every: Period
    backups_kept: Quantity
    patch_window: Window
    recovery_point: Quantity
    check_every: Period
    verify_every: Period
    recovery_time: Quantity
    drill_notice: Quantity
    patch_within: Period
    survey_every: Period
    software_denied: Patterns
    standing_jobs: Jobs
    grant_longest: Quantity
    escrow: Period
    leftovers_test: Leftovers
    leftovers_live: Leftovers
    fix: Period

    def leftovers(self, stage: Stage) -> Leftovers:
        """Give the treatment of leftovers at a stage."""
        return self.leftovers_test if stage is Stage.TEST else self.leftovers_live


class DriftRules(Model):
    """What happens when the cloud is no longer as Tenure made it (Art. 29, 30, 38)."""

    scan_every: Quantity
    changed: Answer
    missing: Answer
    extra: Answer
    quiet_hours: Window
    suppression_longest: Period
    grave: Things


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
    changes: Changes
    care: Care
    drift: DriftRules

    @property
    def label(self) -> str:
        """Name and version, as requests keep them: ``default@1``."""
        return f"{self.name}@{self.version}"

    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """Give every rule with its dotted path, in the file's order."""
        sections = ("admission", "periods", "rhythms", "figures", "gates", "changes", "care", "drift")
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
