"""``tenure deadlines``: what is due, for whom, soonest first; as a list, as a calendar file and as a calendar feed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, say, suggest, table, tell, use_json
from orchestrator.domain.calendar import SHANGHAI, last_day
from orchestrator.domain.duties import Pending, Words
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.records import Role
from orchestrator.workflows.agenda import Question, Wanted, what_is_due

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation

app = typer.Typer(help="What is due, for whom, soonest first; `feed` gives it to calendar programs.")

ForOption = Annotated[Role | None, typer.Option("--for", help="Only what this role has to act on.")]


@app.callback(invoke_without_command=True)
def list_deadlines(
    context: typer.Context,
    role: ForOption = None,
    environment: Annotated[str | None, typer.Option(help="Only dates of this environment.")] = None,
    unit: Annotated[str | None, typer.Option(help="Only dates of this unit's environments.")] = None,
    wanted: Annotated[Wanted, typer.Option("--state", help="How the dates stand.")] = Wanted.OPEN,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only dates whose last day is before this day.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    ics: Annotated[Path | None, typer.Option(help="Write them as an iCalendar file; - is standard output.")] = None,
    json: JsonFlag = False,
) -> None:
    """List what is due: by when, how it stands, who has to act, by which article, and what happens if nobody does."""
    if context.invoked_subcommand is not None:
        return
    use_json(json)
    installation = open_installation()
    ends = None if before is None else before.replace(tzinfo=SHANGHAI).astimezone(UTC)
    question, now = Question(role, environment, unit, wanted, ends, limit), installation.ports.clock.now()
    with installation.records.read() as tx:
        found = what_is_due(tx, question, now)
    if ics is not None:
        _write(installation, found, ics)
    elif is_json():
        for item in found:
            emit("deadline", _fields(item))
    else:
        _show(found)


@app.command("feed")
def feed(
    url: Annotated[bool, typer.Option("--url", help="Show the address with its secret; this is audited.")] = False,
    role: ForOption = None,
    base: Annotated[str, typer.Option(help="How readers reach the server; default http:// and TENURE_LISTEN.")] = "",
    acting: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Tell where calendar programs subscribe to what is due; whoever knows the address may read it."""
    use_json(json)
    from orchestrator.web.feed import FEED_SECRET, feed_path

    installation = open_installation()
    token = installation.vault.derive(FEED_SECRET) if url else "<secret>"
    address = f"{(base or f'http://{installation.settings.listen}').rstrip('/')}{feed_path(token, role)}"
    if url:
        with installation.records.transaction() as tx:
            facts = {"for": str(role or "everybody")}
            tx.audit.append(installation.ports.clock.now(), actor(acting), "feed.address-shown", "deadlines", facts)
    if is_json():
        emit("feed", {"url": address})
        return
    say(address)
    if not url:
        suggest("tenure deadlines feed --url", "the whole address, a secret")


def _fields(item: Pending) -> dict[str, Any]:
    return {
        **item.deadline.model_dump(mode="json"),
        "last_day": last_day(item.deadline.due_at).isoformat(),
        "forecast": str(item.forecast),
        "responsible": str(item.responsible),
        "title": _both(item.title),
        "consequence": _both(item.consequence),
    }


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _show(found: tuple[Pending, ...]) -> None:
    rows = [
        (
            _when(item),
            str(item.forecast),
            str(item.responsible),
            item.deadline.environment,
            str(item.deadline.kind),
            item.deadline.article,
            item.consequence.en,
        )
        for item in found
    ]
    columns = ("by the end of", "stands", "for", "environment", "what", "by", "if nobody acts")
    table(columns, rows, empty="nothing is due")


def _when(item: Pending) -> str:
    """Give the last day, or the instant of what begins within a day; a clock that stands still has neither."""
    deadline = item.deadline
    if deadline.paused_at is not None:
        return f"paused since {local(deadline.paused_at)}"
    midnight = deadline.due_at.astimezone(SHANGHAI).time() == datetime.min.time()
    when = last_day(deadline.due_at).isoformat() if midnight else local(deadline.due_at)
    return f"{when} (provisional)" if deadline.provisional else when


def _write(installation: Installation, found: tuple[Pending, ...], file: Path) -> None:
    from orchestrator.adapters.calendar_feed import calendar_feed

    ports = installation.ports
    written = calendar_feed(found, ports.library.calendar(), ports.clock.now())
    if str(file) == "-":
        sys.stdout.buffer.write(written)
        return
    try:
        file.write_bytes(written)
    except OSError as error:
        raise BadInputError(f"{file} cannot be written", detail=str(error.strerror), field="--ics") from error
    tell(f"{len(found)} dates written to {file}")
