"""tenure schema, init, fmt and plan at the command line."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.cli.main import app
from orchestrator.domain.errors import BadInputError, ConflictError, ExitCode, TenureError
from tests.git import Written, a_file

NAME = "archives-catalogue-test"
GIVEN = ("--unit", "archives", "--system", "catalogue", "--reason", "迁移: 测试", "--mlps", "2")
RANGE = ("--access-from", "198.51.100.0/24")


def tenure(home: Path, *arguments: str) -> Result:
    """Run a command, not on a terminal."""
    return CliRunner(env={"TENURE_HOME": str(home), "OS_CLOUD": "none"}).invoke(app, arguments)


def refused(result: Result) -> TenureError:
    """Give the error that a command ended with."""
    assert isinstance(result.exception, TenureError), result.output
    return result.exception


def test_the_schema_of_each_document_is_printed(tmp_path: Path) -> None:
    """As JSON schema, for editors."""
    schema = json.loads(tenure(tmp_path, "schema", "environment").stdout)
    assert schema["title"] == "Tenure environment"
    assert tenure(tmp_path, "schema", "unheard-of").exit_code == ExitCode.BAD_INPUT


def test_init_writes_a_file_that_is_valid_and_in_its_normal_form(tmp_path: Path) -> None:
    """With the modeline, comments, and names that need quotes."""
    folder = tmp_path / "environments"
    asked = ("init", *GIVEN, *RANGE, "--unit-name", "市档案馆: 一", "--folder", str(folder))
    assert tenure(tmp_path / "home", *asked).exit_code == ExitCode.DONE
    (file,) = folder.iterdir()
    assert file.name == f"{NAME}.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=")
    declaration = EnvironmentFiles().read(text, file.name).declaration
    assert (declaration.unit_name, declaration.reason) == ("市档案馆: 一", "迁移: 测试")
    assert tenure(tmp_path / "home", "fmt", "--check", str(folder)).exit_code == ExitCode.DONE
    assert isinstance(refused(tenure(tmp_path / "home", *asked)), ConflictError)
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (GIVEN, "access-from"),
        ((*GIVEN, *RANGE, "--unit", "Bad-Id"), "unit"),
        ((*GIVEN, *RANGE, "--blueprint", "none-such"), "environment.blueprint"),
        ((*GIVEN, "--access-from", "0.0.0.0/0"), "environment.access_from.0"),
        ((*GIVEN, *RANGE, "--reason", "password: Zx9-tree-lamp"), None),
    ],
)
def test_init_never_asks_off_a_terminal_and_writes_nothing_wrong(
    tmp_path: Path, arguments: tuple[str, ...], field: str | None
) -> None:
    """What is missing or wrong is refused, and no file appears."""
    folder = tmp_path / "environments"
    error = refused(tenure(tmp_path / "home", "init", *arguments, "--folder", str(folder)))
    assert error.diagnostic.field == field
    assert not folder.exists()


def test_init_asks_on_a_terminal_for_what_was_not_given(tmp_path: Path) -> None:
    """What was given is not asked for again."""
    person, terminal = pty.openpty()
    folder = tmp_path / "environments"
    given = ("init", "--unit", "archives", "--reason", "test", "--folder", str(folder))
    command = [sys.executable, "-m", "orchestrator.cli.main", *given]
    try:
        os.write(person, b"catalogue\n2\n198.51.100.0/24\n")
        done = subprocess.run(
            command,
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env={**os.environ, "TENURE_HOME": str(tmp_path / "home")},
        )
    finally:
        os.close(person)
        os.close(terminal)
    assert "System (id)" in done.stdout
    assert "Unit (id)" not in done.stdout
    assert [file.name for file in folder.iterdir()] == [f"{NAME}.yaml"]


def test_fmt_changes_files_or_only_says_so(tmp_path: Path) -> None:
    """Exit code 6 with --check: there are changes."""
    file = tmp_path / f"{NAME}.yaml"
    untidy = "mlps: 2\n" + a_file().replace("mlps: 2\n", "")
    file.write_text(untidy, encoding="utf-8")
    assert tenure(tmp_path, "fmt", "--check", str(file)).exit_code == ExitCode.CHANGES
    assert file.read_text(encoding="utf-8") == untidy
    assert tenure(tmp_path, "fmt", str(file)).exit_code == ExitCode.DONE
    assert file.read_text(encoding="utf-8") == a_file()
    file.write_text("a: [", encoding="utf-8")
    assert tenure(tmp_path, "fmt", str(file)).exit_code == ExitCode.BAD_INPUT
    assert isinstance(refused(tenure(tmp_path, "fmt", str(tmp_path / "none"))), BadInputError)


def test_fmt_writes_through_no_link(tmp_path: Path) -> None:
    """A pull request may bring a link that leads anywhere, and a folder that is called like a file."""
    folder = tmp_path / "environments"
    (folder / "folder.yaml").mkdir(parents=True)
    outside = tmp_path / "outside.yaml"
    outside.write_text("b:   1\na:   2\n", encoding="utf-8")
    (folder / f"{NAME}.yaml").symlink_to(outside)
    assert tenure(tmp_path, "fmt", str(folder)).exit_code == ExitCode.DONE
    assert outside.read_text(encoding="utf-8") == "b:   1\na:   2\n"


def test_init_tells_when_it_cannot_write(tmp_path: Path) -> None:
    """Where a file stands in place of the folder; names that stand in the reason too stay as they are."""
    asked = ("init", *GIVEN, *RANGE, "--unit-name", "市档案馆", "--reason", "about unit: archives")
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    error = refused(tenure(tmp_path / "home", *asked, "--folder", str(tmp_path / "taken" / "environments")))
    assert (error.exit_code, error.diagnostic.field) == (ExitCode.BAD_INPUT, "folder")
    assert tenure(tmp_path / "home", *asked, "--folder", str(tmp_path / "new")).exit_code == ExitCode.DONE
    text = (tmp_path / "new" / f"{NAME}.yaml").read_text(encoding="utf-8")
    assert EnvironmentFiles().read(text, "x").declaration.reason == "about unit: archives"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Give a repository in which main has nothing, and a branch one environment."""
    made = Written(tmp_path / "repository")
    base = made.commit({"README.md": "ours"}, branch="main")
    made.commit({"README.md": "ours", f"environments/{NAME}.yaml": a_file()}, base, branch="good")
    made.commit({"README.md": "ours", f"environments/{NAME}.yaml": a_file("civil")}, base, branch="bad")
    return made


