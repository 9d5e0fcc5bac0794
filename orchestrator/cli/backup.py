"""``tenure backup``: copies of an environment's data made, checked, listed; the final one released after its time."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.arguments import EnvironmentName
from orchestrator.cli.default_group import DefaultGroup
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.operating import NoWait, stayed
from orchestrator.cli.output import JsonFlag, emit, is_json, local, say, suggest, table, use_json
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.records import Backup, OperationKind, Role

app = typer.Typer(
    cls=DefaultGroup,
    no_args_is_help=True,
    help="Backups: `tenure backup ENV` makes one now; check, list, key, unlock, release.",
)

Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the audit log.")]


@app.command("run")
def run(
    name: EnvironmentName, no_wait: NoWait = False, role: RoleOption = Role.PROVIDER, json: JsonFlag = False
) -> None:
    """Back up an environment now; the word run may be left out."""
    use_json(json)
    if _operated(name, OperationKind.BACKUP, role, no_wait):
        suggest(f"tenure backup list {name}")


@app.command("check")
def check(
    name: EnvironmentName, no_wait: NoWait = False, role: RoleOption = Role.PROVIDER, json: JsonFlag = False
) -> None:
    """Read every byte of the stored backups now; what has a fault does not count any more."""
    use_json(json)
    if _operated(name, OperationKind.CHECK, role, no_wait):
        suggest(f"tenure verify {name}")


def _operated(name: str, kind: OperationKind, role: Role, no_wait: bool) -> bool:
    from orchestrator.workflows.examination import ask

    installation = open_installation()
    operation = ask(installation.ports, name, kind, actor(role))
    return stayed(installation.records, operation, no_wait)


@app.command("key")
def key(name: EnvironmentName, reason: Reason, role: RoleOption = Role.OFFICE, json: JsonFlag = False) -> None:
    """Print what opens the backups without Tenure, for the office; every reading is in the audit log."""
    use_json(json)
    from orchestrator.workflows.backup_keys import read_keys

    for one in read_keys(open_installation().ports, name, actor(role), reason):
        if is_json():
            emit("backup-key", {**one.model_dump(), "password": one.password})
            continue
        say(f"{one.place}")
        typer.echo(f"  RESTIC_REPOSITORY={one.repository}\n  RESTIC_PASSWORD={one.password}")


@app.command("unlock")
def unlock(name: EnvironmentName, reason: Reason, role: RoleOption = Role.PROVIDER, json: JsonFlag = False) -> None:
    """Remove the locks that dead jobs left on the backups; refused while a job of the environment is under way."""
    use_json(json)
    from orchestrator.workflows.backup_keys import unlock as remove_locks

    removed = remove_locks(open_installation().ports, name, actor(role), reason)
    if is_json():
        emit("backup-unlocked", {"environment": name, "locks": removed})
    else:
        say(f"{removed} locks removed")
    suggest(f"tenure backup {name}")


@app.command("list")
def list_backups(
    name: EnvironmentName,
    everything: Annotated[bool, typer.Option("--all", help="Removed ones too.")] = False,
    json: JsonFlag = False,
) -> None:
    """List the backups of an environment, newest first; the final one outlives it."""
    use_json(json)
    with open_installation().records.read() as tx:
        found = tx.backups.of(subject_of(tx.environments.get(name)))
    _show(tuple(one for one in found if everything or one.removed_at is None))


@app.command("release")
def release(
    backup_id: Annotated[str, typer.Argument(help="Id of the backup, bak-….")],
    reason: Reason,
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Remove a final backup whose last day is over; before that it is refused."""
    use_json(json)
    from orchestrator.workflows.escrow import release as release_backup

    _show((release_backup(open_installation().ports, backup_id, actor(role), reason),))


def _show(found: tuple[Backup, ...]) -> None:
    if is_json():
        for one in found:
            emit("backup", one)
        return
    rows = (
        (
            one.id,
            "final" if one.final else "scheduled",
            local(one.taken_at),
            str(len(one.items)),
            _compared(one),
            "–" if one.until is None else one.until.isoformat(),
            one.place if one.removed_at is None else f"removed {local(one.removed_at)}",
        )
        for one in found
    )
    table(("id", "kind", "taken", "volumes", "restore compared", "kept until", "place"), rows, empty="no backups")


def _compared(one: Backup) -> str:
    """Say since when it counts, or since when it does not count any more."""
    if one.doubted_at is not None:
        return f"[red]in doubt[/red] since {local(one.doubted_at)}"
    return local(one.compared_at) if one.compared_at else "–"
