"""``tenure backup``: the copies of an environment's data, and the release of a final one after its time."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, table, use_json
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.records import Backup, Role

app = typer.Typer(no_args_is_help=True, help="Backups of environments: list, release.")


@app.command("list")
def list_backups(
    name: Annotated[str, typer.Argument(help="<unit>-<system>-<test|live>")],
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
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the audit log.")],
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
            local(one.compared_at) if one.compared_at else "–",
            "–" if one.until is None else one.until.isoformat(),
            one.place if one.removed_at is None else f"removed {local(one.removed_at)}",
        )
        for one in found
    )
    table(("id", "kind", "taken", "volumes", "restore compared", "kept until", "place"), rows, empty="no backups")
