"""Keeps sending what is on its way, in a thread of its own: a channel that does not answer holds up nobody else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger("tenure.notices")

LOOK_SECONDS = 2.0
AWAY_SECONDS = 30.0


class Postman:
    """Sends again and again.

    Args:
        post: Sends what is due: ``orchestrator.workflows.posting.post_due`` with its ports bound.
        look_seconds: Pause between two looks; a look reads one index.
    """

    def __init__(self, post: Callable[[], object], look_seconds: float = LOOK_SECONDS) -> None:
        self._post = post
        self._look_seconds = look_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the notice that is being sent; one that is not at its end by then is sent again later."""
        self._stopping.set()
        self._thread.join(self._look_seconds)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                self._post()
                pause = self._look_seconds
            except Exception:
                # What nobody thought of must not end the sending: the next round may do better, and the log tells.
                log.exception("notices could not be sent; trying again")
                pause = AWAY_SECONDS
