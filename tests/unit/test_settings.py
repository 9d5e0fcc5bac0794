"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.settings import Settings, default_home


@pytest.mark.parametrize("name", ["TENURE_HOME", "TENURE_CLOCK_FILE", "TENURE_WORKERS"])
def test_an_empty_variable_is_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script whose variable came out empty does not make an installation in the folder where it stands."""
    for known in ("TENURE_HOME", "TENURE_CLOCK_FILE", "TENURE_WORKERS"):
        monkeypatch.delenv(known, raising=False)
    monkeypatch.setenv(name, "")
    assert Settings() == Settings(home=default_home())


def test_a_home_may_be_written_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an absolute path from then on."""
    monkeypatch.setenv("TENURE_HOME", "~/somewhere")
    assert Settings().home == Path.home() / "somewhere"
