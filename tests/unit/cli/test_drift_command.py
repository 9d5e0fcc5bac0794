"""``tenure drift``: what is listed, how it is written for pipelines, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import typer

from orchestrator.cli import drift
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, ExitCode, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import OperationKind
from tests.drift_samples import ENVIRONMENT, a_drift
from tests.samples import START, an_environment
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

AS_PROVIDER = ("--as", "provider")
app = typer.Typer()
app.add_typer(drift.app, name="drift")
app.command("other")(lambda: None)


def in_days(days: int) -> str:
    """Give a day that is so far from now, as people write it."""
    return (datetime.now().astimezone() + timedelta(days=days)).date().isoformat()


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with one ready environment and two drifts, one of which is gone."""
    shell = Shell(app, tmp_path / "home", database_template)
    environment = an_environment("water", "gauge", state=EnvironmentState.READY)
    with shell.installation.records.transaction() as tx:
        tx.environments.add(environment)
        tx.drifts.put(a_drift(subject=subject_of(environment)))
        tx.drifts.put(a_drift("drift-2", subject=subject_of(environment), gone_at=START + timedelta(days=1)))
    return shell


def test_drifts_are_listed_for_people_and_pipelines(shell: Shell) -> None:
    """Those that stand: class, thing and both values; each line of JSON is a resource_drift."""
    text = shell.text("drift", "list")
    assert "port port-web-1" in text
    assert "admin_state_up: true → –" in text
    (line,) = shell.json("drift", "list", ENVIRONMENT)
    assert (line["type"], line["id"], line["drift"], line["suppressed"]) == (
        "resource_drift",
        "drift-1",
        "changed",
        False,
    )
    assert line["properties"] == [{"name": "admin_state_up", "expected": "true", "found": ""}]


def test_the_bare_word_looks_and_leaves_out_what_cannot_be_compared(shell: Shell) -> None:
    """No cloud is asked for an environment whose record is not there; the reason is told."""
    lines = shell.json("drift", *AS_PROVIDER)
    assert [line["type"] for line in lines] == ["resource_drift", "drift_summary", "diagnostic"]
    assert "not on record yet" in lines[1]["left_out"][ENVIRONMENT]
    assert "differences" in shell.text("drift", ENVIRONMENT, *AS_PROVIDER)
    assert isinstance(shell.error("drift", "no-such-test", *AS_PROVIDER), NotFoundError)


def test_pipelines_are_told_by_the_exit_code(shell: Shell) -> None:
    """6 while something differs that nobody vouched for, 0 when nothing does."""
    assert shell.code("drift", "--detailed-exitcode", *AS_PROVIDER) == ExitCode.CHANGES
    shell.text("drift", "suppress", "drift-1", "--until", in_days(3), "--reason", "exchanged", "--as", "office")
    assert shell.code("drift", "--detailed-exitcode", *AS_PROVIDER) == ExitCode.DONE


def test_a_drift_is_left_alone_and_cared_for_again(shell: Shell) -> None:
    """Left alone it is in the list of all only, with who said so."""
    shell.text("drift", "suppress", "drift-1", "--until", in_days(3), "--reason", "exchanged")
    assert shell.json("drift", "list") == []
    assert "exchanged" in shell.text("drift", "list", "--all")
    (line,) = shell.json("drift", "lift", "drift-1")
    assert (line["suppressed"], line["suppression"]) == (False, None)


def test_what_cannot_be_left_alone_is_refused(shell: Shell) -> None:
    """Without a reason, for too long, or when it is gone."""
    assert isinstance(shell.error("drift", "suppress", "drift-1", "--until", in_days(3)), BadInputError)
    too_long = shell.error("drift", "suppress", "drift-1", "--until", in_days(90), "--reason", "x")
    assert isinstance(too_long, RefusedError)
    assert isinstance(shell.error("drift", "lift", "drift-2"), ConflictError)
    assert isinstance(shell.error("drift", "lift", "drift-9"), NotFoundError)


def test_a_mend_is_queued(shell: Shell) -> None:
    """For operators only."""
    assert isinstance(shell.error("drift", "mend", ENVIRONMENT, "--no-wait", "--as", "unit"), RefusedError)
    (line,) = shell.json("drift", "mend", ENVIRONMENT, "--no-wait", *AS_PROVIDER)
    assert (line["kind"], line["state"]) == (OperationKind.MEND, "queued")
