"""A configurator whose hosts have updates pending, and whose plays stop where the test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.records import Environment
from orchestrator.ports import HostOutcome, Job, Play, PlayOutcome
from tests.fakes.cloud import FakeCloud

LED_BACK: dict[str, Any] = {"way_back": "packages", "reason": "Be healthy afterwards: unit app is failed"}
NOT_LED_BACK: dict[str, Any] = {"way_back": "failed", "reason": "Install what was planned", "why_not_back": "disk full"}


def an_update(package: str = "openssl", **fields: object) -> dict[str, Any]:
    """Give a pending update as a playbook tells it."""
    usual = {"package": package, "installed": "1.0", "candidate": "1.1", "security": True, "advisories": ["CVE-2026-1"]}
    return usual | fields


class FakePatching:
    """Implements :class:`orchestrator.ports.Configurator` for the plays of patching: each batch, then the next.

    Attributes:
        pending: What is pending, by host; installed by a play that reaches the host.
        trouble: What comes of a host in the play ``patch``, in the order of its attempts.
        unhealthy: Hosts whose signs of health are missing, how often.
        plays: What was run, in order.
        on_play: What happens at the end of a play, by playbook.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.pending: dict[str, list[dict[str, Any]]] = {}
        self.trouble: dict[str, list[HostOutcome]] = {}
        self.unhealthy: dict[str, int] = {}
        self.looks_fail: set[str] = set()
        self.plays: list[Play] = []
        self.on_play: dict[str, Callable[[], None]] = {}

    def play(
        self, environment: Environment, play: Play, job: Job, *, secrets: Mapping[str, str] | None = None
    ) -> PlayOutcome:
        """Run one of the plays of patching."""
        del job, secrets
        self._cloud.points.reach(f"play-{play.playbook}")
        self.plays.append(play)
        names = play.hosts or tuple(host.name for host in environment.outputs.hosts)
        plays = {"patch": self._patch, "patch_look": self._look, "health": self._health}
        done = plays[play.playbook](play, names) if play.playbook in plays else [HostOutcome(host=one) for one in names]
        self._cloud.points.reach(f"played-{play.playbook}")
        self.on_play.pop(play.playbook, lambda: None)()
        return PlayOutcome(hosts=tuple(done), seconds=0.0)

    def _look(self, play: Play, names: tuple[str, ...]) -> list[HostOutcome]:
        excluded = play.variables["patch_excluded"]
        return [
            HostOutcome(host=name, failed=1, error="List what is pending: the package database is locked")
            if name in self.looks_fail
            else HostOutcome(host=name, ok=1, told={"pending": self._told(name, excluded)})
            for name in names
        ]

    def _told(self, name: str, excluded: list[str]) -> list[dict[str, Any]]:
        return [update | {"held": update["package"] in excluded} for update in self.pending.get(name, [])]

    def _health(self, play: Play, names: tuple[str, ...]) -> list[HostOutcome]:
        del play
        return [self._signs(name) for name in names]

    def _signs(self, name: str) -> HostOutcome:
        left = self.unhealthy.get(name, 0)
        self.unhealthy[name] = max(0, left - 1)
        return HostOutcome(host=name, failed=1 if left else 0)

    def _patch(self, play: Play, names: tuple[str, ...]) -> list[HostOutcome]:
        order, excluded = play.variables["patch_hosts"], play.variables["patch_excluded"]
        done: dict[str, HostOutcome] = {}
        for size in play.variables["patch_serial"]:
            batch, order = order[:size], order[size:]
            done |= {name: self._patch_one(name, excluded) for name in batch}
            if not all(done[name].succeeded for name in batch):
                break
        return [done.get(name, HostOutcome(host=name, ok=1)) for name in names]

    def _patch_one(self, name: str, excluded: list[str]) -> HostOutcome:
        waiting = self.trouble.get(name)
        if waiting:
            return waiting.pop(0)
        self.pending[name] = [update for update in self.pending.get(name, []) if update["package"] in excluded]
        told = {"pending": self._told(name, excluded), "installed": [], "restarted": ["app.service"]}
        return HostOutcome(host=name, ok=5, changed=1, told=told)
