"""``tenure schema``: the JSON schemas by which editors complete and check what people write."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.domain.schemas import SchemaName, schema_text


def schema(
    name: Annotated[SchemaName, typer.Argument(help="Which document.")],
) -> None:
    """Print the JSON schema of a document, with descriptions, units and examples.

    Editors take it by the first line of a file: `# yaml-language-server: $schema=…`.
    """
    typer.echo(schema_text(name), nl=False)
