"""Where servers cannot be entered, nothing is configured on them."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.domain.errors import RefusedError
from orchestrator.domain.records import Environment
from orchestrator.ports import Job, Play, PlayOutcome


class NoConfigurator:
    """Implements :class:`orchestrator.ports.Configurator` on a cloud whose servers exist at its API only."""

    def play(
        self, environment: Environment, play: Play, job: Job, *, secrets: Mapping[str, str] | None = None
    ) -> PlayOutcome:
        """Refuse: there is nothing to enter."""
        del job, secrets
        raise RefusedError(
            f"{play.playbook} cannot run on the hosts of {environment.name}",
            detail="the servers of this cloud exist at its API only",
            hint="start the local cloud as root on Linux for real hosts, or name another cloud in OS_CLOUD",
        )
