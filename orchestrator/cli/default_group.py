"""Groups of commands of which one is meant when none is named: ``tenure survey ENV`` and ``tenure survey findings``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Context  # Typer brings its own copy of click and no name of its own for this

DEFAULT = "run"
"""Name of the command that is meant."""

HELP = ("--help", "-h")


class DefaultGroup(TyperGroup):
    """A group whose command ``run`` is meant when the first word is none of its commands.

    An environment's name has a hyphen between unit and system, so it is never taken for a command.
    """

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Put the meant command before the words that are its own."""
        if args and args[0] not in {*self.commands, *HELP}:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)
