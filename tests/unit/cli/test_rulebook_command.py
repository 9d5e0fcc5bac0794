"""``tenure rulebook``: another city's file is checked, every number shown, and the versions in use listed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestrator.adapters.library import installed_templates
from orchestrator.cli.rulebook import app
from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError
from tests.samples import a_request
from tests.unit.cli.shell import Shell

STRICT = Path(__file__).parents[2] / "rulebooks" / "example-strict.yaml"
SHIPPED = installed_templates() / "rulebooks" / "default.yaml"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a shell over an empty installation."""
    return Shell(app, tmp_path / "home")


def edited(folder: Path, *changes: tuple[str, str], source: Path = SHIPPED) -> Path:
    """Give a copy of a rulebook with other texts in it."""
    text = source.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "edited.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_rule_is_shown_with_article_number_and_both_languages(shell: Shell) -> None:
    """For people as a table, for pipelines as fields."""
    library = shell.installation.library
    lines = {line["key"]: line for line in shell.json("show")}
    assert list(lines) == [key for key, _ in library.rulebook().rules()]
    trial = lines["periods.trial"]
    assert (trial["article"], trial["value"], trial["unit"], trial["text"]) == ("Art. 14", 30, "cd", "30 cd")
    assert trial["zh"]
    assert trial["en"]
    table = shell.text("show")
    assert all(key in table for key in lines)
    assert "Art. 2, 4 (policy)" in table


def test_another_citys_file_is_valid_and_told_apart(shell: Shell, tmp_path: Path) -> None:
    """Only numbers count as differences, and nothing is made by checking."""
    (checked,) = shell.json("check", str(STRICT))
    differences = {one["key"]: (one["own"], one["checked"]) for one in checked["differences"]}
    assert differences["periods.trial"] == ("30 cd", "60 cd")
    assert "periods.change_execution" not in differences
    assert "example-strict@3 is valid" in shell.text("check", str(STRICT))
    assert not (tmp_path / "home").exists()


def test_our_own_file_does_not_differ(shell: Shell) -> None:
    """It is the one in use."""
    (checked,) = shell.json("check", str(SHIPPED))
    assert checked["differences"] == []


@pytest.mark.parametrize(
    ("change", "place", "field", "rule"),
    [
        (("  trial:\n", "  trail:\n"), "periods", "periods.trial", "schema/missing"),
        (("value: 30\n    unit: cd", "value: thirty\n    unit: cd"), "value: thirty", "periods.trial.value", None),
        (("value: 70\n    unit: percent", "value: 70\n    unit: months"), "unit: months", "figures.", "rulebook"),
    ],
)
def test_a_fault_is_told_with_its_place(
    shell: Shell, tmp_path: Path, change: tuple[str, str], place: str, field: str, rule: str | None
) -> None:
    """File, line, column, field and rule."""
    file = edited(tmp_path, change)
    error = shell.error("check", str(file))
    assert isinstance(error, BadInputError)
    found = next(one for one in error.diagnostics if str(one.field).startswith(field))
    assert found.place is not None
    assert found.place.line is not None
    assert found.place.column is not None
    assert place in file.read_text(encoding="utf-8").splitlines()[found.place.line - 1]
    assert rule is None or found.rule == rule


def test_other_numbers_under_a_version_in_use_are_a_conflict(shell: Shell, tmp_path: Path) -> None:
    """Running requests keep the numbers of their version; the place is that of the version."""
    file = edited(tmp_path, ("value: 30\n    unit: cd", "value: 31\n    unit: cd"))
    error = shell.error("check", str(file))
    assert isinstance(error, ConflictError)
    assert error.diagnostic.place is not None
    lines = file.read_text(encoding="utf-8").splitlines()
    assert error.diagnostic.place.line == lines.index("version: 4") + 1
    raised = edited(tmp_path, ("version: 4", "version: 5"), source=Path(shutil.copy(file, tmp_path / "kept.yaml")))
    assert len(shell.json("check", str(raised))[0]["differences"]) == 1


def test_versions_are_listed_with_what_runs_under_them(shell: Shell) -> None:
    """The installation's own is one of them; a kept one can be shown."""
    own = shell.installation.library.rulebook()
    with shell.installation.records.transaction() as tx:
        tx.rulebooks.keep(own.model_copy(update={"name": "older"}))
        tx.requests.add(a_request("req-1", rulebook=f"older@{own.version}"))
    assert [(one["label"], one["current"], one["running_requests"]) for one in shell.json("list")] == [
        (own.label, True, 0),
        (f"older@{own.version}", False, 1),
    ]
    assert "in use" in shell.text("list")
    assert shell.json("show", f"older@{own.version}")[0]["rulebook"] == f"older@{own.version}"
    assert isinstance(shell.error("show", "older@99"), NotFoundError)
