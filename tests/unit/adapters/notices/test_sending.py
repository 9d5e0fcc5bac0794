"""Notices go out by real mail and a real webhook of this machine, and what goes wrong is told without secrets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orchestrator.adapters.notices import AppriseNotifier, Channels
from orchestrator.domain.errors import BadInputError, NotFoundError, OperationFailedError
from tests.forges.serving import served
from tests.samples import a_notice

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""One of Apprise's channels asks for it where there is one."""

NOTICE = a_notice("n-1", key="patch-window-missed", facts={"reason": "环境已暂停"})


class Mailbox:
    """A mail server that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusing = False

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:  # noqa: N802  its name there
        """Take a mail."""
        del server, session
        if self.refusing:
            return "451 the mailbox is locked"
        self.mails.append(message_from_bytes(envelope.original_content or b"", policy=policy.default))
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """Serve mail; gives the box and the address of a channel."""
    box, loop = Mailbox(), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(box), "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield box, f"mailto://127.0.0.1:{port}?from=tenure@example.org&to=duty@example.org&mode=insecure"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.close()


@pytest.fixture
def hook() -> Iterator[tuple[list[dict[str, Any]], str]]:
    """Serve a webhook; gives what it was told and the address of a channel."""
    told: list[dict[str, Any]] = []

    async def take(request: Request) -> Response:
        told.append(await request.json())
        return Response()

    with served(Starlette(routes=[Route("/notices", take, methods=["POST"])])) as address:
        yield told, address.replace("http://", "json://") + "/notices"


def notifier(url: str) -> AppriseNotifier:
    """Give one channel."""
    return AppriseNotifier(Channels.model_validate({"channels": [{"name": "duty", "url": url, "roles": ["unit"]}]}))


def test_a_mail_arrives(mailbox: tuple[Mailbox, str]) -> None:
    """In both languages, with what is known."""
    box, url = mailbox
    notifier(url).send("duty", NOTICE)
    (mail,) = box.mails
    assert "错过补丁窗口" in str(mail["subject"])
    part = mail.get_body(("plain",))
    assert part is not None
    assert "reason: 环境已暂停" in part.get_content()


def test_a_mail_server_that_refuses_is_told(mailbox: tuple[Mailbox, str]) -> None:
    """It is tried again later; no password stands in the error."""
    box, url = mailbox
    box.refusing = True
    with pytest.raises(OperationFailedError, match="the channel duty did not take the notice"):
        notifier(url).send("duty", NOTICE)


def test_a_webhook_is_called(hook: tuple[list[dict[str, Any]], str]) -> None:
    """As Apprise writes it: title and message."""
    told, url = hook
    notifier(url).send("duty", NOTICE)
    assert "a patch window was missed" in told[0]["title"]
    assert told[0]["message"].endswith("tenure notice show n-1")


def test_a_channel_that_is_not_there_or_means_nothing_is_told() -> None:
    """The first when something still waits for it, the second at the start."""
    with pytest.raises(NotFoundError):
        notifier("json://localhost/").send("other", NOTICE)
    with pytest.raises(BadInputError, match="means nothing") as refused:
        notifier("nothing-of-this-kind://secret-word@there")
    assert "secret-word" not in str(refused.value.diagnostic)
