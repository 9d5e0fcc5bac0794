"""``tenure notice``: what people are told, what of it is still on its way, and the channels that bring it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, say, suggest, table, use_json
from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.notice_words import message, subject_words
from orchestrator.domain.records import Notice, Role

if TYPE_CHECKING:
    from orchestrator.ports import Transaction

app = typer.Typer(no_args_is_help=True, help="Notices: list, show, waiting, channels, try.")

LOOKED_THROUGH = 10_000
TRIED = "channel-tried"


@app.command("list")
def list_notices(
    environment: Annotated[str, typer.Option(help="Only about this environment.")] = "",
    role: Annotated[Role | None, typer.Option("--for", help="Only what this role is told.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: JsonFlag = False,
) -> None:
    """List what people were told, newest first."""
    use_json(json)
    with open_installation().records.read() as tx:
        found = tx.notices.list(environment=environment or None, limit=LOOKED_THROUGH if role else limit)
    shown = [one for one in found if role is None or role in one.to][:limit]
    if is_json():
        for one in shown:
            _emit(one)
        return
    rows = [(one.id, local(one.at), one.environment, ", ".join(one.to), _subject(one)) for one in shown]
    table(("id", "at", "environment", "to", "what"), rows, empty="nobody was told anything")


def _subject(notice: Notice) -> str:
    words = subject_words(notice.key)
    return f"{words.zh} / {words.en}"


def _emit(notice: Notice) -> None:
    words = subject_words(notice.key)
    emit("notice", {**notice.model_dump(mode="json"), "subject_zh": words.zh, "subject_en": words.en})


@app.command("show")
def show(notice_id: Annotated[str, typer.Argument(help="Id of the notice.")], json: JsonFlag = False) -> None:
    """Show one notice with all its facts, as channels bring it."""
    use_json(json)
    with open_installation().records.read() as tx:
        found = tx.notices.get(notice_id)
    if is_json():
        _emit(found)
        return
    typer.echo(message(found).body)


@app.command("waiting")
def waiting(limit: Annotated[int, typer.Option(min=1, max=1000)] = 50, json: JsonFlag = False) -> None:
    """List notices that did not arrive everywhere yet, with what the channel said."""
    use_json(json)
    with open_installation().records.read() as tx:
        found = tx.posts.list(limit)
        about = {post.notice: _about(tx, post.notice) for post in found}
    if is_json():
        for post in found:
            emit("post", post)
        return
    rows = [
        (
            post.notice,
            about[post.notice],
            ", ".join(post.missing or ()),
            str(post.attempts),
            local(post.next_at),
            post.error,
        )
        for post in found
    ]
    table(("notice", "what", "channels", "attempts", "next", "error"), rows, empty="everything arrived")


def _about(tx: Transaction, notice_id: str) -> str:
    return subject_words(tx.notices.get(notice_id).key).en


@app.command("channels")
def channels(json: JsonFlag = False) -> None:
    """List who is told by which channel; addresses, which hold passwords, are not shown."""
    use_json(json)
    from orchestrator.bootstrap_notices import channels_of

    found = channels_of(open_installation().settings).channels
    if is_json():
        for one in found:
            emit("channel", one.model_dump(mode="json", exclude={"url"}))
        return
    rows = [(one.name, ", ".join(one.roles), ", ".join(one.units) or "all", ", ".join(one.keys)) for one in found]
    table(("name", "roles", "units", "notices"), rows, empty="no channels; set TENURE_NOTICE_CHANNELS")
    if found:
        suggest(f"tenure notice try {found[0].name}")


@app.command("try")
def try_channel(name: Annotated[str, typer.Argument(help="Name of the channel.")], json: JsonFlag = False) -> None:
    """Send a message to one channel now; exit 1 with what it said when it does not take it."""
    use_json(json)
    from orchestrator.adapters.notices import AppriseNotifier
    from orchestrator.bootstrap_notices import channels_of

    known = channels_of(open_installation().settings)
    if all(one.name != name for one in known.channels):
        raise NotFoundError(f"there is no channel {name}", hint="tenure notice channels")
    now = datetime.now(UTC)
    AppriseNotifier(known).send(name, Notice(id="-", key=TRIED, environment="", to=(), facts={}, at=now))
    if is_json():
        emit("channel_tried", {"channel": name})
    else:
        say(f"the channel {name} took the message")
