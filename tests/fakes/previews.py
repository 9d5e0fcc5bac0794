"""A fake of previews for pull requests."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.domain.plan import Plan
from orchestrator.ports import Job, Provisioner


class FakePreviews:
    """Implements :class:`orchestrator.ports.repository.Previewer` over a fake provisioner.

    Attributes:
        asked: Names of the environments that a preview was made of, in order.
        meanwhile: Called while a preview is made.
    """

    def __init__(self, provisioner: Provisioner) -> None:
        self._provisioner = provisioner
        self.asked: list[str] = []
        self.meanwhile: Callable[[], object] = bool

    def preview(self, job: Job) -> Plan:
        """Give the plan of an environment that exists."""
        self.asked.append(job.spec.name)
        self.meanwhile()
        return self._provisioner.preview(job)

    def preview_new(self, job: Job) -> Plan:
        """Give the plan of an environment that does not exist."""
        return self.preview(job)
