"""Taking a backup on a host: who goes first."""

from __future__ import annotations

import os
import subprocess
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.adapters.restic.onhost import taking


def test_the_manifest_is_read_behind_restic_until_that_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Niceness is the least while restic runs, and what it was once restic has ended."""
    niceness = [5]
    told: list[tuple[int, bool]] = []
    monkeypatch.setattr(os, "getpriority", lambda _which, _who: niceness[-1])
    with subprocess.Popen(["sleep", "300"]) as restic:

        def set_priority(_which: int, who: int, nice: int) -> None:
            assert who == os.getpid()
            niceness.append(nice)
            told.append((nice, restic.poll() is None))

        monkeypatch.setattr(os, "setpriority", set_priority)
        copy: Any = SimpleNamespace(process=restic)
        with taking._behind(copy):
            assert niceness[-1] == taking.LAST
            restic.kill()
            restic.wait()
    for thread in threading.enumerate():
        if thread.name == taking.COMES_FORWARD:
            thread.join()
    assert told == [(taking.LAST, True), (5, False)]
