"""A server or volume on its way from one state to another, watched until it comes to rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.adapters.pulumi.cloud_api import CloudApi
from orchestrator.adapters.pulumi.state import INSTANCE, VOLUME

PATIENCE_SECONDS = 600.0
"""How long a server may be building or resizing, or a volume be made, extended or attached."""

PAUSE_SECONDS = 0.5
MOVING = frozenset(
    {"BUILD", "RESIZE", "REBUILD", "REVERT_RESIZE"}
    | {"creating", "downloading", "attaching", "reserved", "detaching", "extending", "retyping", "deleting"}
)
RESIZED = "VERIFY_RESIZE"
"""Nova keeps the old size beside the new one until somebody confirms; the killed provider would have."""

BROKEN = frozenset({"ERROR", "error"})


class Movement:
    """One thing of a state; only servers and volumes are watched, everything else changes within its request.

    Args:
        cloud: The administrator's view.
        record: The state's entry, or its beginning: URN, type and id.
        interrupted: Whether somebody asked to stop.
    """

    def __init__(self, cloud: CloudApi, record: Mapping[str, Any], interrupted: Callable[[], bool]) -> None:
        self._cloud = cloud
        self._record = record
        self._interrupted = interrupted
        self._at_first = self._fingerprint() if self.is_watched else ()

    @property
    def urn(self) -> str:
        """The URN of the record."""
        return str(self._record["urn"])

    @property
    def is_watched(self) -> bool:
        """Whether it is a server or a volume."""
        return self._record["type"] in {INSTANCE, VOLUME}

    def status(self) -> str | None:
        """Give what the cloud calls its state; None when it is gone."""
        found = self._found()
        return None if found is None else str(found["status"])

    def has_begun(self) -> bool:
        """Whether something is happening, or has happened since this was made, so that no late request is awaited."""
        if not self.is_watched:
            return True
        found = self._found()
        busy = found is None or found["status"] in {*MOVING, RESIZED} or bool(found.get("OS-EXT-STS:task_state"))
        return busy or self._fingerprint() != self._at_first

    def come_to_rest(self) -> None:
        """Wait until nothing happens any more, and confirm a resize whose sender did not live to do so."""
        if not self.is_watched:
            return
        self._wait(self._rests)
        if self.status() == RESIZED:
            self._cloud.act(*self._place()[:2], "confirmResize")
            self._wait(lambda: self.status() != RESIZED and self._rests())

    def is_broken(self) -> bool:
        """Whether the cloud gave it up."""
        return self.status() in BROKEN

    def ever_worked(self) -> bool:
        """Whether it ever ran, or was changed after it had been made: then it may hold data."""
        found = self._found() or {}
        changed = self._record.get("modified") != self._record.get("created")
        return bool(found.get("OS-SRV-USG:launched_at") or found.get("attachments") or changed)

    def remove(self) -> None:
        """Remove it and wait until it is gone."""
        self._cloud.remove(*self._place()[:2])
        self._wait(lambda: self.status() is None)

    def _rests(self) -> bool:
        found = self._found()
        if found is None or found["status"] in BROKEN:
            return True
        return found["status"] not in MOVING and not found.get("OS-EXT-STS:task_state")

    def _fingerprint(self) -> tuple[object, ...]:
        found = self._found() or {}
        return tuple(found.get(key) for key in ("status", "flavor", "size"))

    def _found(self) -> dict[str, Any] | None:
        return self._cloud.item(*self._place())

    def _place(self) -> tuple[str, str, str]:
        if self._record["type"] == INSTANCE:
            return "compute", f"/servers/{self._record['id']}", "server"
        return "block-storage", f"/volumes/{self._record['id']}", "volume"

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not done() and time.monotonic() < deadline:
            if self._interrupted():
                raise InterruptedError("asked to stop while recovering")
            time.sleep(PAUSE_SECONDS)
