"""The object store (S3 and STS) of a local cloud: moto's server on the external network's gateway, for the hosts.

It keeps everything in memory: what was stored is lost when it ends. It takes any key.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import socket
from collections.abc import Callable
from typing import Any

PORT = 80
"""Permitted towards everywhere by the blueprints' flows, since packages come by it."""
BUFFER_BYTES = 1 << 20
IP_FREEBIND = 15  # from linux/in.h; the socket module does not name it
HINT = "pip install 'tenure[localcloud]'"


def available() -> bool:
    """Whether moto is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("moto", "flask"))


def url(address: str) -> str:
    """How hosts and this machine reach it."""
    return f"http://{address}"


def bound(address: str, port: int) -> socket.socket:
    """A socket on an address that no device may have yet."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((address, port))
    listening.listen(128)
    return listening


def serve(address: str, port: int = PORT, around: Callable[[Any], Any] = lambda application: application) -> None:
    """Serve until ended; ``around`` may put something of its own in front of the application."""
    os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", str(BUFFER_BYTES))
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415  it reads the variable
        DomainDispatcherApplication,
        create_backend_app,
    )
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415  comes with moto

    class Quiet(WSGIRequestHandler):
        """Keeps connections, and writes no line for each request."""

        protocol_version = "HTTP/1.1"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Write nothing."""

    _share_contents()
    application = around(DomainDispatcherApplication(create_backend_app))
    with bound(address, port) as listening:
        make_server(
            address, port, application, threaded=True, request_handler=Quiet, fd=listening.fileno()
        ).serve_forever()


def _share_contents() -> None:
    """Have moto list versions without copying what they hold.

    It copies every content of the bucket for each list, to disk, and does not give that room back: buckets of some
    gigabytes that came and went filled the disk.
    """
    from moto.s3.models import FakeKey  # noqa: PLC0415  it reads the variable, too

    setattr(FakeKey, "__deepcopy__", lambda key, _memo: key)  # noqa: B010  the class declares none


def main() -> None:
    """Serve at the address that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    arguments = parser.parse_args()
    os.umask(0o077)
    serve(arguments.address)


if __name__ == "__main__":
    main()
