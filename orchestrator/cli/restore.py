"""``tenure restore`` and ``tenure verify``: backups come back, or it is shown that they would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.moments import moment_of
from orchestrator.cli.operating import NoWait, stayed
from orchestrator.cli.output import JsonFlag, emit, is_json, local, say, suggest, table, use_json
from orchestrator.domain.records import Backup, Operation, OperationKind, Role

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation
    from orchestrator.workflows.restore import Intent, Wish

Name = Annotated[str, typer.Argument(help="<unit>-<system>-live, or -test")]


def restore(
    name: Name,
    at: Annotated[
        str, typer.Option("--at", help="The newest backup that was taken by then: 2026-03-02T20:00, a day, or now.")
    ] = "now",
    path: Annotated[str, typer.Option("--path", help="Only this file or folder, as on the host.")] = "",
    into: Annotated[str, typer.Option("--into", help="Onto the hosts of another environment of the unit.")] = "",
    host: Annotated[list[str] | None, typer.Option("--host", help="Only this host; may be repeated.")] = None,
    keep_nothing: Annotated[
        bool, typer.Option("--keep-nothing", help="Make no backup of what the restore replaces.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be restored where.")] = False,
    no_wait: NoWait = False,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Bring files and databases of a backup back, in place or into another environment, and compare what arrived."""
    use_json(json)
    from orchestrator.workflows.restore import Before, Wish, ask, intend

    installation = open_installation()
    wish = Wish(
        source=name,
        at=moment_of(at, installation.ports.clock.now()),
        into=into,
        path=path,
        hosts=tuple(host or ()),
        before=Before.LOST if keep_nothing else Before.COPIED,
    )
    with installation.records.read() as tx:
        intent = intend(installation.ports, tx, wish)
    _show(intent)
    if dry_run:
        suggest(command_of(wish), "for good")
        return
    _follow(installation, ask(installation.ports, wish, actor(role)), no_wait)


def verify(
    name: Name,
    no_wait: NoWait = False,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Restore the newest backup and an older one on throw-away hosts, and compare them with their manifests."""
    use_json(json)
    from orchestrator.workflows.verify import ask

    installation = open_installation()
    _follow(installation, ask(installation.ports, name, actor(role)), no_wait)


def command_of(wish: Wish) -> str:
    """Give the command that does for good what was only looked at."""
    options = [("--at", wish.at.isoformat()), ("--into", wish.into), ("--path", wish.path)]
    options += [("--host", host) for host in wish.hosts]
    return " ".join(["tenure restore", wish.source, *(f"{option} {value}" for option, value in options if value)])


def _show(intent: Intent) -> None:
    backup, order = intent.backup, intent.order
    if is_json():
        fields = {"into": intent.into.name, "taken_at": backup.taken_at.isoformat(), **order.model_dump(mode="json")}
        emit("restore_plan", fields)
        return
    counted = f"compared {local(backup.compared_at)}" if backup.compared_at else "never compared"
    say(f"[bold]{backup.id}[/bold]  {order.source}, taken {local(backup.taken_at)}, {counted}")
    say(f"  onto       the hosts of [bold]{intent.into.name}[/bold]{f', {order.path} only' if order.path else ''}")
    before = "are lost" if str(order.before) == "lost" else "are backed up first"
    say(f"  replaced   files of the same names, and databases whole; they {before}; other files stay")
    table(("host", "volume", "mount", "files"), _rows(backup, order.hosts), empty="nothing")


def _rows(backup: Backup, hosts: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    return [
        (item.host, item.volume, item.mount, str(item.files))
        for item in backup.items
        if not hosts or item.host in hosts
    ]


def _follow(installation: Installation, operation: Operation, no_wait: bool) -> None:
    if stayed(installation.records, operation, no_wait):
        suggest(following(operation))


def following(operation: Operation) -> str:
    """Name what makes sense after it."""
    if operation.kind is OperationKind.RESTORE:
        return f"tenure env history {operation.environment}"
    return f"tenure backup list {operation.environment}"
