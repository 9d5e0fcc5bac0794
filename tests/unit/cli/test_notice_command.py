"""``tenure notice``: what people are told, what of it is still on its way, and the channels that bring it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.notice import app
from orchestrator.domain.errors import NotFoundError, OperationFailedError
from orchestrator.domain.records import Post
from tests.samples import START, a_notice
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]

NOBODY = "channels:\n  - {name: duty, url: 'json://127.0.0.1:1/secret-word', roles: [provider], keys: ['patch-*']}\n"


@pytest.fixture
def shell(tmp_path: Path, database_template: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Give a shell over an installation with two notices and a channel that nobody serves."""
    channels = tmp_path / "channels.yaml"
    channels.write_text(NOBODY, encoding="utf-8")
    channels.chmod(0o600)
    monkeypatch.setenv("TENURE_NOTICE_CHANNELS", str(channels))
    shell = Shell(app, tmp_path / "home", database_template)
    with shell.installation.records.transaction() as tx:
        tx.notices.add(a_notice("n-1", key="patch-window-missed", facts={"reason": "suspended [for good]"}))
        tx.notices.add(a_notice("n-2", key="environment-ready", to=["office"], environment="water-dam-test"))
    return shell


def test_notices_are_listed_by_environment_and_role(shell: Shell) -> None:
    """The newest first, in both languages."""
    assert [one["id"] for one in shell.json("list")] == ["n-2", "n-1"]
    assert [one["id"] for one in shell.json("list", "--for", "unit")] == ["n-1"]
    (one,) = shell.json("list", "--environment", "water-gauge-test")
    assert (one["subject_zh"], one["subject_en"]) == ("错过补丁窗口", "a patch window was missed")
    assert "n-1" in shell.text("list")


def test_one_is_shown_with_its_facts(shell: Shell) -> None:
    """As channels bring it; brackets are no markup."""
    assert "reason: suspended [for good]" in shell.text("show", "n-1")
    assert shell.json("show", "n-1")[0]["facts"] == {"reason": "suspended [for good]"}
    assert isinstance(shell.error("show", "n-9"), NotFoundError)


def test_what_did_not_arrive_is_listed_with_its_reason(shell: Shell) -> None:
    """Until it does."""
    with shell.installation.records.transaction() as tx:
        tx.posts.remove("n-2")
        tx.posts.put(Post(notice="n-1", missing=("duty",), attempts=3, next_at=START, error="duty: no answer"))
    (post,) = shell.json("waiting")
    assert (post["notice"], post["missing"], post["error"]) == ("n-1", ["duty"], "duty: no answer")
    assert "no answer" in shell.text("waiting")


def test_channels_are_listed_without_their_addresses(shell: Shell) -> None:
    """Addresses hold passwords."""
    assert "duty" in shell.text("channels")
    assert shell.json("channels") == [
        {**shell.json("channels")[0], "name": "duty", "roles": ["provider"], "units": [], "keys": ["patch-*"]}
    ]
    assert "secret-word" not in shell.text("channels") + str(shell.json("channels"))


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_a_channel_is_tried(shell: Shell) -> None:
    """What it says is told; one that is not there is a slip of the pen."""
    assert isinstance(shell.error("try", "duty"), OperationFailedError)
    assert isinstance(shell.error("try", "other"), NotFoundError)
