"""Commands on an installation of their own, as a person or a pipeline runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from orchestrator.bootstrap import Installation
from orchestrator.domain.errors import TenureError
from orchestrator.settings import Settings


class Shell:
    """Runs the commands of one Typer app, in the role of the office unless told otherwise.

    Args:
        app: The commands.
        home: The installation's folder.
        database: A migrated database to begin with; copying one is quicker than migrating.
    """

    def __init__(self, app: typer.Typer, home: Path, database: Path | None = None) -> None:
        if database is not None:
            home.mkdir(mode=0o700)
            shutil.copyfile(database, home / database.name)
        self._app = app
        self._runner = CliRunner(env={"TENURE_HOME": str(home), "TENURE_ROLE": "office"})
        self.installation = Installation(Settings(home=home))

    def text(self, *arguments: str) -> str:
        """Run a command that works; give its standard output."""
        result = self._runner.invoke(self._app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    def told(self, *arguments: str) -> str:
        """Run a command that works; give its standard error."""
        result = self._runner.invoke(self._app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stderr

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Run it with --json; give its lines."""
        return [json.loads(line) for line in self.text(*arguments, "--json").splitlines()]

    def error(self, *arguments: str) -> TenureError:
        """Run a command that is refused."""
        result = self._runner.invoke(self._app, arguments)
        assert isinstance(result.exception, TenureError), result.output
        return result.exception

    def code(self, *arguments: str) -> int:
        """Run a command; give its exit code."""
        return self._runner.invoke(self._app, arguments, catch_exceptions=False).exit_code
