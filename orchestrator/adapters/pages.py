"""Readable pages from the templates' folder: one HTML file each, in which every text is escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestrator.domain.calendar import SHANGHAI


@dataclass(frozen=True)
class Page:
    """A kind of page.

    Attributes:
        template: Its file in ``pages/`` of the templates' folder.
        filters: What the template writes values with, besides ``moment``.
    """

    template: str
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def written(self, templates: Path, **values: object) -> str:
        """Write one; a value that the template wants and does not get is an error.

        Args:
            templates: The folder of templates.
            values: What the template shows.
        """
        environment = Environment(
            loader=FileSystemLoader(templates / "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(self.filters, moment=moment)
        return environment.get_template(self.template).render(values)


def moment(instant: datetime | None) -> str:
    """Write an instant to the second as people in Shanghai read it; a page says the zone once."""
    return "–" if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
