"""The adapters for GitHub and GitLab keep the whole contract, against servers in the forms that these document."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.adapters.forge import ForgeSettings, open_forge
from orchestrator.domain.forge import ForgeKind
from tests.contracts.forges import ForgeContract
from tests.forges.github_server import GithubServer
from tests.forges.gitlab_server import GitlabServer
from tests.forges.model import ForgeModel, ModelWorld
from tests.forges.serving import TOKEN, served
from tests.forges.world import REPOSITORY


def settings_of(kind: ForgeKind, url: str) -> ForgeSettings:
    """Give settings for a served forge."""
    return ForgeSettings(str(kind), kind, url, REPOSITORY, TOKEN, write_pause_seconds=0)


class TestGithub(ForgeContract):
    """GitHub, in its documented form."""

    @pytest.fixture
    def world(self) -> Iterator[ModelWorld]:
        """Serve a repository."""
        server = GithubServer(ForgeModel())
        with served(server.application()) as url:
            server.url = url
            world = ModelWorld(server.model, open_forge(settings_of(ForgeKind.GITHUB, url)))
            yield world
            world.forge.close()


class TestGitlab(ForgeContract):
    """GitLab, in its documented form."""

    @pytest.fixture
    def world(self) -> Iterator[ModelWorld]:
        """Serve a project."""
        server = GitlabServer(ForgeModel())
        with served(server.application()) as url:
            world = ModelWorld(server.model, open_forge(settings_of(ForgeKind.GITLAB, url)))
            yield world
            world.forge.close()
