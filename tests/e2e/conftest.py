"""Fixtures of the whole: toolchain, cloud, and a server in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.toolchain import Toolchain
from orchestrator.settings import Settings
from tests.cloud import CloudAccess
from tests.e2e.server import Server, clean_server


@pytest.fixture(scope="session")
def toolchain() -> None:
    """Have the Pulumi CLI and its plugin."""
    Toolchain(Settings().cache).install(print)


@pytest.fixture
def server(tmp_path: Path, cloud: CloudAccess, toolchain: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:  # noqa: ARG001
    """Give an installation whose server is not started yet."""
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    with clean_server(tmp_path / "home", cloud) as made:
        yield made
