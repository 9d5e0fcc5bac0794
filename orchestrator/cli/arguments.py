"""Arguments that many commands have."""

from __future__ import annotations

from typing import Annotated

import typer

EnvironmentName = Annotated[str, typer.Argument(help="<unit>-<system>-<test|live>")]
