"""Sending the program of :mod:`orchestrator.adapters.openstack.onhost` to a host, and reading what it answers."""

from __future__ import annotations

import base64
import io
import json
import shlex
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Environment
from orchestrator.ports import HostAccess, Job

PACKAGE = "orchestrator.adapters.openstack.onhost"
READ_SECONDS = 6 * 3600.0
"""How long all of a volume may take to be read."""
FREEZE_SECONDS = 15.0
"""How long writers may wait while what changed during the last pass is read again."""
THAW_AFTER_SECONDS = 60.0
"""When the host thaws by itself: the snapshot must be taken by then."""
THAW_SECONDS = 30.0


@cache
def packed() -> str:
    """Give the program as a zip archive that Python runs, base64; its packages are empty but for its own modules."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        parts = PACKAGE.split(".")
        for depth in range(1, len(parts) + 1):
            file.writestr("/".join([*parts[:depth], "__init__.py"]), "")
        for module in resources.files(PACKAGE).iterdir():
            if module.name.endswith(".py") and module.name != "__init__.py":
                file.writestr("/".join([*parts, module.name]), module.read_text(encoding="utf-8"))
        file.writestr("__main__.py", f"import sys\nfrom {PACKAGE}.program import main\nmain(sys.argv[1:])\n")
    return base64.b64encode(archive.getvalue()).decode()


def script(*arguments: str) -> str:
    """Give the shell script that runs the program once, in a mount namespace of its own."""
    return (
        "set -eu; program=$(mktemp /run/tenure-XXXXXXXX.zip); trap 'rm -f \"$program\"' EXIT; "
        f'echo {packed()} | base64 -d >"$program"; '
        f'unshare --mount --propagation private python3 -I "$program" {shlex.join(arguments)}'
    )


class Undisturbed:
    """Implements :class:`orchestrator.ports.RunControl` for what must be brought to its end, such as a thaw."""

    def cancelled(self) -> bool:
        """Never."""
        return False

    def valid_until(self) -> float:
        """Without an end: a thaw changes nothing that a lease guards."""
        return float("inf")


@dataclass(frozen=True)
class HostProgram:
    """The program on one host of an environment."""

    access: HostAccess
    environment: Environment
    host: str
    job: Job

    def record(self, mount: str, name: str) -> dict[str, Any]:
        """Write the manifest of a file system and leave it frozen; gives ``files``, ``manifest`` and ``seconds``.

        ``reason`` instead when it cannot be frozen or more changes than can be read; then nothing is frozen.
        """
        return self._run(READ_SECONDS, "record", mount, name, str(FREEZE_SECONDS), str(THAW_AFTER_SECONDS))

    def thaw(self, mount: str) -> bool:
        """Thaw, whatever the job's control says; false when it had not stayed frozen until now."""
        job = replace(self.job, control=Undisturbed())
        return bool(replace(self, job=job)._run(THAW_SECONDS, "thaw", mount)["thawed"])  # noqa: SLF001  our own

    def compare(self, candidates: list[str], name: str, expected: str) -> dict[str, Any]:
        """Read a restored copy and compare it; gives ``files``, ``manifest`` and ``differences``.

        Args:
            candidates: What its disk is known by: the beginning of the volume's id, and the name of its device.
            name: Of the manifest on the host.
            expected: The digest that the copy's manifest should have.
        """
        result = self._run(READ_SECONDS, "compare", json.dumps(candidates), name, expected)
        if "reason" in result:
            raise OperationFailedError(f"the copy cannot be read on host {self.host}", detail=str(result["reason"]))
        return result

    def _run(self, seconds: float, *arguments: str) -> dict[str, Any]:
        said = self.access.run(self.environment, self.host, script(*arguments), self.job, seconds=seconds)
        try:
            result = json.loads(said.strip().rpartition("\n")[2])
        except json.JSONDecodeError:
            result = None
        if not isinstance(result, dict):
            raise OperationFailedError(f"host {self.host} answered nothing that can be read", detail=said[-300:])
        return result
