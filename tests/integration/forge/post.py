"""A post office between a forge and Tenure: it keeps the forge's own deliveries, and hands them on as a test wants."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.forge import hooks_of
from orchestrator.adapters.forge.secrets import HookSecrets
from orchestrator.domain.forge import ForgeKind
from orchestrator.ports import Records
from orchestrator.web.app import create_app
from orchestrator.web.forge import ForgeDoor
from orchestrator.web.refusals import RefusalTally
from tests.forges.gitea_world import GiteaWorld
from tests.forges.serving import served

SECRET = "a secret of this webhook"
PATIENCE_SECONDS = 60


@contextmanager
def a_door(world: GiteaWorld, records: Records) -> Iterator[str]:
    """Serve the door of webhooks; gives its address."""
    tally = RefusalTally(records, real_now)
    readers = {"gitea": hooks_of(ForgeKind.GITEA, world.path, HookSecrets((SECRET,)))}
    gate: Any = SimpleNamespace(records=records, tally=tally)
    with served(create_app(gate, forges=ForgeDoor(records, readers, tally, real_now))) as url:
        yield f"{url}/hooks/forge/gitea"


@dataclass(frozen=True)
class Letter:
    """A delivery as the forge sent it."""

    headers: dict[str, str]
    body: bytes

    @property
    def action(self) -> str:
        """What happened, as the forge calls it: ``opened``, ``synchronized``, ``reviewed``, ``closed``."""
        return str(json.loads(self.body).get("action", ""))


@dataclass
class PostOffice:
    """Keeps deliveries.

    Attributes:
        door: Where they are handed on to.
        kept: What nobody has taken yet, oldest first.
    """

    door: str
    kept: list[Letter] = field(default_factory=list)

    async def take_in(self, request: Request) -> Response:
        """Take a delivery from the forge."""
        headers = {name: value for name, value in request.headers.items() if name.startswith(("x-", "content-type"))}
        self.kept.append(Letter(headers, await request.body()))
        return Response(status_code=202)

    def taken_out(self, action: str) -> list[Letter]:
        """Wait until the forge has told of something, and take everything that it has told so far."""
        end = time.monotonic() + PATIENCE_SECONDS
        while all(letter.action != action for letter in self.kept):
            assert time.monotonic() < end, f"{action} was not told"
            time.sleep(0.02)
        letters, self.kept = self.kept, []
        return letters

    def hand_on(self, letters: Iterable[Letter]) -> None:
        """Bring deliveries to the door, in this order."""
        for letter in letters:
            answer = httpx.post(self.door, content=letter.body, headers=letter.headers, timeout=30)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text


@contextmanager
def a_post_office(world: GiteaWorld, records: Records) -> Iterator[PostOffice]:
    """Let a repository's deliveries go to a post office."""
    with a_door(world, records) as door:
        office = PostOffice(door)
        with served(Starlette(routes=[Route("/", office.take_in, methods=["POST"])])) as url:
            world.send_deliveries_to(f"{url}/", SECRET)
            yield office
