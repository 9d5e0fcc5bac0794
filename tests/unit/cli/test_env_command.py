"""``tenure env show``: what a live environment gets, and how old its newest backup is (Art. 30, 32)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.cli.env import app
from orchestrator.domain.blueprint_care import PatchHours
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.records import Actor, Role
from orchestrator.workflows.patch_hours import decide
from tests.life_samples import a_backup
from tests.samples import a_request, an_environment
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

LIVE = "water-gauge-live"
PROVIDER = Actor(name="zhao", role=Role.PROVIDER, door="cli")


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with one live environment."""
    shell = Shell(app, tmp_path / "home", database_template)
    with shell.installation.records.transaction() as tx:
        tx.requests.add(a_request())
        tx.environments.add(an_environment(name=LIVE, state="ready", stage="trial"))
    return shell


def recovery_point(shell: Shell) -> dict[str, object]:
    """Give what the command says of the newest backup."""
    (line,) = [line for line in shell.json("show", LIVE) if line["type"] == "recovery_point"]
    return line


def test_the_hours_that_count_are_shown(shell: Shell) -> None:
    """The rulebook's, until somebody decides on others for this environment."""
    assert "Sat, Sun 22:00 to 04:00" in shell.text("show", LIVE)
    hours = PatchHours(days=(2,), begins="01:00", ends="05:00")
    decide(shell.installation.ports, LIVE, hours, "elections", PROVIDER)
    shown = shell.text("show", LIVE)
    assert "Tue 01:00 to 05:00" in shown
    assert "every 1 cd, 3 kept" in shown


def test_the_age_of_the_newest_backup_is_shown(shell: Shell) -> None:
    """Of those that count; none at all is said, too."""
    assert "no backup that counts" in shell.text("show", LIVE)
    assert recovery_point(shell)["age_hours"] is None
    records, now = shell.installation.records, shell.installation.ports.clock.now()
    with records.transaction() as tx:
        subject = subject_of(tx.environments.get(LIVE))
        taken = now - timedelta(hours=3)
        tx.backups.put(a_backup("bak-1", subject=subject, environment=LIVE, taken_at=taken))
        tx.backups.put(a_backup("bak-2", subject=subject, environment=LIVE, taken_at=now, doubted_at=now))
    assert "is 3.0 hours old" in shell.text("show", LIVE)
    assert recovery_point(shell)["backup"] == "bak-1"
