"""A cloud that only answers: every service of the catalogue over HTTP, empty unless a test says otherwise.

For what the local cloud does not have: other services, refusals of single calls, failures in the middle.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

VERSIONS = {
    "identity": "v3",
    "compute": "v2.1",
    "network": "v2.0",
    "image": "v2",
    "block-storage": "v3",
    "placement": "v1.0",
    "load-balancer": "v2",
    "key-manager": "v1",
    "dns": "v2",
    "orchestration": "v1",
    "shared-file-system": "v2",
    "object-store": "v1",
}
BASIC = ("identity", "compute", "network", "image", "block-storage", "placement")
PROJECT = {"id": "p-1", "name": "water-gauge-test", "domain_id": "default"}
SERVICE_USER = {"id": "u-1", "name": "water-gauge-test-service", "domain_id": "default"}
ASSIGNMENT = {
    "user": {"id": "u-1", "name": "water-gauge-test-service"},
    "role": {"id": "r-1", "name": "member"},
    "scope": {"project": {"id": "p-1"}},
}


@dataclass
class AnsweringCloud:
    """What the cloud answers.

    Attributes:
        url: Where it listens.
        services: Types in its catalogue.
        answers: By service and last part of the path: the content of a list, or a status to fail with.
        logins: The user of every login, in order.
    """

    url: str
    services: tuple[str, ...] = BASIC
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    logins: list[str] = field(default_factory=list)

    def holding_a_project(self) -> AnsweringCloud:
        """Add a project with its service user."""
        self.answers |= {
            ("identity", "projects"): [PROJECT],
            ("identity", "role_assignments"): [ASSIGNMENT],
            ("identity", "users"): [SERVICE_USER],
        }
        return self

    def clouds_yaml(self, folder: Path) -> Path:
        """Write an entry ``answering`` for its administrator."""
        auth = {
            "auth_url": f"{self.url}/identity/v3",
            "username": "admin",
            "password": "of-the-administrator",
            "project_name": "admin",
            "user_domain_id": "default",
            "project_domain_id": "default",
        }
        path = folder / "clouds.yaml"
        path.write_text(json.dumps({"clouds": {"answering": {"auth": auth, "region_name": "One"}}}))
        return path

    def catalogue(self) -> list[dict[str, Any]]:
        """Give the catalogue of every token."""
        return [
            {
                "type": service,
                "name": service,
                "id": service,
                "endpoints": [
                    {
                        "id": service,
                        "interface": "public",
                        "region": "One",
                        "region_id": "One",
                        "url": f"{self.url}/{service}/{VERSIONS.get(service, 'v1')}",
                    }
                ],
            }
            for service in self.services
        ]

    def token(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Give a token to whoever asks."""
        user = wanted["auth"]["identity"]["password"]["user"]
        self.logins.append(user.get("name") or user["id"])
        return {
            "token": {
                "methods": ["password"],
                "user": {"id": "u-0", "name": "somebody", "domain": {"id": "default", "name": "Default"}},
                "project": {"id": "p-0", "name": "admin", "domain": {"id": "default", "name": "Default"}},
                "roles": [{"id": "r-0", "name": "admin"}],
                "issued_at": "2026-01-01T00:00:00.000000Z",
                "expires_at": "2099-01-01T00:00:00.000000Z",
                "catalog": self.catalogue(),
            }
        }

    def answer(self, path: str) -> tuple[int, Any]:
        """Give status and content for one path; a list is one page, so nothing follows its last item."""
        service, version, *rest = [part for part in path.partition("?")[0].split("/") if part]
        kind = next((part for part in reversed(rest) if part != "detail"), "")
        said = self.answers.get((service, kind), [])
        if isinstance(said, list) and "marker=" in path:
            said = []
        if isinstance(said, int):
            return said, {"error": {"message": f"{service} is out of order", "code": said}}
        if not kind:
            return 200, said if service == "object-store" else self._discovery(service, version)
        return 200, {kind.removeprefix("os-").replace("-", "_"): said}

    def _discovery(self, service: str, version: str) -> dict[str, Any]:
        link = {"rel": "self", "href": f"{self.url}/{service}/{version}"}
        return {
            "version": {
                "id": version,
                "status": "CURRENT",
                "min_version": "1.0",
                "version": "3.99" if service == "block-storage" else "2.99",
                "max_version": "3.99",
                "links": [link],
            }
        }


@contextmanager
def answering_cloud() -> Iterator[AnsweringCloud]:
    """Run one on the loopback for the time of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    cloud = AnsweringCloud(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(cloud)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(cloud: AnsweringCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*cloud.answer(self.path))

        def do_POST(self) -> None:
            wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(201, cloud.token(wanted))

        def do_PUT(self) -> None:
            self._send(204, {})

        def do_DELETE(self) -> None:
            self._send(204, {})

        def _send(self, status: int, content: Any) -> None:  # noqa: ANN401  any JSON
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Subject-Token", "token-of-the-answering-cloud")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
            """Say nothing."""

    return Handler
