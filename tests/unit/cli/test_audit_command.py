"""``tenure audit``: the log is listed, copied and verified; a copy is verified without the installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestrator.cli.audit import app
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.texts import REPLACED
from tests.audit import FORGER
from tests.samples import OFFICER, START
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

ODD = "[/red] \x1b[2J \u202e"


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with five entries."""
    shell = Shell(app, tmp_path / "home", database_template)
    with shell.installation.records.transaction() as tx:
        for number in range(5):
            tx.audit.append(START, OFFICER, "request.accept", f"req-{number % 2}", {"number": number, "name": ODD})
    return shell


@pytest.fixture
def copy(shell: Shell, tmp_path: Path) -> Path:
    """Give a copy of the log."""
    file = tmp_path / "copy.jsonl"
    shell.text("export", str(file))
    return file


def elsewhere(tmp_path: Path, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Run a command where no installation is; give exit code, JSON lines and standard error."""
    home = tmp_path / "elsewhere"
    variables = {"TENURE_HOME": str(home), "TENURE_DATABASE_URL": "postgresql://nowhere.invalid/none"}
    result = CliRunner(env=variables).invoke(app, arguments)
    assert not home.exists()
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return result.exit_code, lines, result.stderr


def test_entries_are_listed_in_order(shell: Shell) -> None:
    """All, of one subject, or after a number."""
    assert [one["sequence"] for one in shell.json("list")] == [1, 2, 3, 4, 5]
    assert [one["sequence"] for one in shell.json("list", "--subject", "req-1")] == [2, 4]
    assert [one["sequence"] for one in shell.json("list", "--after", "3", "--limit", "1")] == [4]
    assert "audit list --after 4" in shell.told("list", "--limit", "4")


def test_texts_of_anybody_do_nothing_to_the_terminal(shell: Shell) -> None:
    """Markup is shown as it is, controls as a sign that something stood there."""
    shown = shell.text("list")
    assert "\x1b" not in shown
    assert f"[/red] {REPLACED}[2J {REPLACED}" in shown


def test_a_copy_is_private_and_freshly_signed(shell: Shell, copy: Path) -> None:
    """Its newest checkpoint is made for it; exporting again needs no second one."""
    assert copy.stat().st_mode & 0o777 == 0o600
    (again,) = shell.json("export", str(copy))
    assert (again["type"], again["checkpoint"]["sequence"]) == ("audit_export", 5)
    with shell.installation.records.read() as tx:
        assert [one.sequence for one in tx.checkpoints.list()] == [5]


def test_a_copy_may_go_to_standard_output(shell: Shell, copy: Path) -> None:
    """The copy alone; so --json has no place there."""
    assert shell.text("export", "-").encode() == copy.read_bytes()
    assert isinstance(shell.error("export", "-", "--json"), BadInputError)


def test_a_copy_is_verified_without_the_installation(shell: Shell, copy: Path, tmp_path: Path) -> None:
    """With the key as text, or in a file."""
    key = shell.text("key").strip()
    code, (line,), _ = elsewhere(tmp_path, "verify", str(copy), "--key", key, "--json")
    assert (code, line["type"], line["whole"], line["entries"]) == (0, "audit_verification", True, 5)
    (tmp_path / "key").write_text(key + "\n")
    assert elsewhere(tmp_path, "verify", str(copy), "--key", str(tmp_path / "key"))[0] == 0


def test_without_a_key_a_copy_vouches_for_itself_and_says_so(copy: Path, tmp_path: Path) -> None:
    """It is whole, with a warning."""
    code, _, warning = elsewhere(tmp_path, "verify", str(copy))
    assert code == 0
    assert "vouches for itself" in warning
    assert "--key" in warning


def test_another_key_is_not_trusted(copy: Path, tmp_path: Path) -> None:
    """Exit 1: the log is not what that key signed."""
    code, (line,), _ = elsewhere(tmp_path, "verify", str(copy), "--key", FORGER.public_key(), "--json")
    assert code == 1
    assert [finding["tampering"] for finding in line["findings"]] == ["signature"]


def test_a_tampered_copy_fails_and_names_the_entry(copy: Path, tmp_path: Path) -> None:
    """For people in words, for pipelines as fields; exit 1."""
    lines = copy.read_bytes().splitlines(keepends=True)
    copy.write_bytes(b"".join(lines[:3] + lines[4:]))
    code, (line, warning), _ = elsewhere(tmp_path, "verify", str(copy), "--json")
    assert (code, line["whole"], warning["code"]) == (1, False, "own-key")
    assert (line["findings"][0]["tampering"], line["findings"][0]["entries"]) == ("removed", [[3, 3]])
    code, _, told = elsewhere(tmp_path, "verify", str(copy))
    assert code == 1
    assert "entry 3 is missing between 2 and 4" in told


def test_what_is_no_copy_and_no_key_is_bad_input(shell: Shell, copy: Path, tmp_path: Path) -> None:
    """Exit 2, with what is wanted."""
    (tmp_path / "other").write_bytes(b"\x89PNG")
    for arguments in (["verify", str(tmp_path / "other")], ["verify", str(tmp_path / "missing")]):
        assert isinstance(shell.error(*arguments), BadInputError)
    assert isinstance(shell.error("verify", str(copy), "--key", "no key"), BadInputError)
    assert isinstance(shell.error("verify", str(copy), "--key", str(tmp_path / "other")), BadInputError)


def test_the_installations_own_log_is_verified(shell: Shell, copy: Path) -> None:
    """With its own key; entries that no checkpoint signs yet are counted."""
    del copy
    (line,) = shell.json("verify")
    assert (line["whole"], line["entries"], line["signed"]["sequence"]) == (True, 5, 5)
    with shell.installation.records.transaction() as tx:
        tx.audit.append(START, OFFICER, "request.accept", "req-1", {})
    shown = shell.text("verify")
    assert "the audit log is whole: 6 entries" in shown
    assert "signed up to entry 5" in shown
    assert "the last 1 will be signed with the next checkpoint" in shown


def test_a_log_without_checkpoints_says_so(shell: Shell) -> None:
    """It is whole as far as hashes tell."""
    assert "no entry is signed yet" in shell.text("verify")


def test_the_key_stands_alone_on_standard_output(shell: Shell) -> None:
    """So that it can be piped; its id is told beside it."""
    (line,) = shell.json("key")
    assert shell.text("key") == line["public_key"] + "\n"
    assert line["key"] in shell.told("key")
