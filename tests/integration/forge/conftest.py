"""One Gitea for all tests here, and a repository of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.ports import Records
from tests.forges.gitea_world import GiteaTown, GiteaWorld
from tests.gitea import running_gitea
from tests.integration.forge.house import House, a_house
from tests.store import database_template, records

__all__ = ["database_template", "records"]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GiteaTown]:
    """Give a Gitea with its people; it is built when this machine has none yet, which takes minutes."""
    with running_gitea(tmp_path_factory.mktemp("gitea")) as gitea:
        yield GiteaTown.founded(gitea)


@pytest.fixture
def world(town: GiteaTown) -> Iterator[GiteaWorld]:
    """Give a repository of one's own."""
    world = town.world()
    yield world
    world.forge.close()


@pytest.fixture
def house(world: GiteaWorld, records: Records, tmp_path: Path) -> House:
    """Give an installation over fakes that follows the repository."""
    return a_house(world, records, tmp_path)
