"""``tenure hold``: who gets no further resources (Art. 46)."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.hold import app
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from tests.samples import an_environment
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with one environment."""
    shell = Shell(app, tmp_path / "home", database_template)
    with shell.installation.records.transaction() as tx:
        tx.environments.add(an_environment("water", "gauge"))
    return shell


def test_a_hold_is_added_listed_and_lifted(shell: Shell) -> None:
    """Those in force are listed; lifted ones too when they are asked for."""
    (made,) = shell.json("add", "water", "gauge", "--reason", "targets missed")
    assert (made["type"], made["unit"], made["system"], made["reason"]) == ("hold", "water", "gauge", "targets missed")
    assert made["by"]["role"] == "office"
    assert [one["id"] for one in shell.json("list")] == [made["id"]]
    assert "in force" in shell.text("list")
    (lifted,) = shell.json("lift", made["id"], "--reason", "targets met")
    assert lifted["lifted_by"]["role"] == "office"
    assert shell.json("list") == []
    assert [one["id"] for one in shell.json("list", "--all")] == [made["id"]]
    assert "lifted" in shell.text("list", "--all")


def test_a_whole_unit_is_held_without_a_system(shell: Shell) -> None:
    """The table says that it is all of them (2017 measures, Art. 27)."""
    assert " all " in shell.text("add", "water", "--reason", "an own machine room")


@pytest.mark.parametrize("names", [("water", "guage"), ("wather",)])
def test_a_name_that_is_nowhere_on_record_is_a_warning(shell: Shell, names: tuple[str, ...]) -> None:
    """The hold stands all the same: the system may come later."""
    assert "is on record; the hold stands" in shell.told("add", *names, "--reason", "targets missed")


@pytest.mark.parametrize("names", [("water", "gauge"), ("water",)])
def test_a_name_that_is_on_record_is_none(shell: Shell, names: tuple[str, ...]) -> None:
    """There is nothing to warn of."""
    assert "is on record" not in shell.told("add", *names, "--reason", "targets missed")


def test_only_the_office_decides_and_gives_a_reason(shell: Shell) -> None:
    """Exit codes 3 and 2; a second hold is a conflict."""
    assert isinstance(shell.error("add", "water", "gauge", "--reason", "x", "--as", "unit"), RefusedError)
    assert isinstance(shell.error("add", "water", "gauge"), BadInputError)
    shell.text("add", "water", "gauge", "--reason", "targets missed")
    assert isinstance(shell.error("add", "water", "gauge", "--reason", "x"), ConflictError)
