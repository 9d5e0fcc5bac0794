"""Blueprints, rulebook and calendar from the files of templates/, checked when they are read and read once."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

import orchestrator
from orchestrator.adapters.calendars import PublishedYears, chinese_calendar
from orchestrator.adapters.documents import locate, parse, read_text, validate
from orchestrator.domain.blueprint import Blueprint
from orchestrator.domain.calendar import Calendar
from orchestrator.domain.consistency import contradictions
from orchestrator.domain.errors import BadInputError, NotFoundError, Place
from orchestrator.domain.rulebook import Rulebook

SUFFIX = ".yaml"
CALENDAR_FILE = "calendar"
LIBRARY_RULE = "library"


def installed_templates() -> Path:
    """Give the templates folder that came with this installation; it stands beside the package."""
    return Path(orchestrator.__file__).resolve().parent.parent / "templates"


def read_rulebook(path: Path) -> Rulebook:
    """Read a city's rulebook; raises BadInputError with file, line, column, field and rule of every fault."""
    document = parse(read_text(path), str(path))
    rulebook = validate(document, Rulebook)
    if found := contradictions(rulebook):
        raise locate(document, BadInputError(found[0].summary, diagnostics=found))
    return rulebook


class TemplateLibrary:
    """Implements :class:`orchestrator.ports.Library`.

    Args:
        templates: The templates folder.
        rulebook: Name of a file in its rulebooks folder, or the path of one elsewhere.

    Raises BadInputError with file, line and column when a template is wrong.
    """

    def __init__(self, templates: Path, rulebook: str = "default") -> None:
        self._blueprints_folder = templates / "blueprints"
        self._rulebooks_folder = templates / "rulebooks"
        self._rulebook_name = rulebook
        self._blueprints: dict[str, Blueprint] = {}
        self._rulebook: Rulebook | None = None
        self._calendar: Calendar | None = None

    def blueprint(self, name: str) -> Blueprint:
        """Give one; NotFoundError (field ``environment.blueprint``) names those that there are."""
        if name not in self._blueprints:
            self._blueprints[name] = self._load_blueprint(name)
        return self._blueprints[name]

    def blueprints(self) -> tuple[Blueprint, ...]:
        """Give all, by name."""
        return tuple(self.blueprint(name) for name in self._blueprint_files())

    def rulebook(self) -> Rulebook:
        """Give the installation's rulebook."""
        if self._rulebook is None:
            self._rulebook = read_rulebook(self._rulebook_path())
        return self._rulebook

    def calendar(self) -> Calendar:
        """Give the calendar of working days."""
        if self._calendar is None:
            added = self._rulebook_path().parent / f"{CALENDAR_FILE}{SUFFIX}"
            self._calendar = chinese_calendar(_load(added, PublishedYears) if added.exists() else PublishedYears())
        return self._calendar

    def _blueprint_files(self) -> dict[str, Path]:
        return {path.stem: path for path in sorted(self._blueprints_folder.glob(f"*{SUFFIX}"))}

    def _load_blueprint(self, name: str) -> Blueprint:
        files = self._blueprint_files()
        if name not in files:
            detail = f"there is: {', '.join(files) or 'none'}"
            field = "environment.blueprint"
            raise NotFoundError(f"there is no blueprint {name!r}", detail=detail, field=field, rule=LIBRARY_RULE)
        found = _load(files[name], Blueprint)
        if found.name != name:
            summary = f"this file is called {name}, but its blueprint {found.name}"
            raise BadInputError(summary, field="name", rule=LIBRARY_RULE, place=Place(file=str(files[name])))
        return found

    def _rulebook_path(self) -> Path:
        named = self._rulebooks_folder / f"{self._rulebook_name}{SUFFIX}"
        return named if named.exists() else Path(self._rulebook_name)


def _load[M: BaseModel](path: Path, model: type[M]) -> M:
    return validate(parse(read_text(path), str(path)), model)
