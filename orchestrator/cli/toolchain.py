"""``tenure toolchain``: have Pulumi's programs of the pinned versions, and say what is there."""

from __future__ import annotations

import shlex
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.output import JsonFlag, emit, is_json, say, table, tell, use_json
from orchestrator.domain.errors import ExitCode

if TYPE_CHECKING:
    from orchestrator.adapters.toolchain import PartStatus, Toolchain

app = typer.Typer(no_args_is_help=True, help="Pulumi CLI, OpenStack plugin and Python language host.")


class Extra(StrEnum):
    """What an installation does not need, and the tests do."""

    FORGE = "forge"
    """Gitea."""


@app.command()
def install(
    extras: Annotated[
        list[Extra] | None,
        typer.Option("--with", help="Also build what only the tests need: a Gitea (minutes)."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Install what is missing or broken: from PATH, else the official download, else a build from Go modules."""
    use_json(json)
    toolchain = _toolchain()
    toolchain.install(_progress)
    if Extra.FORGE in (extras or ()):
        toolchain.forge(_progress)
    _show(toolchain.status())


@app.command()
def status(json: JsonFlag = False) -> None:
    """Say what is installed and how it came; exit 1 when a part is missing."""
    use_json(json)
    parts = _toolchain().status()
    _show(parts)
    if any(part.stamp is None for part in parts):
        tell("[dim]next:[/dim] [cyan]tenure toolchain install[/cyan]")
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def env(json: JsonFlag = False) -> None:
    """Print the environment for running pulumi by hand: `eval "$(tenure toolchain env)"`."""
    use_json(json)
    environment = _toolchain().require().environment()
    if json:
        emit("environment", {"variables": environment})
        return
    for name, value in environment.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def _toolchain() -> Toolchain:
    from orchestrator.adapters.toolchain import Toolchain
    from orchestrator.settings import Settings

    return Toolchain(Settings().cache)


def _progress(line: str) -> None:
    if is_json():
        emit("progress", {"text": line.strip()})
    else:
        from rich.markup import escape

        tell(escape(line))


def _show(parts: tuple[PartStatus, ...]) -> None:
    if is_json():
        for part in parts:
            emit("part", _facts(part))
        return
    table(("part", "pinned", "found", "how it came"), [_row(part) for part in parts], empty="no parts")
    say(f"[dim]in {parts[0].folder.parent}[/dim]")


def _facts(part: PartStatus) -> dict[str, object]:
    return {
        "name": part.name,
        "pinned": part.version,
        "installed": part.stamp is not None,
        "version": part.stamp.version if part.stamp else None,
        "way": part.stamp.way if part.stamp else None,
        "folder": str(part.folder),
    }


def _row(part: PartStatus) -> tuple[str, ...]:
    if part.stamp is None:
        return (part.name, part.version, "–", "not installed, or changed since")
    return (part.name, part.version, part.stamp.version, part.stamp.way)
