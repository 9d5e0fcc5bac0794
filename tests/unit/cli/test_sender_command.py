"""``tenure sender``: secrets are shown once, where the operator wants them, and never in a list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestrator.adapters.webhooks import Ed25519Keys, Signer
from orchestrator.cli.sender import app
from orchestrator.domain.errors import BadInputError, ConflictError, TenureError
from orchestrator.domain.records import Scheme


class Shell:
    """Runs commands on an installation of its own."""

    def __init__(self, home: Path) -> None:
        self._runner = CliRunner(env={"TENURE_HOME": str(home), "TENURE_ROLE": "office"})

    def text(self, *arguments: str, typed: str = "") -> str:
        """Run a command that works; give its standard output."""
        result = self._runner.invoke(app, arguments, input=typed, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str, typed: str = "") -> list[dict[str, Any]]:
        """Run it with --json."""
        return [json.loads(line) for line in self.text(*arguments, "--json", typed=typed).splitlines()]

    def error(self, *arguments: str) -> TenureError:
        """Run a command that is refused."""
        result = self._runner.invoke(app, arguments)
        assert isinstance(result.exception, TenureError), result.output
        return result.exception


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a shell with an empty installation."""
    return Shell(tmp_path / "home")


def test_a_new_secret_is_shown_once(shell: Shell) -> None:
    """It signs; the list shows the public half only."""
    (made,) = shell.json("add", "approvals")
    assert Signer(made["secret"]).scheme is Scheme.V1A
    assert (made["schema"], made["type"], made["role"]) == ("tenure/1", "sender", "office")
    assert made["secret"] not in shell.text("list") + json.dumps(shell.json("list"))


def test_for_people_the_secret_stands_on_a_line_of_its_own(shell: Shell) -> None:
    """So that it can be piped."""
    assert shell.text("add", "approvals").splitlines()[-1].startswith("whsk_")


def test_a_secret_may_go_to_a_private_file(shell: Shell, tmp_path: Path) -> None:
    """Mode 0600, and nothing on standard output."""
    file = tmp_path / "secret"
    (made,) = shell.json("add", "approvals", "--scheme", "v1", "--secret-file", str(file))
    assert "secret" not in made
    assert "sealed" not in json.dumps(made)
    assert Signer(file.read_text()).scheme is Scheme.V1
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_not_overwritten(shell: Shell, tmp_path: Path) -> None:
    """And then no key is registered, whose secret would be lost."""
    file = tmp_path / "secret"
    file.write_text("kept")
    assert isinstance(shell.error("add", "approvals", "--secret-file", str(file)), ConflictError)
    assert file.read_text() == "kept"
    assert shell.json("list") == []


def test_a_refused_command_leaves_no_file(shell: Shell, tmp_path: Path) -> None:
    """The file was made first, so it goes again."""
    file = tmp_path / "secret"
    assert isinstance(shell.error("add", "NO NAME", "--secret-file", str(file)), BadInputError)
    assert not file.exists()


def test_a_sender_may_bring_his_own_public_key(shell: Shell, tmp_path: Path) -> None:
    """By file or by standard input; no secret is shown."""
    keys = [Ed25519Keys().make(Scheme.V1A).public for _ in range(2)]
    file = tmp_path / "public"
    file.write_text(keys[0] + "\n")
    (first,) = shell.json("add", "approvals", "--public-key", str(file))
    (second,) = shell.json("rotate", "approvals", "--public-key", "-", typed=keys[1])
    assert "secret" not in first | second
    assert [key["public"] for key in second["keys"]] == keys


def test_rotation_and_revocation(shell: Shell) -> None:
    """The older key gets an end; a revoked sender has none that counts."""
    shell.json("add", "approvals")
    (rotated,) = shell.json("rotate", "approvals", "--overlap-days", "1")
    assert [bool(key["valid_until"]) for key in rotated["keys"]] == [True, False]
    (partly,) = shell.json("revoke", "approvals", "--key", rotated["keys"][0]["id"])
    assert (bool(partly["keys"][0]["revoked_at"]), partly["revoked_at"]) == (True, None)
    shell.text("revoke", "approvals")
    assert shell.text("list").count("revoked") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--scheme", "v1", "--public-key", "x"),
        ("--public-key", "missing-file"),
        ("--public-key", "x", "--secret-file", "y"),
    ],
)
def test_options_that_do_not_fit_are_refused(shell: Shell, arguments: tuple[str, ...]) -> None:
    """Each says which option."""
    error = shell.error("add", "approvals", *arguments)
    assert str(error.diagnostic.field).startswith("--")
