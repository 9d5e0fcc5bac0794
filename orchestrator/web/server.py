"""Runs the web application with uvicorn; every log line is one JSON object on standard error."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
import uvicorn
from fastapi import FastAPI

from orchestrator.domain.errors import BadInputError, ConflictError

SHUTDOWN_SECONDS: Final = 20
MAXIMUM_HEADER_BYTES: Final = 16 * 1024
MAXIMUM_CONNECTIONS: Final = 256
"""With bodies of 1 MiB at most this bounds the memory that callers can take."""
MAXIMUM_PORT: Final = 65535


def run_web(app: FastAPI, listen: str, asked: threading.Event | None = None) -> None:
    """Serve until SIGINT or SIGTERM; calls under way are finished first, then this returns.

    Args:
        app: The application.
        listen: ``host:port``, or ``[address]:port`` for IPv6.
        asked: Set when a signal came before the server took them over; it ends at once then.

    Raises:
        BadInputError: The address cannot be read.
        ConflictError: It is taken, or is none of this machine.
    """
    server = make_server(app, listen)
    with bind(listen) as listener, _signals_end(server, asked or threading.Event()):
        server.run(sockets=[listener])


def bind(listen: str) -> socket.socket:
    """Give a listening socket; see :func:`run_web` for what it raises."""
    host, port = read_listen(listen)
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConflictError(
            f"cannot listen on {listen}", detail=str(error.strerror), field="TENURE_LISTEN", hint="--listen HOST:PORT"
        ) from error


@contextmanager
def _signals_end(server: uvicorn.Server, asked: threading.Event) -> Iterator[None]:
    """Let a signal end the server and nothing else: uvicorn raises the one that ended it once more."""

    def end(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    server.should_exit = asked.is_set()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def make_server(app: FastAPI, listen: str) -> uvicorn.Server:
    """Make the server; BadInputError when the address cannot be read."""
    host, port = read_listen(listen)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http="h11",
        ws="none",
        lifespan="on",
        log_config=log_config(),
        access_log=False,  # the application logs calls itself, without query strings
        server_header=False,
        proxy_headers=False,  # a forged X-Forwarded-For must not choose the source in the audit log
        limit_concurrency=MAXIMUM_CONNECTIONS,
        h11_max_incomplete_event_size=MAXIMUM_HEADER_BYTES,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return uvicorn.Server(config)


def read_listen(listen: str) -> tuple[str, int]:
    """Give host and port."""
    host, colon, port = listen.rpartition(":")
    if not (colon and host and port.isascii() and port.isdecimal() and int(port) <= MAXIMUM_PORT):
        raise BadInputError(f"{listen!r} is no address", field="TENURE_LISTEN", hint="for instance 127.0.0.1:8321")
    return host.removeprefix("[").removesuffix("]"), int(port)


def log_config() -> dict[str, Any]:
    """Give the configuration of Python's logging, and let structlog write through it."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    }
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": handler},
        "loggers": {
            name: {"handlers": ["stderr"], "level": "INFO", "propagate": False} for name in ("uvicorn", "tenure")
        },
    }
