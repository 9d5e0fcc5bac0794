"""The access log: one line a call with what an operator needs; no headers, bodies, query strings or secrets."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("tenure.web.access")
QUIET_PATHS: Final = frozenset({"/healthz", "/readyz"})
MAXIMUM_PATH: Final = 200
SECRET: Final = re.compile(r"^(/+(?:feeds|plans/+[^/]+/+[^/]+)/+)[^/]+")
"""What stands in the addresses of the feed and of plans, and lets in whoever knows it."""
NO_STORE: Final = (b"cache-control", b"no-store")


class AccessLog:
    """Middleware that logs each call and adds the headers that every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; log it when its answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()

        async def send_logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                decided = any(name == NO_STORE[0] for name, _ in message["headers"])
                message["headers"] += [*([] if decided else [NO_STORE]), (b"x-content-type-options", b"nosniff")]
                _log(scope, HTTPStatus(message["status"]), time.monotonic() - started)
            await send(message)

        await self._app(scope, receive, send_logged)


def _log(scope: Scope, status: HTTPStatus, seconds: float) -> None:
    if scope["path"] in QUIET_PATHS and status < HTTPStatus.BAD_REQUEST:
        return
    log.info(
        "call",
        method=scope["method"],
        path=_without_secret(scope["path"])[:MAXIMUM_PATH],
        status=int(status),
        milliseconds=round(seconds * 1000, 1),
        source=scope["client"][0] if scope["client"] else "",
    )


def _without_secret(path: str) -> str:
    """Give a path without the secret in it."""
    return SECRET.sub(r"\1…", path)
