"""``tenure certificate``: listed, handed over as JSON and as a page, verified anywhere (Art. 16)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator.cli.certificate import app
from orchestrator.domain.errors import BadInputError, NotFoundError
from tests.audit import FORGER, SIGNER
from tests.certificates import a_certificate, signed
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

NAME = "water-gauge-live"


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with one certificate."""
    shell = Shell(app, tmp_path / "home", database_template)
    with shell.installation.records.transaction() as tx:
        tx.certificates.add(signed(a_certificate()))
    return shell


@pytest.fixture
def file(shell: Shell, tmp_path: Path) -> Path:
    """Give the certificate's file."""
    shell.text("show", NAME, "--out", str(tmp_path / "cert.json"))
    return tmp_path / "cert.json"


def test_certificates_are_listed(shell: Shell) -> None:
    """With what remains, and how long."""
    (line,) = shell.json("list")
    assert (line["type"], line["certificate"]["id"]) == ("certificate", a_certificate().id)
    shown = shell.text("list")
    assert a_certificate().id in shown
    assert "bak-01KJ2YV7A8W0T3 until 2027-10-08" in shown


def test_a_certificate_is_shown_for_people(shell: Shell) -> None:
    """What was removed, by whose decision, with which evidence and waivers, and what remains."""
    shown = shell.text("show", NAME)
    for wanted in (
        "市水务局",
        "30 resources",
        "found nothing",
        "approve by duty officer (office)",
        "offline by system owner",
    ):
        assert wanted in shown
    assert "restore-compared by duty officer" in shown
    assert SIGNER.key_id() in shown


def test_an_environment_without_one_is_not_found(shell: Shell) -> None:
    """With what to do about it."""
    error = shell.error("show", "water-other-live")
    assert isinstance(error, NotFoundError)
    assert "has no certificate" in error.diagnostic.summary


def test_json_and_page_are_written_privately(shell: Shell, tmp_path: Path) -> None:
    """Both in one stroke."""
    page, file = tmp_path / "cert.html", tmp_path / "cert.json"
    assert "certificate verify" in shell.told("show", NAME, "--html", str(page), "--out", str(file))
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(file.read_text(encoding="utf-8"))["certificate"]["unit_name"] == "市水务局"
    assert {one.stat().st_mode & 0o777 for one in (page, file)} == {0o600}


def test_it_is_verified_without_the_installation(file: Path, tmp_path: Path) -> None:
    """With a trusted key; without one it vouches for itself and says so."""
    home = tmp_path / "elsewhere"
    runner = CliRunner(env={"TENURE_HOME": str(home), "TENURE_DATABASE_URL": "postgresql://nowhere.invalid/none"})
    trusted = runner.invoke(app, ["verify", str(file), "--key", SIGNER.public_key()])
    assert trusted.exit_code == 0
    assert "is as it was signed" in trusted.stdout
    assert trusted.stderr == ""
    own = runner.invoke(app, ["verify", str(file)])
    assert own.exit_code == 0
    assert "vouches for itself" in own.stderr
    assert not home.exists()


def test_a_changed_certificate_fails(file: Path) -> None:
    """Exit 1, in words and in fields; another key's likewise."""
    runner = CliRunner()
    assert runner.invoke(app, ["verify", str(file), "--key", FORGER.public_key()]).exit_code == 1
    file.write_text(file.read_text(encoding="utf-8").replace("water-gauge-live-web2", "water-gauge-live-web3"))
    told = runner.invoke(app, ["verify", str(file)])
    assert told.exit_code == 1
    assert "the signature does not fit the certificate" in told.stderr
    line = json.loads(runner.invoke(app, ["verify", str(file), "--json"]).stdout)
    assert (line["type"], line["valid"], len(line["faults"])) == ("certificate_verification", False, 1)


def test_texts_of_a_file_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    """Whoever made it, whatever stands in it."""
    file = tmp_path / "cert.json"
    forged = signed(a_certificate(unit_name="[/red]\x1b[2J", cause="\x1b]0;x\x07"), FORGER)
    file.write_text(forged.model_dump_json(), encoding="utf-8")
    result = CliRunner().invoke(app, ["verify", str(file)])
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout + result.stderr


def test_a_file_that_is_none_is_bad_input(shell: Shell, tmp_path: Path) -> None:
    """Exit 2."""
    (tmp_path / "other").write_text("{}")
    assert isinstance(shell.error("verify", str(tmp_path / "other")), BadInputError)
    assert isinstance(shell.error("verify", str(tmp_path / "missing")), BadInputError)
