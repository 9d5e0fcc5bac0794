"""``tenure access``: grants, standing authorisations and sessions at the command line (Art. 36)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.cli.identity import act_for
from orchestrator.cli.main import app
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.records import Actor, Host, Outputs, Role
from tests.samples import START, a_request, an_environment
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

NAME = "water-gauge-test"
ENTERED = {"host": "web-1", "session": "boot-1", "for": "gr-1", "key_id": "gr-1 by zhao", "serial": 7, "from": "::1"}
HOSTS = Actor(name="hosts", role=Role.SYSTEM, door="ssh")


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Iterator[Shell]:
    """Give a shell over an installation with one ready environment."""
    shell = Shell(app, tmp_path / "home", database_template)
    host = Host(name="web-1", role="web", address="10.20.0.7", server_id="server-a")
    outputs = Outputs(bastion_address="198.51.100.7", bastion_host="web-1", hosts=(host,))
    rulebook = shell.installation.library.rulebook()
    with shell.installation.records.transaction() as tx:
        tx.rulebooks.keep(rulebook)
        tx.requests.add(a_request(rulebook=rulebook.label))
        tx.environments.add(an_environment(state="ready", outputs=outputs))
    yield shell
    act_for("")


def granted(shell: Shell) -> str:
    """Ask as one person, approve as two others; gives the grant's id."""
    (asked,) = shell.json("--by", "zhao", "access", "request", NAME, "--reason", "full disk", "--as", "provider")
    shell.text("--by", "li", "access", "approve", asked["id"], "--as", "unit")
    shell.text("--by", "wang", "access", "approve", asked["id"])
    return str(asked["id"])


def test_a_grant_is_asked_approved_shown_and_used(shell: Shell) -> None:
    """From the request to the command that enters, with the certificates beside the grant."""
    grant = granted(shell)
    assert "granted until" in shell.text("access", "list")
    (entered,) = shell.json("--by", "zhao", "env", "ssh", NAME)
    assert entered["command"][0] == "ssh"
    (shown,) = shell.json("access", "show", grant)
    assert len(shown["serials"]) == 1
    assert str(shown["serials"][0]) in shell.text("access", "show", grant)
    assert [one["id"] for one in shell.json("access", "list", NAME, "--state", "granted")] == [grant]


def test_without_a_grant_nobody_enters(shell: Shell) -> None:
    """Neither by ssh nor by an inventory; somebody else's grant does not help."""
    granted(shell)
    for command in (("env", "ssh", NAME), ("inventory", NAME)):
        error = shell.error("--by", "li", *command)
        assert isinstance(error, RefusedError)
        assert "tenure access request" in str(error.diagnostic.hint)


def test_a_request_is_refused_with_its_reason(shell: Shell) -> None:
    """And is shown with it."""
    (asked,) = shell.json("--by", "zhao", "access", "request", NAME, "--reason", "look", "--as", "provider")
    assert isinstance(shell.error("--by", "zhao", "access", "approve", asked["id"]), RefusedError)
    shell.text("--by", "wang", "access", "refuse", asked["id"], "--reason", "not now")
    assert "not now" in shell.text("access", "show", asked["id"])
    assert isinstance(shell.error("access", "approve", asked["id"], "--as", "unit"), ConflictError)


def test_a_revocation_is_queued_for_the_hosts(shell: Shell) -> None:
    """Without --wait it says what to watch."""
    grant = granted(shell)
    shell.text("--by", "zhao", "env", "ssh", NAME)
    told = shell.told("--by", "wang", "access", "revoke", grant, "--reason", "done", "--no-wait")
    assert "tenure operation watch op-" in told
    assert isinstance(shell.error("--by", "zhao", "env", "ssh", NAME), RefusedError)


def test_jobs_are_authorised_by_both_sides_and_revoked_by_one(shell: Shell) -> None:
    """The first side is told what the second has to say."""
    job = ("access", "authorise", NAME, "--job", "restore")
    told = shell.told("--by", "li", *job, "--reason", "data was lost", "--as", "unit")
    assert f"tenure access authorise {NAME} --job restore --as office" in told
    (made,) = shell.json("--by", "wang", *job)
    assert made["by_unit"]["name"] == "li"
    assert "in force" in shell.text("access", "list", NAME)
    shell.text("--by", "wang", "access", "revoke", made["id"], "--reason", "restored")
    assert "revoked" in shell.text("access", "list", NAME)


def test_recorded_sessions_are_shown_with_their_end(shell: Shell) -> None:
    """From the audit log; one that goes on has no end."""
    with shell.installation.records.transaction() as tx:
        for session in ("boot-1", "boot-2"):
            facts = ENTERED | {"session": session, "at": "2026-03-02T01:30:00+00:00"}
            tx.audit.append(START, HOSTS, "session.opened", NAME, facts)
        closed = ENTERED | {"at": "2026-03-02T01:35:00+00:00"}
        tx.audit.append(START, HOSTS, "session.closed", NAME, closed)
    first, second = shell.json("access", "sessions", NAME, "--recorded")
    assert (first["ended"], second["ended"]) == ("2026-03-02T01:35:00+00:00", None)
    assert "gr-1 by zhao" in shell.text("access", "sessions", NAME, "--recorded")


def test_a_fingerprint_names_its_host(shell: Shell) -> None:
    """A slip of the pen queues nothing."""
    for given in ("SHA256:abc", "web-1=", "web-9=SHA256:abc"):
        assert isinstance(
            shell.error("access", "certify", NAME, "--fingerprint", given, "--as", "provider"), BadInputError
        )
    queued = shell.told("access", "certify", NAME, "--as", "provider", "--no-wait")
    assert "tenure operation watch op-" in queued
