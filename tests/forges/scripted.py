"""A server that says what a test wants it to say."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Scripted:
    """A server that gives answers one after the other, and the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Response] = []
        self.asked: list[str] = []

    def application(self) -> Starlette:
        """Give the one route."""
        return Starlette(
            routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]
        )

    async def _answer(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.url.path}?{request.url.query}")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
