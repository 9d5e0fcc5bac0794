"""The one place that knows which forge speaks which API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.adapters.forge.gitea_hooks import GiteaHooks
from orchestrator.adapters.forge.github_hooks import GithubHooks
from orchestrator.adapters.forge.gitlab_hooks import GitlabHooks
from orchestrator.adapters.forge.secrets import HookSecrets
from orchestrator.domain.errors import MissingPartError
from orchestrator.domain.forge import ForgeKind

if TYPE_CHECKING:
    from orchestrator.adapters.forge.settings import ForgeSettings
    from orchestrator.ports.forge import Forge, ForgeHooks


def open_forge(settings: ForgeSettings) -> Forge:
    """Give a repository of a forge; nothing is asked of it yet.

    Raises MissingPartError when the library for this forge is not installed.
    """
    # Each library takes a while to load, and an installation has one forge.
    try:
        match settings.kind:
            case ForgeKind.GITEA:
                from orchestrator.adapters.forge.gitea import GiteaForge  # noqa: PLC0415  as above

                return GiteaForge(settings)
            case ForgeKind.GITHUB:
                from orchestrator.adapters.forge.github import GithubForge  # noqa: PLC0415  as above

                return GithubForge(settings)
            case ForgeKind.GITLAB:
                from orchestrator.adapters.forge.gitlab import GitlabForge  # noqa: PLC0415  as above

                return GitlabForge(settings)
    except ModuleNotFoundError as error:
        raise MissingPartError(
            f"the library for {settings.kind} is not installed", detail=str(error), hint="pip install 'tenure[forges]'"
        ) from error


def hooks_of(kind: ForgeKind, repository: str, secrets: HookSecrets) -> ForgeHooks:
    """Give the reader of a forge's deliveries about one repository."""
    match kind:
        case ForgeKind.GITEA:
            return GiteaHooks(repository, secrets)
        case ForgeKind.GITHUB:
            return GithubHooks(repository, secrets)
        case ForgeKind.GITLAB:
            return GitlabHooks(repository, secrets)
