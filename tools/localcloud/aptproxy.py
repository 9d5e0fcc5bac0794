"""Package cache for the hosts: a small HTTP proxy on the external network's gateway address.

Hosts have no way out of the machine but this one. It serves package indexes and packages only, and keeps packages,
whose names never change their content.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import socket
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

ALLOWED = re.compile(r"^https?://[^/]+/.*(/dists/|/pool/|\.deb$)")
FORWARDED = ("If-Modified-Since", "Range", "If-Range", "User-Agent", "Accept", "Cache-Control")
RETURNED = ("Content-Length", "Content-Type", "Last-Modified", "Content-Range", "Accept-Ranges")
UPSTREAM_SECONDS = 60.0
PORT = 443
"""Permitted towards everywhere by the blueprints' flows, as port 80 is, where the object store answers."""
IP_FREEBIND = 15  # from linux/in.h; the socket module does not name it


class Handler(BaseHTTPRequestHandler):
    """Answers the absolute URLs that apt sends to a proxy."""

    protocol_version = "HTTP/1.1"
    timeout = 120
    folder: Path

    def do_GET(self) -> None:
        """Serve from the cache, else fetch."""
        if not ALLOWED.match(self.path):
            self.send_error(HTTPStatus.FORBIDDEN, "package indexes and packages only")
            return
        kept = self.folder / hashlib.sha256(self.path.encode()).hexdigest()
        if kept.exists():
            with kept.open("rb") as file:
                self._answer(HTTPStatus.OK, {"Content-Length": str(kept.stat().st_size)}, file)
            return
        try:
            self._fetch(kept)
        except OSError as error:
            self.send_error(HTTPStatus.BAD_GATEWAY, str(error))

    def _fetch(self, kept: Path) -> None:
        headers = {name: self.headers[name] for name in FORWARDED if self.headers[name]}
        request = urllib.request.Request(self.path, headers=headers)  # noqa: S310 - ALLOWED has checked the scheme
        try:
            with urllib.request.urlopen(request, timeout=UPSTREAM_SECONDS) as answer:  # noqa: S310 - as above
                if self.path.endswith(".deb") and answer.status == HTTPStatus.OK:
                    self._keep_and_answer(answer, kept)
                else:
                    self._answer(answer.status, answer.headers, answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                self._answer(refusal.code, refusal.headers, refusal)

    def _keep_and_answer(self, answer: IO[bytes], kept: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
            shutil.copyfileobj(answer, file)
        Path(file.name).rename(kept)
        with kept.open("rb") as whole:
            self._answer(HTTPStatus.OK, {"Content-Length": str(kept.stat().st_size)}, whole)

    def _answer(self, status: int, headers: Mapping[str, str] | Message, body: IO[bytes]) -> None:
        self.send_response(status)
        for name in RETURNED:
            if name in headers:
                self.send_header(name, headers[name])
        if "Content-Length" not in headers and status != HTTPStatus.NOT_MODIFIED:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if status != HTTPStatus.NOT_MODIFIED:
            shutil.copyfileobj(body, self.wfile)


class Server(ThreadingHTTPServer):
    """Binds to the gateway address even before the data plane has made it."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Allow an address that no device has yet."""
        self.socket.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
        super().server_bind()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for leftover in arguments.folder.glob("tmp*"):
        leftover.unlink()
    Handler.folder = arguments.folder
    os.umask(0o077)
    Server((arguments.address, PORT), Handler).serve_forever()


if __name__ == "__main__":
    main()
