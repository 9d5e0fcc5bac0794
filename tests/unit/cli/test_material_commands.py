"""``tenure request attach|material|fetch``: documents go in and come out again (Art. 11, 40)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import typer

from orchestrator.cli.material import register
from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, OperationFailedError, RefusedError
from orchestrator.domain.records import Material
from tests.samples import a_request
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

PLAN = b"%PDF-1.7 the plan"
DIGEST = hashlib.sha256(PLAN).hexdigest()
DECLARED = Material(kind="resource-needs", name="云资源需求表.xlsx", sha256="a" * 64)


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with one request, which declares one document."""
    app = typer.Typer()
    register(app)
    shell = Shell(app, tmp_path / "home", database_template)
    with shell.installation.records.transaction() as tx:
        tx.requests.add(a_request(content={"kind": "test"}, material=(DECLARED,)))
    return shell


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a document on this machine."""
    file = tmp_path / "建设方案.pdf"
    file.write_bytes(PLAN)
    return file


def test_a_document_is_attached_listed_and_fetched(shell: Shell, file: Path, tmp_path: Path) -> None:
    """With everything that is known of it; what comes out is what went in."""
    facts = ("--issuer", "设计院", "--issued-on", "2026-02-01", "--valid-until", "2027-02-01")
    (made,) = shell.json("attach", "req-1", str(file), "--kind", "construction-plan", *facts)
    assert {"schema": "tenure/1", "type": "material", "file": "here", "media_type": "application/pdf"}.items() <= (
        made.items()
    )
    assert (made["sha256"], made["size"], made["issuer"]) == (DIGEST, len(PLAN), "设计院")
    listed = shell.json("material", "req-1")
    assert [(one["name"], one["file"]) for one in listed] == [
        ("云资源需求表.xlsx", "declared only"),
        ("建设方案.pdf", "here"),
    ]
    target = tmp_path / "copy.pdf"
    shell.json("fetch", "req-1", "建设方案.pdf", "--to", str(target))
    assert target.read_bytes() == PLAN
    assert target.stat().st_mode & 0o777 == 0o600


def test_people_read_a_table(shell: Shell, file: Path) -> None:
    """Size, type, the begin of the digest, validity, and whether the file is here."""
    done = shell.text("attach", "req-1", str(file), "--kind", "construction-plan", "--valid-until", "2020-01-31")
    assert DIGEST in done
    declared, attached = shell.text("material", "req-1").splitlines()[1:]
    assert declared.split() == ["resource-needs", "云资源需求表.xlsx", "–", "–", "a" * 12, "–", "declared", "only"]
    for part in ("construction-plan", "17 bytes", "application/pdf", DIGEST[:12], "ended 2020-01-31", "here"):
        assert part in attached
    assert DIGEST not in attached


def test_a_name_with_brackets_is_shown_as_it_is(shell: Shell, file: Path) -> None:
    """Nothing in a name steers the terminal."""
    shell.text("attach", "req-1", str(file), "--kind", "construction-plan", "--name", "plan [bold].pdf")
    assert "plan [bold].pdf" in shell.text("material", "req-1")


def test_a_kind_that_no_step_asks_for_is_a_warning(shell: Shell, file: Path) -> None:
    """The office may ask for other material; a slip of the pen should still be seen (Art. 11)."""
    assert "no step asks for constructionplan" in shell.told("attach", "req-1", str(file), "--kind", "constructionplan")
    assert "no step asks" not in shell.told("attach", "req-1", str(file), "--kind", "construction-plan")


def test_a_request_without_material_says_how_it_comes_in(shell: Shell) -> None:
    """The next command is named."""
    with shell.installation.records.transaction() as tx:
        tx.requests.add(a_request("req-2"))
    assert "tenure request attach req-2" in shell.text("material", "req-2")


def test_what_cannot_be_attached_is_told(shell: Shell, file: Path, tmp_path: Path) -> None:
    """A missing file, a folder, a program, a date that is none."""
    kind = ("--kind", "construction-plan")
    assert isinstance(shell.error("attach", "req-1", str(tmp_path / "none.pdf"), *kind), NotFoundError)
    assert isinstance(shell.error("attach", "req-1", str(tmp_path), *kind), BadInputError)
    assert isinstance(shell.error("attach", "req-1", str(file), "--name", "x.exe", *kind), RefusedError)
    assert isinstance(shell.error("attach", "req-9", str(file), *kind), NotFoundError)


def test_a_fetched_file_never_replaces_one(shell: Shell, file: Path) -> None:
    """The error says so, and the file is as it was."""
    shell.text("attach", "req-1", str(file), "--kind", "construction-plan")
    assert isinstance(shell.error("fetch", "req-1", file.name, "--to", str(file)), ConflictError)
    assert file.read_bytes() == PLAN


def test_a_document_that_is_not_here_leaves_no_file(shell: Shell, tmp_path: Path) -> None:
    """It was only declared."""
    target = tmp_path / "copy.xlsx"
    assert isinstance(shell.error("fetch", "req-1", DECLARED.name, "--to", str(target)), NotFoundError)
    assert not target.exists()
    assert isinstance(shell.error("fetch", "req-1", "x", "--to", str(tmp_path / "no" / "folder")), BadInputError)


def test_a_changed_document_leaves_no_file(shell: Shell, file: Path, tmp_path: Path) -> None:
    """What was changed on the disk is not handed on, not even a part of it."""
    shell.text("attach", "req-1", str(file), "--kind", "construction-plan")
    (stored,) = (path for path in (tmp_path / "home").rglob(DIGEST) if path.is_file())
    stored.write_bytes(b"%PDF-1.7 a forged plan")
    target = tmp_path / "copy.pdf"
    assert isinstance(shell.error("fetch", "req-1", file.name, "--to", str(target)), OperationFailedError)
    assert not target.exists()
