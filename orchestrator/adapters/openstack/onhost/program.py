"""The program's verbs: ``record``, ``thaw`` and ``compare``. The last line that it prints is the result, as JSON.

``record`` reads a mounted file system, freezes it, reads again what changed meanwhile, and leaves it frozen with a
watchdog that thaws it; ``thaw`` ends that, and says whether it was frozen until then; ``compare`` mounts a restored
copy read-only and compares it with what ``record`` wrote.

``record`` and ``compare`` mount, so they run in a mount namespace of their own: whatever ends them, the mounts go.
"""

from __future__ import annotations

import json
import sys

from orchestrator.adapters.openstack.onhost.restored import compare
from orchestrator.adapters.openstack.onhost.standstill import record, thaw


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    verb, rest = arguments[0], arguments[1:]
    if verb == "record":
        result = record(rest[0], rest[1], float(rest[2]), float(rest[3]))
    elif verb == "thaw":
        result = thaw(rest[0])
    else:
        result = compare(rest[0], rest[1], rest[2])
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
