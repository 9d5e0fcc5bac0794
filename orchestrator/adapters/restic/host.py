"""Sending the program of :mod:`orchestrator.adapters.restic.onhost` to a host, and reading what it answers."""

from __future__ import annotations

import base64
import io
import json
import shlex
import zipfile
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Environment
from orchestrator.ports import HostAccess, Job

OWN = "orchestrator.adapters.restic.onhost"
SHARED = "orchestrator.adapters.openstack.onhost"
SECONDS = 12 * 3600.0
"""How long one host's backup, restore or check may take."""
WORDS = {
    "full": (
        "the object store is full",
        "give the store room; nothing was removed, and older backups stay as they are",
    ),
    "locked": (
        "the repository is locked by another job",
        "when none runs any more: tenure backup unlock {environment}",
    ),
    "wrong-key": (
        "the key does not open the repository",
        "the installation's master key is another one than when the backups began; nothing was written",
    ),
    "refused": (
        "the object store refuses the job",
        "see the key of TENURE_BACKUP_STORE and the role of TENURE_BACKUP_ROLE",
    ),
    "missing": ("the repository is gone", "see the bucket in the store; nothing was written"),
    "unreachable": (
        "the object store cannot be reached from the host",
        "the blueprint's flows permit the store's port towards it, and TENURE_BACKUP_STORE names it as hosts see it",
    ),
    "damaged": ("the repository is damaged", "tenure backup check {environment} says what of it"),
    "hook": ("a command of the application failed", "no backup was made; see care.roles in the blueprint"),
    "dump": ("a database could not be dumped or loaded", "no backup counts; see the database's log on the host"),
    "incomplete": ("not everything could be read", "no backup counts; mend the files or the disk, then retry"),
    "place": ("a volume is not where it should be", "see `tenure env show` and the mounts on the host"),
    "busy": ("another backup job runs on the host", "tenure operation list {environment}"),
}
UNKNOWN = ("restic failed", "tenure operation retry")


@cache
def packed() -> str:
    """Give the program as a zip archive that Python runs, base64; what is not of it is empty."""
    archive = io.BytesIO()
    folders = {"/".join(name.split(".")[:depth]) for name in (OWN, SHARED) for depth in range(1, name.count(".") + 2)}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for folder in sorted(folders):
            file.writestr(f"{folder}/__init__.py", "")
        for name in (OWN, SHARED):
            for module in resources.files(name).iterdir():
                if module.name.endswith(".py") and module.name != "__init__.py":
                    file.writestr(f"{name.replace('.', '/')}/{module.name}", module.read_text(encoding="utf-8"))
        file.writestr("__main__.py", f"import sys\nfrom {OWN}.program import main\nmain(sys.argv[1])\n")
    return base64.b64encode(archive.getvalue()).decode()


def script(request: dict[str, Any]) -> str:
    """Give the shell script that runs the program once; the secrets come on its standard input."""
    return (
        "set -eu; program=$(mktemp /run/tenure-XXXXXXXX.zip); trap 'rm -f \"$program\"' EXIT; "
        f'echo {packed()} | base64 -d >"$program"; python3 -I "$program" {shlex.quote(json.dumps(request))}'
    )


@dataclass(frozen=True)
class Host:
    """The program on one host of an environment."""

    access: HostAccess
    environment: Environment
    name: str
    job: Job

    def ask(self, request: dict[str, Any], secrets: str, seconds: float = SECONDS) -> dict[str, Any] | None:
        """Give its answer, None when it is not set up for backups; OperationFailedError in words for users."""
        said = self.access.run(self.environment, self.name, script(request), self.job, seconds=seconds, secret=secrets)
        try:
            answer = json.loads(said.strip().rpartition("\n")[2])
        except json.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict):
            raise OperationFailedError(f"host {self.name} answered nothing that can be read", detail=said[-300:])
        if answer.get("fault") == "lacking":
            return None
        if "fault" in answer:
            raise failure(str(answer["fault"]), str(answer["detail"]), self.name, self.environment.name)
        return answer


def failure(kind: str, detail: str, host: str, environment: str) -> OperationFailedError:
    """Put a fault into words."""
    summary, hint = WORDS.get(kind, UNKNOWN)
    return OperationFailedError(
        f"host {host}: {summary}", detail=detail, rule="Art. 30", hint=hint.format(environment=environment)
    )
