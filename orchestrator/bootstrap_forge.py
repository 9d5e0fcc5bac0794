"""Builds what serves the pull requests of one forge, on top of an installation of :mod:`orchestrator.bootstrap`."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.forge import ForgeSettings, hooks_of, open_forge
from orchestrator.adapters.forge.secrets import HookSecrets
from orchestrator.adapters.git import GitRepository, Origin
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.forge import ForgeKind
from orchestrator.workflows.plan_pages import page_path
from orchestrator.workflows.pull_requests import GitPlanner, PullDesk

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation
    from orchestrator.ports import RunControl, Vault
    from orchestrator.ports.forge import ForgeHooks
    from orchestrator.settings import Settings

GIT_USERS = {ForgeKind.GITEA: "token", ForgeKind.GITHUB: "x-access-token", ForgeKind.GITLAB: "oauth2"}
"""Under which name git gives the service user's token."""


def forge_settings(settings: Settings) -> ForgeSettings:
    """Give which forge this installation has; BadInputError when it has none, or when something of it is not set."""
    if settings.forge is None:
        raise BadInputError(
            "this installation has no forge", field="TENURE_FORGE", hint="set TENURE_FORGE=gitea, github or gitlab"
        )
    token = "" if settings.forge_token is None else settings.forge_token.get_secret_value()
    missing = {
        "TENURE_FORGE_URL": settings.forge_url,
        "TENURE_FORGE_REPOSITORY": settings.forge_repository,
        "TENURE_FORGE_TOKEN": token,
    }
    for name, value in missing.items():
        if not value:
            raise BadInputError(f"the forge {settings.forge} wants {name}", field=name, hint=f"set {name}")
    return ForgeSettings(
        name=settings.forge_name or str(settings.forge),
        kind=settings.forge,
        url=settings.forge_url.rstrip("/"),
        repository=settings.forge_repository,
        token=token,
        certificates=settings.forge_certificates,
    )


def hook_readers(settings: Settings) -> dict[str, ForgeHooks]:
    """Give who reads deliveries, by the forge's name; none where there is no forge, or no secret to prove one by."""
    if settings.forge is None or settings.forge_secret is None:
        return {}
    forge = forge_settings(settings)
    secrets = HookSecrets(tuple(settings.forge_secret.get_secret_value().split()))
    return {forge.name: hooks_of(forge.kind, forge.repository, secrets)}


def origin_of(forge: ForgeSettings) -> Origin:
    """Give where git brings a forge's repository from, as the service user."""
    user = base64.b64encode(f"{GIT_USERS[forge.kind]}:{forge.token}".encode()).decode()
    return Origin(f"{forge.url}/{forge.repository}.git", f"Authorization: Basic {user}", forge.certificates)


def pull_desk(installation: Installation, control: RunControl) -> PullDesk:
    """Give what checks of pull requests work with.

    Args:
        installation: Whose records and cloud.
        control: Says until when a check may go on.
    """
    settings, forge = installation.settings, forge_settings(installation.settings)
    repository = GitRepository(settings.home / "repositories" / forge.name, origin_of(forge))
    return PullDesk(
        forge=open_forge(forge),
        records=installation.records,
        planner=GitPlanner(installation.git_check(repository), control),
        branch=settings.forge_branch,
        language=settings.forge_language,
        now=real_now,
        link=partial(_page_url, settings.public_url.rstrip("/"), installation.vault, forge.name),
    )


def _page_url(base: str, vault: Vault, forge: str, number: int) -> str:
    return base and base + page_path(vault, forge, number)
