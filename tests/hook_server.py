"""Serves a hook in a process of its own, for tests that kill it: ``python -m tests.hook_server HOME ADDRESS``."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.store import open_records, sqlite_url
from orchestrator.adapters.webhooks import StandardWebhooksVerifier
from orchestrator.web.app import create_app
from orchestrator.web.gate import hook_gate
from orchestrator.web.server import run_web
from tests.hook import a_vault, ports_of
from tests.store import no_queue


def main(home: Path, listen: str) -> None:
    """Serve until killed."""
    records = open_records(sqlite_url(home), no_queue)
    gate = hook_gate(ports_of(records), StandardWebhooksVerifier(a_vault(home)), real_now)
    run_web(create_app(gate), listen)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
