"""The program: a request as its argument, secrets on its standard input, the answer as its last line of output."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from orchestrator.adapters.restic.onhost import caring, controls, returning, taking
from orchestrator.adapters.restic.onhost.faults import HostFaultError
from orchestrator.adapters.restic.onhost.restic import CACHE, Restic
from orchestrator.adapters.restic.onhost.watching import alone, end_children, end_with_reader

VERBS = {
    "take": taking.take,
    "restore": returning.restore,
    "compare": returning.compare,
    "ready": caring.ready,
    "init": caring.initialise,
    "check": caring.check,
    "wrong-key": controls.wrong_key,
    "flipped-bit": controls.flipped_bit,
}


def main(argument: str) -> None:
    """Do what the request says; a fault is an answer, too."""
    request, secrets = json.loads(argument), json.loads(sys.stdin.readline())
    end_with_reader()
    os.makedirs(CACHE, mode=0o700, exist_ok=True)
    try:
        with alone():
            answer = _done(request, secrets)
    except HostFaultError as found:
        answer = {"fault": found.kind, "detail": found.detail}
    finally:
        end_children()
    print(json.dumps(answer), flush=True)


def _done(request: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    if request.get("installed") and not os.path.exists(request["installed"]):
        raise HostFaultError("lacking", "restic and the programs for databases are not set up on this host")
    return VERBS[request["verb"]](request, Restic(request["repository"], secrets, request["region"]))


if __name__ == "__main__":
    main(sys.argv[1])
