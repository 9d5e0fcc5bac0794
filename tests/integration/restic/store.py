"""An object store for these tests: the local cloud's, on a port of its own, which can be full when a test says so.

``python -m tests.integration.restic.store ADDRESS PORT FULL``: while the file FULL exists, large objects are refused as
a store does that has no room left.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tools.localcloud import objectstore

LARGE_BYTES = 64 * 1024
REFUSAL = (
    b"<Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its minimum free</Message></Error>"
)

type Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]


def bounded(application: Application, full: Path) -> Application:
    """Refuse large objects while the store is full."""

    def answer(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if environ["REQUEST_METHOD"] == "PUT" and size > LARGE_BYTES and full.exists():
            environ["wsgi.input"].read(size)
            start("507 Insufficient Storage", [("Content-Type", "application/xml")])
            return [REFUSAL]
        return application(environ, start)

    return answer


if __name__ == "__main__":
    objectstore.serve(sys.argv[1], int(sys.argv[2]), lambda application: bounded(application, Path(sys.argv[3])))
