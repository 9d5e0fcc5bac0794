"""Programs that Tenure starts: Ansible, ssh and restic."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from orchestrator.adapters.doctor.finding import Finding, Serves
from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import run_bounded

RUN_SECONDS = 20
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?(?:p\d+)?")


def ansible(folder: Path | None = None) -> Finding:
    """``ansible-playbook`` of the Python environment that Tenure itself runs in.

    Args:
        folder: Where the environment's programs are; by default beside the running Python.
    """
    program = (folder or Path(sys.executable).parent) / "ansible-playbook"
    return _program(
        "Ansible",
        str(program) if program.exists() else None,
        "--version",
        without=Serves.NO,
        loss="hosts can't be prepared, patched or backed up",
        hint="install Tenure's dependencies again: make setup",
    )


def ssh(path: str | None = None) -> Finding:
    """The SSH client that Ansible enters hosts with; ``path`` replaces PATH."""
    return _program(
        "ssh",
        shutil.which("ssh", path=path),
        "-V",
        without=Serves.NO,
        loss="hosts can't be entered",
        hint="install the OpenSSH client: apt install openssh-client, or dnf install openssh-clients",
    )


def restic(path: str | None = None) -> Finding:
    """The backup program; ``path`` replaces PATH."""
    return _program(
        "restic",
        shutil.which("restic", path=path),
        "version",
        without=Serves.DEGRADED,
        loss="backups can't be checked or restored from this machine",
        hint="install restic: apt install restic, or dnf install restic",
    )


def _program(name: str, program: str | None, question: str, *, without: Serves, loss: str, hint: str) -> Finding:
    if program is None:
        return Finding(part=name, serves=without, detail=f"not found: {loss}", hint=hint)
    try:
        answer = run_bounded([program, question], timeout_seconds=RUN_SECONDS)
    except WayFailedError as failure:
        return Finding(part=name, serves=without, found=program, detail=f"{failure}: {loss}", hint=hint)
    version = _VERSION.search(answer)
    return Finding(part=name, serves=Serves.YES, found=program, version=version[0] if version else None)
