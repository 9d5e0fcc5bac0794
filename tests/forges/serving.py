"""Small servers for tests: routes that read and give JSON, served on the loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.serving import running

TOKEN = "token-of-the-service-user"
type Answer = dict[str, Any] | list[dict[str, Any]] | None
"""JSON; None is for what is not there."""


class Asked:
    """What a call says: the parts of its path, its query, and its body."""

    def __init__(self, request: Request, body: bytes) -> None:
        self.path: dict[str, Any] = dict(request.path_params)
        self.query: dict[str, str] = dict(request.query_params)
        self.body: Any = json.loads(body) if body else {}


type Handler = Callable[[Asked], Answer]


def route(method: str, path: str, handler: Handler, told: list[str], secret: tuple[str, str]) -> Route:
    """Give a route for whoever has the secret (header and value); each call is told."""
    header, value = secret

    async def answer(request: Request) -> Response:
        told.append(f"{method} {request.url.path}")
        if request.headers.get(header) != value:
            return JSONResponse({"message": "401 Unauthorized"}, 401)
        found = handler(Asked(request, await request.body()))
        if found is None:
            return JSONResponse({"message": "404 Not found"}, 404)
        return JSONResponse(found, 201 if method == "POST" else 200)

    return Route(path, answer, methods=[method])


def page_of(rows: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    """Give the page that a query asks for."""
    length, page = int(query.get("per_page", "30")), int(query.get("page", "1"))
    return rows[(page - 1) * length : page * length]


@contextmanager
def served(application: ASGIApp) -> Iterator[str]:
    """Serve on a free port of the loopback; gives the address."""
    config = uvicorn.Config(application, http="h11", ws="none", lifespan="off", log_level="error")
    with running(uvicorn.Server(config)) as address:
        yield address
