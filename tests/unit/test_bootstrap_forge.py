"""What an installation makes of the settings of its forge."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from orchestrator.bootstrap_forge import forge_settings, hook_readers, origin_of
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.forge import ForgeKind
from orchestrator.settings import Settings

TOKEN = "a token of the service user"
WHOLE: dict[str, Any] = {
    "forge": ForgeKind.GITEA,
    "forge_url": "https://git.example.org/",
    "forge_repository": "city/environments",
    "forge_token": SecretStr(TOKEN),
    "forge_secret": SecretStr("the-secret-of-a-webhook"),
}


@pytest.fixture(autouse=True)
def no_forge_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the developer has set is left out."""
    for name in ("", "_NAME", "_URL", "_REPOSITORY", "_TOKEN", "_SECRET", "_CERTIFICATES"):
        monkeypatch.delenv(f"TENURE_FORGE{name}", raising=False)


def test_a_forge_is_named_after_its_kind_unless_told_otherwise() -> None:
    """The name stands in the webhook's path."""
    assert forge_settings(Settings(**WHOLE)).name == "gitea"
    assert forge_settings(Settings(**WHOLE, forge_name="house")).name == "house"
    assert forge_settings(Settings(**WHOLE)).url == "https://git.example.org"


@pytest.mark.parametrize("missing", ["forge_url", "forge_repository", "forge_token"])
def test_what_is_missing_is_named(missing: str) -> None:
    """By its variable."""
    with pytest.raises(BadInputError) as caught:
        forge_settings(Settings(**{name: value for name, value in WHOLE.items() if name != missing}))
    assert caught.value.diagnostic.field == f"TENURE_{missing.upper()}"


def test_an_installation_without_a_forge_says_how_to_have_one() -> None:
    """And reads no deliveries."""
    with pytest.raises(BadInputError, match="has no forge"):
        forge_settings(Settings())
    assert hook_readers(Settings()) == {}


def test_without_a_secret_no_delivery_is_read() -> None:
    """The poll alone finds pull requests then."""
    assert hook_readers(Settings(**{**WHOLE, "forge_secret": None})) == {}
    with pytest.raises(BadInputError, match="at least 16 characters"):
        hook_readers(Settings(**{**WHOLE, "forge_secret": SecretStr("short")}))


def test_two_secrets_stand_with_a_space_between() -> None:
    """Neither is part of the other."""
    secrets = SecretStr("the-old-secret-of-it the-new-secret-of-it")
    assert list(hook_readers(Settings(**{**WHOLE, "forge_secret": secrets}))) == ["gitea"]


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_git_gets_the_token_in_a_header_alone(kind: ForgeKind) -> None:
    """Neither in the address, which stands in messages, nor in the text of the origin."""
    origin = origin_of(forge_settings(Settings(**{**WHOLE, "forge": kind, "forge_certificates": Path("/ca.pem")})))
    assert origin.url == "https://git.example.org/city/environments.git"
    assert base64.b64decode(origin.header.split(" ")[-1]).decode().partition(":")[2] == TOKEN
    assert origin.environment["GIT_SSL_CAINFO"] == "/ca.pem"
    assert origin.header not in repr(origin)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("forge_url", "git.example.org"),
        ("forge_url", "https://git.example.org/?x=1"),
        ("forge_url", "https://tenure:secret@git.example.org"),
        ("forge_repository", "environments"),
        ("forge_repository", "city/../x y"),
        ("forge_name", "Gitea!"),
        ("forge_branch", "-x"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_at_once(name: str, value: str) -> None:
    """Not at the first pull request."""
    with pytest.raises(ValidationError):
        Settings(**{**WHOLE, name: value})
