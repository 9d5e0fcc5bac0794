"""``tenure drill``, ``restore`` and ``verify`` as a person or a pipeline runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.main import app
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import ConflictError, NotFoundError, RefusedError
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Report, ReportKind
from tests.drill_samples import a_report
from tests.life_samples import a_backup
from tests.samples import START, a_request, a_spec, an_environment
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

LIVE = "water-gauge-live"


@pytest.fixture
def shell(database_template: Path, tmp_path: Path) -> Shell:
    """Give the command line of an installation with one live environment, one backup and one drill."""
    made = Shell(app, tmp_path / "home", database_template)
    spec = a_spec(stage=Stage.TRIAL)
    live = an_environment(name=LIVE, stage=Stage.TRIAL, state="ready", spec=spec)
    report = Report(
        id="rep-1",
        environment=LIVE,
        subject=subject_of(live),
        kind=ReportKind.DRILL,
        operation="op-1",
        at=START,
        body=a_report(environment=LIVE).model_dump(mode="json"),
    )
    with made.installation.records.transaction() as tx:
        tx.requests.add(a_request(spec=spec))
        tx.environments.add(live)
        tx.backups.put(a_backup(subject=subject_of(live), environment=LIVE, final=False, taken_at=START))
        tx.reports.add(report)
    return made


def test_drills_are_listed_with_their_figures(shell: Shell) -> None:
    """For people against the targets, for pipelines with everything that the report has."""
    told = shell.text("drill", "list")
    assert "96.4 s of 4.0 h" in told
    assert "passed" in told
    (line,) = shell.json("drill", "list")
    assert (line["verdict"], line["shortcomings"], line["report"]) == ("passed", [], "rep-1")


def test_a_copy_that_is_still_there_is_shown(shell: Shell) -> None:
    """Art. 44: nothing that a drill left is overlooked."""
    copy = an_environment(name="water-gauge-drill", stage=Stage.DRILL, state="retiring", spec=a_spec(stage="drill"))
    with shell.installation.records.transaction() as tx:
        tx.environments.add(copy)
    assert "water-gauge-drill is still there" in shell.text("drill", "list")
    assert shell.json("drill", "list")[-1] == {
        "schema": "tenure/1",
        "type": "throw_away",
        "environment": "water-gauge-drill",
    }


@pytest.mark.parametrize("wanted", ["op-1", "rep-1"])
def test_a_report_is_shown_and_written(shell: Shell, tmp_path: Path, wanted: str) -> None:
    """By the operation or by its own id; the page is a file of its own."""
    page = tmp_path / "drill.html"
    told = shell.text("drill", "report", wanted, "--html", str(page))
    assert "failed as it has to" in told
    assert "应急演练报告" in page.read_text(encoding="utf-8")


def test_a_drill_that_nobody_held_has_no_report(shell: Shell) -> None:
    """The message says where to look."""
    with pytest.raises(NotFoundError):
        raise shell.error("drill", "report", "op-2")


@pytest.mark.parametrize("command", [("restore", LIVE), ("drill", "run", LIVE)])
def test_without_a_store_nothing_is_restored_or_drilled(shell: Shell, command: tuple[str, ...]) -> None:
    """Snapshots cannot leave their project; both commands say so before anything is queued."""
    refused = shell.error(*command, "--dry-run")
    assert isinstance(refused, RefusedError)
    assert "TENURE_BACKUP_STORE" in str(refused.diagnostic.hint)


def test_a_time_without_a_backup_is_told(shell: Shell) -> None:
    """The backups that there are stand in the message."""
    refused = shell.error("restore", LIVE, "--at", "2020-01-01", "--dry-run", "--as", "provider")
    assert isinstance(refused, ConflictError)
    assert START.isoformat() in str(refused.diagnostic.detail)


def test_a_verification_is_queued(shell: Shell) -> None:
    """It may be left alone; the next command is named."""
    assert "tenure operation watch" in shell.told("verify", LIVE, "--no-wait", "--as", "provider")
