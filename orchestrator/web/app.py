"""The web server's routes: the hook, what it answers about requests, the feed, pages of plans, and its health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from orchestrator.domain.errors import TenureError
from orchestrator.ports import SignedMessage
from orchestrator.web.access import AccessLog
from orchestrator.web.body import read_body
from orchestrator.web.feed import FEED_ROUTE, DeadlineFeed
from orchestrator.web.forge import FORGE_ROUTE, ForgeCall, ForgeDoor
from orchestrator.web.gate import Call, HookGate
from orchestrator.web.plans import PAGE_ROUTE, PlanDoor
from orchestrator.web.pool import WorkPool
from orchestrator.web.problems import plain_problem, problem

FLUSH_SECONDS: Final = 1.0
HOOK_PATH: Final = "/hooks/approvals"
log = structlog.get_logger("tenure.web")


class Routes:
    """The handlers; each reads, hands the blocking part to the pool, and answers."""

    def __init__(
        self,
        gate: HookGate,
        pool: WorkPool,
        feed: DeadlineFeed | None,
        forges: ForgeDoor | None,
        plans: PlanDoor | None,
    ) -> None:
        self._gate = gate
        self._pool = pool
        self._feed = feed
        self._forges = forges
        self._plans = plans

    async def approvals(self, request: Request) -> Response:
        """``POST /hooks/approvals`` and ``POST /hooks/approvals/{sender}``."""
        call = _call(request, await read_body(request))
        answer = await self._pool.run(partial(self._gate.receive, call))
        return JSONResponse(answer, HTTPStatus.ACCEPTED, headers={"location": answer["address"]})

    async def show_request(self, request: Request) -> Response:
        """``GET /requests/{request_id}``, signed."""
        call = _call(request, b"")
        return JSONResponse(await self._pool.run(partial(self._gate.show, call, request.path_params["request_id"])))

    async def deadlines(self, request: Request) -> Response:
        """``GET /feeds/{token}/deadlines.ics[?for=ROLE]``."""
        if self._feed is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        token, wanted = request.path_params["token"], request.query_params.get("for", "")
        return await self._pool.run(partial(self._feed.answer, token, wanted, request.headers.get("if-none-match", "")))

    async def forge(self, request: Request) -> Response:
        """``POST /hooks/forge/{name}``: a forge tells that a pull request is to be looked at."""
        if self._forges is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        call = ForgeCall(
            name=request.path_params["name"],
            source=_source(request),
            headers={name: value for name in set(request.headers) if (value := _only(request, name))},
            body=await read_body(request),
        )
        return JSONResponse(await self._pool.run(partial(self._forges.receive, call)), HTTPStatus.ACCEPTED)

    async def plan(self, request: Request) -> Response:
        """``GET /plans/{forge}/{number}/{token}``: the whole plan of a pull request."""
        if self._plans is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        asked = request.path_params
        return await self._pool.run(partial(self._plans.answer, asked["forge"], asked["number"], asked["token"]))

    async def healthz(self, _request: Request) -> Response:
        """``GET /healthz``: the process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _request: Request) -> Response:
        """``GET /readyz``: the database answers too."""
        await self._pool.run(self._look)
        return JSONResponse({"status": "ready"})

    def _look(self) -> None:
        with self._gate.records.read() as tx:
            tx.senders.list()


def create_app(
    gate: HookGate,
    pool: WorkPool | None = None,
    feed: DeadlineFeed | None = None,
    forges: ForgeDoor | None = None,
    plans: PlanDoor | None = None,
) -> FastAPI:
    """Make the web application, with the doors that there are; nothing loads from outside."""
    workers = pool or WorkPool()
    app = FastAPI(
        title="Tenure", docs_url=None, redoc_url=None, openapi_url=None, lifespan=partial(_lifespan, gate, workers)
    )
    routes = Routes(gate, workers, feed, forges, plans)
    app.add_route(HOOK_PATH, routes.approvals, methods=["POST"])
    app.add_route(HOOK_PATH + "/{sender}", routes.approvals, methods=["POST"])
    app.add_route(FORGE_ROUTE, routes.forge, methods=["POST"])
    app.add_route("/requests/{request_id}", routes.show_request, methods=["GET"])
    app.add_route(FEED_ROUTE, routes.deadlines, methods=["GET"])
    app.add_route(PAGE_ROUTE, routes.plan, methods=["GET"])
    app.add_route("/healthz", routes.healthz, methods=["GET"])
    app.add_route("/readyz", routes.readyz, methods=["GET"])
    app.add_exception_handler(TenureError, _on_tenure_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_fault)
    app.add_middleware(AccessLog)
    return app


@asynccontextmanager
async def _lifespan(gate: HookGate, pool: WorkPool, _app: FastAPI) -> AsyncIterator[None]:
    flusher = asyncio.create_task(_flush_often(gate.tally.flush))
    try:
        yield
    finally:
        flusher.cancel()
        pool.close()
        await asyncio.to_thread(_flush, gate.tally.flush)


async def _flush_often(flush: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await asyncio.to_thread(_flush, flush)


def _flush(flush: Callable[[], None]) -> None:
    try:
        flush()
    except TenureError as error:
        log.warning("refusals.not_written", error=error.diagnostic.summary, detail=error.diagnostic.detail)


def _call(request: Request, body: bytes) -> Call:
    message = SignedMessage(
        id=_only(request, "webhook-id"),
        timestamp=_only(request, "webhook-timestamp"),
        signature=_only(request, "webhook-signature"),
        body=body,
    )
    return Call(
        message=message,
        source=_source(request),
        sender=request.path_params.get("sender"),
        content_type=_only(request, "content-type"),
        content_encoding=_only(request, "content-encoding"),
    )


def _source(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _only(request: Request, name: str) -> str:
    """Give the header that came exactly once; a doubled header counts as none."""
    values = request.headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _on_tenure_error(_request: Request, error: Any) -> Response:  # noqa: ANN401  Starlette's own signature
    return problem(error)


def _on_http_error(_request: Request, error: Any) -> Response:  # noqa: ANN401  Starlette's own signature
    response = plain_problem(HTTPStatus(error.status_code))
    response.headers.update(error.headers or {})
    return response


def _on_disconnect(_request: Request, _error: Exception) -> Response:
    return plain_problem(HTTPStatus.BAD_REQUEST)


def _on_fault(_request: Request, _error: Exception) -> Response:
    return plain_problem(HTTPStatus.INTERNAL_SERVER_ERROR)
