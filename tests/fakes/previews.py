"""A fake of previews for pull requests."""

from __future__ import annotations

from orchestrator.domain.plan import Plan
from orchestrator.ports import Job, Provisioner


class FakePreviews:
    """Implements :class:`orchestrator.ports.repository.Previewer` over a fake provisioner.

    Attributes:
        asked: Names of the environments that a preview was made of, in order.
    """

    def __init__(self, provisioner: Provisioner) -> None:
        self._provisioner = provisioner
        self.asked: list[str] = []

    def preview(self, job: Job) -> Plan:
        """Give the plan of an environment that exists."""
        self.asked.append(job.spec.name)
        return self._provisioner.preview(job)

    def preview_new(self, job: Job) -> Plan:
        """Give the plan of an environment that does not exist."""
        return self.preview(job)