def plan(home: Path, written: Written, git: str, *more: str) -> Result:
    """Check a range by the rules alone."""
    return tenure(home, "plan", "--git", git, "--repository", str(written.folder), "--validate-only", *more)


def test_a_good_range_is_told_as_json_and_as_a_comment(tmp_path: Path, written: Written) -> None:
    """Lines for pipelines, Markdown for people."""
    file = tmp_path / "comment.md"
    result = plan(tmp_path / "home", written, "main..good", "--json", "--markdown", str(file), "--language", "en")
    assert result.exit_code == ExitCode.DONE, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["environment_plan", "git_plan"]
    assert (lines[0]["environment"], lines[0]["standing"]) == (NAME, "valid")
    assert lines[1]["digest"] in file.read_text(encoding="utf-8")
    shown = plan(tmp_path / "home", written, "main..good", "--markdown", "-")
    assert shown.stdout.startswith("<!-- tenure:plan -->")


def test_a_refused_range_ends_with_three_and_tells_the_place(tmp_path: Path, written: Written) -> None:
    """As compilers do: file, line, column."""
    result = plan(tmp_path / "home", written, "main...bad")
    assert result.exit_code == ExitCode.REFUSED
    assert f"environments/{NAME}.yaml:2:9: this file is called {NAME}" in result.stderr


@pytest.mark.parametrize("git", ["main", "..good", "main..none", "--all..good"])
def test_a_range_that_is_none_is_bad_input(tmp_path: Path, written: Written, git: str) -> None:
    """Before anything is looked at."""
    result = tenure(tmp_path, "plan", f"--git={git}", "--repository", str(written.folder), "--validate-only")
    assert isinstance(refused(result), BadInputError)
