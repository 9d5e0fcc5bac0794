"""``tenure toolchain`` tells what is there without running or fetching anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator.cli.toolchain import app
from orchestrator.domain.errors import MissingPartError


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose cache holds nothing."""
    monkeypatch.setenv("TENURE_CACHE", str(tmp_path))
    return tmp_path


def test_status_of_an_empty_cache_names_every_part_and_fails(empty_cache: Path) -> None:
    """One JSON line a part; a pipeline sees by the exit code that something is missing."""
    result = CliRunner().invoke(app, ["status", "--json"])
    parts = [json.loads(line) for line in result.stdout.splitlines()]
    assert [part["name"] for part in parts] == ["Pulumi CLI", "OpenStack resource plugin", "Python language host"]
    assert not any(part["installed"] for part in parts)
    assert result.exit_code == 1
    assert list(empty_cache.iterdir()) == []


@pytest.mark.usefixtures("empty_cache")
def test_status_for_people_names_the_next_command() -> None:
    """Whoever reads it knows what to do."""
    result = CliRunner().invoke(app, ["status"])
    assert "not installed" in result.stdout
    assert "tenure toolchain install" in result.stderr


@pytest.mark.usefixtures("empty_cache")
def test_the_environment_of_what_is_missing_is_an_error_with_a_hint() -> None:
    """Nothing is exported that would not work."""
    result = CliRunner().invoke(app, ["env"])
    assert isinstance(result.exception, MissingPartError)
    assert result.exception.diagnostic.hint == "tenure toolchain install"
