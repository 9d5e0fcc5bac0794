"""Builds what follows the branch of desired state, on top of :mod:`orchestrator.bootstrap_forge`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.documents.accounts import read_accounts
from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.adapters.forge import open_forge
from orchestrator.adapters.forge.watch import PullWatch, WatchControl, WatchNumbers
from orchestrator.adapters.git import GitRepository
from orchestrator.bootstrap_forge import forge_settings, origin_of, pull_desk
from orchestrator.domain.merges import Accounts
from orchestrator.workflows.desired import Desired
from orchestrator.workflows.following import Rounds

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation


def desired_state(installation: Installation) -> Desired:
    """Give the branch that this installation follows; BadInputError when it has no forge, or cannot read accounts."""
    settings, forge = installation.settings, forge_settings(installation.settings)
    known = settings.forge_accounts
    return Desired(
        ports=installation.ports,
        repository=GitRepository(settings.home / "repositories" / forge.name, origin_of(forge)),
        reader=EnvironmentFiles(),
        forge=open_forge(forge),
        accounts=Accounts() if known is None else read_accounts(known),
        branch=settings.forge_branch,
        language=settings.forge_language,
        now=real_now,
    )


def pull_watch(installation: Installation, holder: str) -> PullWatch | None:
    """Give what keeps looking at pull requests and follows the branch; None where there is no forge.

    Args:
        installation: Whose.
        holder: Executor id of this process.
    """
    if installation.settings.forge is None:
        return None
    control = WatchControl()
    desk = pull_desk(installation, control)
    rounds = Rounds(desk, desired_state(installation))
    return PullWatch(
        desk.forge.name,
        installation.records,
        holder,
        control,
        look=rounds.look,
        poll=rounds.poll,
        now=real_now,
        numbers=WatchNumbers(poll_seconds=installation.settings.forge_poll_seconds),
    )
