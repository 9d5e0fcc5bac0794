"""``tenure deadlines``: what is due as a list, as lines for pipelines, as a calendar file, and where the feed is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ical.calendar_stream import IcsCalendarStream
from typer.testing import CliRunner

from orchestrator.adapters.clock import DrivenClock
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.vault import FileVault
from orchestrator.cli.deadlines import app
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.records import DeadlineKind
from orchestrator.web.feed import FEED_SECRET
from tests.samples import a_deadline
from tests.store import database_template, fresh_records

__all__ = ["database_template"]
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 5, 16, tzinfo=UTC)
"""The end of 5 March in Shanghai."""
DAY = timedelta(days=1)


class Shell:
    """Runs commands on an installation of its own whose clock stands still."""

    def __init__(self, home: Path) -> None:
        self.home = home
        clock = home / "clock.json"
        DrivenClock(clock).set(NOW, speed=0)
        self._runner = CliRunner(
            env={"TENURE_HOME": str(home), "TENURE_CLOCK_FILE": str(clock), "TENURE_ROLE": "office", "COLUMNS": "200"}
        )

    def text(self, *arguments: str) -> str:
        """Run a command that works; give its standard output."""
        result = self._runner.invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Run it with --json."""
        return [json.loads(line) for line in self.text(*arguments, "--json").splitlines()]

    def error(self, *arguments: str) -> BaseException | None:
        """Run a command that is refused."""
        return self._runner.invoke(app, arguments).exception


@pytest.fixture
def records(database_template: Path, tmp_path: Path) -> Iterator[SqlRecords]:
    """Give the records of the installation, with four dates."""
    fresh = fresh_records(database_template, tmp_path / "home")
    with fresh.transaction() as tx:
        for name, kind, due_at, more in (
            ("req-1/acceptance", DeadlineKind.ACCEPTANCE, MIDNIGHT, {"since": NOW, "provisional": True}),
            ("req-2/change-start", DeadlineKind.CHANGE_START, MIDNIGHT + timedelta(hours=22), {}),
            ("req-3/review", DeadlineKind.REVIEW, MIDNIGHT + 9 * DAY, {"paused_at": NOW}),
            ("req-4/review", DeadlineKind.REVIEW, MIDNIGHT - 4 * DAY, {}),
        ):
            tx.deadlines.add(a_deadline(name, kind=kind, due_at=due_at, **more))
    yield fresh
    fresh.close()


@pytest.fixture
def shell(records: SqlRecords, tmp_path: Path) -> Shell:
    """Give a shell over the records."""
    del records
    return Shell(tmp_path / "home")


def test_the_list_is_soonest_first_with_everything_about_each(shell: Shell) -> None:
    """By when, how it stands, for whom, by which article, and what happens otherwise."""
    _, missed, accepted, change, paused = shell.text().splitlines()
    assert missed.split()[:3] == ["2026-03-01", "missed", "office"]
    assert accepted.startswith("2026-03-05 (provisional)")
    assert "the breach is recorded" in accepted
    assert change.startswith("2026-03-06 22:00 ")
    assert paused.startswith("paused since 2026-03-02 09:30")


def test_pipelines_get_a_line_for_each(shell: Shell) -> None:
    """With the fields of the record, the forecast, who acts, and the words in both languages."""
    lines = shell.json("--for", "office", "--state", "missed")
    assert [(line["schema"], line["type"], line["id"]) for line in lines] == [("tenure/1", "deadline", "req-4/review")]
    (line,) = lines
    assert (line["forecast"], line["responsible"], line["article"]) == ("missed", "office", "Art. 13")
    assert line["last_day"] == "2026-03-01"
    assert line["title"] == {"zh": "审核意见", "en": "review opinion"}
    assert set(line["consequence"]) == {"zh", "en"}


def test_before_a_day_means_that_its_last_day_is_earlier(shell: Shell) -> None:
    """5 March is before the 6th and not before the 5th, by Shanghai's calendar."""
    assert [line["id"] for line in shell.json("--before", "2026-03-06")] == ["req-4/review", "req-1/acceptance"]
    assert [line["id"] for line in shell.json("--before", "2026-03-05")] == ["req-4/review"]


def test_nothing_due_is_said(shell: Shell) -> None:
    """An empty list is no empty screen."""
    assert shell.text("--unit", "archives").strip() == "nothing is due"


def test_a_calendar_file_has_the_same_dates(shell: Shell, tmp_path: Path) -> None:
    """To a file, or to standard output; a clock that stands still has no day."""
    file = tmp_path / "due.ics"
    shell.text("--ics", str(file))
    written = [event.uid for event in IcsCalendarStream.calendar_from_ics(file.read_text(encoding="utf-8")).events]
    assert written == ["req-4/review@tenure", "req-1/acceptance@tenure", "req-2/change-start@tenure"]
    assert "BEGIN:VCALENDAR" in shell.text("--ics", "-")


def test_a_file_that_cannot_be_written_is_bad_input(shell: Shell, tmp_path: Path) -> None:
    """The error names it."""
    error = shell.error("--ics", str(tmp_path / "nowhere" / "due.ics"))
    assert isinstance(error, BadInputError)
    assert error.diagnostic.field == "--ics"


def test_the_feeds_secret_is_shown_on_demand_and_audited(shell: Shell, records: SqlRecords) -> None:
    """Without --url the address stays incomplete."""
    secret = FileVault(shell.home).derive(FEED_SECRET)
    assert secret not in shell.text("feed")
    with records.read() as tx:
        assert tx.audit.list(subject="deadlines") == ()
    assert f"http://127.0.0.1:8321/feeds/{secret}/deadlines.ics\n" in shell.text("feed", "--url")
    (shown,) = shell.json("feed", "--url", "--for", "office", "--base", "https://tenure.example/")
    assert shown["url"] == f"https://tenure.example/feeds/{secret}/deadlines.ics?for=office"
    with records.read() as tx:
        assert [(entry.action, entry.facts) for entry in tx.audit.list(subject="deadlines")] == [
            ("feed.address-shown", {"for": "everybody"}),
            ("feed.address-shown", {"for": "office"}),
        ]
