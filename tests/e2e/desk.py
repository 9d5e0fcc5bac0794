"""The command line of one installation on a real cloud, as the people of its roles use it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from orchestrator.adapters.library import installed_templates
from orchestrator.domain.calendar import SHANGHAI
from orchestrator.domain.errors import ExitCode
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation, OperationKind
from tests.e2e.server import LOCAL_RANGES, Server, wait_for

PEOPLE = {"unit": "li", "office": "wang", "provider": "zhao"}


@dataclass
class Desk:
    """The command line of one installation, with people in their roles.

    Attributes:
        folder: Where requests are written.
        system: The system that they are about; each of the unit ``archives``.
    """

    server: Server
    folder: Path
    system: str

    def tenure(self, *arguments: str, role: str = "provider", code: int = ExitCode.DONE) -> list[dict[str, Any]]:
        """Run a command as somebody; give its JSON lines."""
        person = {"TENURE_ROLE": role, "TENURE_ACTOR": PEOPLE.get(role, role)}
        variables = os.environ | self.server.environment() | person
        done = self.server.tenure.run((*arguments, "--json"), variables)
        assert done.returncode == code, (arguments, done.stdout[-2000:], done.stderr[-2000:])
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def one(self, kind: str, *arguments: str, role: str = "provider") -> dict[str, Any]:
        """Run a command; give its line of one kind."""
        return next(line for line in self.tenure(*arguments, role=role) if line["type"] == kind)

    def write(self, name: str, kind: str, *, access_from: tuple[str, ...] = LOCAL_RANGES, **changes: object) -> str:
        """Write a request file; gives its path."""
        text = (installed_templates() / "examples" / "test-single-host.yaml").read_text(encoding="utf-8")
        text = text.replace("kind: test\n", f"kind: {kind}\n", 1).replace("system: catalogue", f"system: {self.system}")
        ranges = "".join(f"    - {one}\n" for one in access_from)
        text = re.sub(r"  access_from:\n(    - .*\n?)+", f"  access_from:\n{ranges}", text)
        if kind in {"production", "terminate"}:
            text = re.sub(r"environment:\n(  .*\n?)+", "", text)
        lines = "".join(f"{field}: {json.dumps(value)}\n" for field, value in changes.items())
        file = self.folder / name
        file.write_text(text + lines, encoding="utf-8")
        return str(file)

    def submit(self, file: str) -> str:
        """Submit as the unit; gives the request's id."""
        return str(self.one("request", "request", "submit", file, role="unit")["id"])

    def decide(self, request_id: str) -> None:
        """Accept and review as the office."""
        self.tenure("request", "accept", request_id, role="office")
        self.tenure("request", "review", request_id, role="office")

    def finished(self, name: str, kind: OperationKind, state: OperationState = OperationState.SUCCEEDED) -> Operation:
        """Wait until the newest operation of a kind is over, and well."""

        def newest() -> Operation | None:
            with self.server.installation.records.read() as tx:
                return next((one for one in tx.operations.list(environment=name) if one.kind is kind), None)

        done = self.server.finished(wait_for(f"{kind} of {name}", newest))
        assert done.state is state, done.error
        return done

    def pass_time(self, by: timedelta) -> None:
        """Let business time pass."""
        self.server.installation.driven_clock.advance(by)

    def until(self, hour: int) -> None:
        """Let business time pass until an hour of Shanghai's clock."""
        now = self.server.installation.driven_clock.now().astimezone(SHANGHAI)
        self.pass_time((now.replace(hour=hour, minute=0, second=0) - now) % timedelta(days=1))
