"""``tenure bootstrap`` and ``tenure survey``: what is asked for, and what should not be on hosts (Art. 30, 39)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import typer

from orchestrator.cli import survey
from orchestrator.cli.bootstrap import bootstrap
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import ConflictError, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Finding, FindingKind, OperationKind, Severity
from tests.samples import START, an_environment
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

NAME = "water-gauge-test"
app = typer.Typer()
app.add_typer(survey.app, name="survey")
app.command("bootstrap")(bootstrap)


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with one ready environment, two findings in it, one of which is gone."""
    shell = Shell(app, tmp_path / "home", database_template)
    environment = an_environment("water", "gauge", state=EnvironmentState.READY)
    with shell.installation.records.transaction() as tx:
        tx.environments.add(environment)
        for number, gone_at in enumerate((None, START + timedelta(days=7)), start=1):
            tx.findings.put(
                Finding(
                    id=f"find-{number}",
                    environment=NAME,
                    subject=subject_of(environment),
                    host="web-1",
                    kind=FindingKind.PORT_UNDECLARED,
                    thing=f"tcp/{number}",
                    detail="python3 listens",
                    severity=Severity.LOW,
                    found_at=START,
                    seen_at=START,
                    request="req-7",
                    gone_at=gone_at,
                )
            )
    return shell


def test_the_word_run_may_be_left_out(shell: Shell) -> None:
    """An environment's name is no command: it is looked over."""
    (short,) = shell.json("survey", NAME, "--no-wait", "--as", "provider")
    (long,) = shell.json("survey", "run", NAME, "--no-wait", "--as", "provider")
    assert (short["kind"], long["kind"], short["environment"]) == ("survey", "survey", NAME)
    assert "tenure operation watch" in shell.told("survey", "--no-wait", NAME, "--as", "provider")


def test_open_findings_are_listed(shell: Shell) -> None:
    """Of all environments or of one; what is gone only when it is asked for."""
    assert [one["id"] for one in shell.json("survey", "findings")] == ["find-1"]
    assert [one["id"] for one in shell.json("survey", "findings", NAME)] == ["find-1"]
    assert [one["id"] for one in shell.json("survey", "findings", NAME, "--all")] == ["find-2", "find-1"]
    text = shell.text("survey", "findings", NAME)
    assert "tcp/1" in text
    assert "req-7" in text
    assert "tcp/2" not in text


def test_a_rehearsal_is_asked_for_as_such(shell: Shell) -> None:
    """What would be changed, and what is changed, are operations of one kind."""
    (dry,) = shell.json("bootstrap", NAME, "--dry-run", "--no-wait", "--as", "provider")
    (real,) = shell.json("bootstrap", NAME, "--no-wait", "--as", "provider")
    assert (dry["kind"], dry["parameters"]) == (OperationKind.BOOTSTRAP, {"manner": "rehearsal"})
    assert (real["kind"], real["parameters"]) == (OperationKind.BOOTSTRAP, {"manner": "for-good"})


def test_what_cannot_be_done_is_refused_at_once(shell: Shell) -> None:
    """Another role, an environment that nobody has, one that does not stand."""
    for command in ("survey", "bootstrap"):
        assert isinstance(shell.error(command, NAME, "--as", "unit"), RefusedError)
        assert isinstance(shell.error(command, "no-where-test", "--as", "provider"), NotFoundError)
    with shell.installation.records.transaction() as tx:
        tx.environments.put(tx.environments.get(NAME).model_copy(update={"state": EnvironmentState.SUSPENDED}))
    assert isinstance(shell.error("survey", NAME, "--as", "provider"), ConflictError)
