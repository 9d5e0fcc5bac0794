"""``tenure cloud``: the local cloud, a real OpenStack on this machine for the demo and the tests."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from orchestrator.cli.output import JsonFlag, emit, is_json, say, suggest, table, tell, use_json
from orchestrator.domain.errors import BadInputError, ExitCode

if TYPE_CHECKING:
    from tools.localcloud import CloudInfo, CloudStatus
    from tools.localcloud.progress import Progress
    from tools.localcloud.settings import Wishes

app = typer.Typer(no_args_is_help=True, help="The local cloud: a real OpenStack on this machine's loopback.")

RootOption = Annotated[
    Path | None,
    typer.Option("--root", envvar="TENURE_LOCALCLOUD_ROOT", help="Folder of its state; below the cache unless given."),
]


@app.command()
def up(
    root: RootOption = None,
    port_offset: Annotated[int | None, typer.Option(help="Added to OpenStack's standard ports.")] = None,
    external: Annotated[str | None, typer.Option(help="Addresses of the public network (CIDR).")] = None,
    json: JsonFlag = False,
) -> None:
    """Make it run, whatever state it is in; print the two variables that clients need.

    The first start installs and migrates everything (minutes), later ones take seconds. `eval "$(tenure cloud up)"`
    sets the variables in a shell.
    """
    use_json(json)
    from tools import localcloud
    from tools.localcloud import aptproxy

    info = localcloud.up(_root(root), _cache(), _progress(), _wishes(port_offset, external))
    if is_json():
        emit("cloud", info)
        return
    _explain(info)
    typer.echo(f"export OS_CLIENT_CONFIG_FILE={shlex.quote(str(info.clouds_yaml))} OS_CLOUD={info.cloud}")
    if info.object_store:
        tell("an object store for backups, which takes any key; `tenure cloud down` empties it:")
        keys = "TENURE_BACKUP_STORE_KEY=any TENURE_BACKUP_STORE_SECRET=any"
        packages = f"TENURE_DRILL_REACH={urlsplit(info.object_store).hostname}:{aptproxy.PORT}"
        tell(f"export TENURE_BACKUP_STORE={info.object_store} {keys} {packages}")


@app.command()
def down(
    root: RootOption = None,
    wipe: Annotated[bool, typer.Option("--wipe", help="Remove everything it wrote, too.")] = False,
    purge: Annotated[bool, typer.Option("--purge", help="Like --wipe, and empty the cache of its parts.")] = False,
    json: JsonFlag = False,
) -> None:
    """Stop its processes and hosts; the next `up` goes on from what they wrote."""
    use_json(json)
    from tools import localcloud

    place, progress = _root(root), _progress()
    if purge:
        localcloud.purge(place, _cache(), progress)
    elif wipe:
        localcloud.wipe(place, progress)
    else:
        localcloud.down(place, progress)
    if is_json():
        emit("cloud-status", localcloud.status(place))


@app.command()
def status(root: RootOption = None, json: JsonFlag = False) -> None:
    """Say of every process whether it runs and answers; exit 1 unless the whole cloud does."""
    use_json(json)
    from tools import localcloud

    found = localcloud.status(_root(root))
    if is_json():
        emit("cloud-status", found)
    else:
        _show(found)
    if not found.ready:
        suggest("tenure cloud up")
        raise typer.Exit(ExitCode.FAILED)


def _cache() -> Path:
    from orchestrator.settings import Settings

    return Settings().cache


def _root(given: Path | None) -> Path:
    from tools.localcloud import default_root

    return given or default_root(_cache())


def _wishes(port_offset: int | None, external: str | None) -> Wishes | None:
    """Wishes only where something was wished: a cloud that exists keeps its own."""
    from pydantic import ValidationError

    from tools.localcloud import Wishes

    given = {"port_offset": port_offset, "external_cidr": external}
    wished = {name: value for name, value in given.items() if value is not None}
    try:
        return Wishes.model_validate(wished) if wished else None
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInputError(first["msg"], field=".".join(map(str, first["loc"]))) from error


def _progress() -> Progress:
    """Lines with the seconds since the command began."""
    begin = time.monotonic()

    def line(text: str) -> None:
        seconds = time.monotonic() - begin
        if is_json():
            emit("progress", {"seconds": round(seconds, 1), "text": text})
        else:
            from rich.markup import escape

            tell(f"[dim]{seconds:6.1f} s[/dim]  {escape(text)}")

    return line


def _explain(info: CloudInfo) -> None:
    from tools.localcloud import Mode

    meaning = {
        Mode.HOSTS: f"servers are real hosts ({info.mode_reason})",
        Mode.API_ONLY: f"servers exist at the API only, there is nothing to log in to ({info.mode_reason})",
    }
    tell(f"{meaning[info.mode]}; public network {info.external_cidr}")


def _show(found: CloudStatus) -> None:
    if not found.made:
        say(f"no local cloud in {found.root}")
        return
    columns = ("process", "pid", "answers", "running for", "memory")
    rows = [
        (
            process.name,
            str(process.pid or "–"),
            {True: "yes", False: "no", None: ""}[process.answers],
            "–" if process.running_seconds is None else f"{process.running_seconds:.0f} s",
            "–" if process.memory_mib is None else f"{process.memory_mib:.0f} MiB",
        )
        for process in found.processes
    ]
    table(columns, rows, empty="no processes")
    say(f"mode {found.mode} ({found.mode_reason}), {found.host_count} hosts, {found.memory_mib:.0f} MiB")
