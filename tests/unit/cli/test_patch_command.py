"""``tenure patch``: what is left alone, how an environment stands, and a run that a closed window refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.patch import app
from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, RefusedError
from tests.samples import a_request, an_environment
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

NAME, LIVE = "water-gauge-test", "water-dam-live"
PROVIDER = ("--as", "provider")


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with one ready environment."""
    shell = Shell(app, tmp_path / "home", database_template)
    with shell.installation.records.transaction() as tx:
        tx.requests.add(a_request())
        tx.environments.add(an_environment("water", "gauge", state="ready"))
    return shell


def test_a_live_environment_gets_a_window_of_its_own(shell: Shell) -> None:
    """Days by name, hours in Shanghai; back to the usual ones; a slip of the pen is told."""
    with shell.installation.records.transaction() as tx:
        tx.environments.add(an_environment("water", "dam", name=LIVE, state="ready", stage="trial"))
    hours = ("--day", "sun", "--day", "tue", "--begins", "23:00", "--ends", "03:00")
    (set_,) = shell.json("window", LIVE, *hours, "--reason", "elections", *PROVIDER)
    assert set_["hours"] == {"days": [2, 7], "begins": "23:00", "ends": "03:00"}
    assert "next patch window opens" in shell.text("window", LIVE, "--usual", "--reason", "over", *PROVIDER)
    for wrong in (hours[:4], (*hours[:4], "--begins", "25:00", "--ends", "03:00")):
        assert isinstance(shell.error("window", LIVE, *wrong, "--reason", "x", *PROVIDER), BadInputError)


def test_packages_are_excluded_held_and_lifted(shell: Shell) -> None:
    """An exclusion has a last day, a hold has none; both are listed until and after they are lifted."""
    (excluded,) = shell.json("exclude", NAME, "openssl", "--until", "2999-01-31", "--reason", "driver", *PROVIDER)
    assert (excluded["type"], excluded["package"], excluded["until"]) == ("exclusion", "openssl", "2999-01-31")
    (held,) = shell.json("hold", NAME, "linux-image-*", "--reason", "certified kernel", *PROVIDER)
    assert held["until"] is None
    assert isinstance(shell.error("hold", NAME, "openssl", "--reason", "x", *PROVIDER), ConflictError)
    shell.text("lift", held["id"], *PROVIDER)
    assert [one["package"] for one in shell.json("exclusions", NAME)] == ["linux-image-*", "openssl"]
    assert "lifted" in shell.text("exclusions", NAME)
    assert "in force" in shell.text("exclusions", NAME)


def test_a_reason_and_the_providers_role_are_wanted(shell: Shell) -> None:
    """Exit codes 2 and 3 (Art. 30, 32)."""
    assert isinstance(shell.error("hold", NAME, "openssl", *PROVIDER), BadInputError)
    assert isinstance(shell.error("hold", NAME, "openssl", "--reason", "x", "--as", "unit"), RefusedError)
    assert isinstance(shell.error(NAME, "--no-wait", "--as", "office"), RefusedError)
    assert isinstance(shell.error("lift", "excl-none", *PROVIDER), NotFoundError)


def test_an_environment_that_nobody_looked_at_is_not_compliant(shell: Shell) -> None:
    """Silence is no evidence; a test environment has no window."""
    (figure,) = shell.json("status", NAME)
    assert (figure["type"], figure["compliant"], figure["looked_at"]) == ("compliance", False, None)
    assert figure["next_window"] is None
    assert "not compliant" in shell.text("status", NAME)


def test_a_run_is_queued(shell: Shell) -> None:
    """The word run may be left out; a rehearsal says so in the operation's parameters."""
    (queued,) = shell.json(NAME, "--dry-run", "--no-wait", *PROVIDER)
    assert (queued["kind"], queued["parameters"]) == ("patch", {"rehearsal": True})
