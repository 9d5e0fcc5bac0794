"""Programs that Tenure starts, and what jobs on hosts need of this machine besides."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.adapters.doctor.finding import Finding, Serves
from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import run_bounded

RUN_SECONDS = 20
OPENSSH = "install the OpenSSH client: apt install openssh-client, or dnf install openssh-clients"
NAMESPACES = (
    "install util-linux and mount; as another account than root let it make namespaces (sysctl "
    "user.max_user_namespaces, and where they exist kernel.unprivileged_userns_clone=1 and "
    "kernel.apparmor_restrict_unprivileged_userns=0); a container needs CAP_SYS_ADMIN"
)
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
        hint=OPENSSH,
    )


def ssh_keygen(path: str | None = None) -> Finding:
    """What writes the lists of revoked certificates (Art. 36): it has to write an empty one; ``path`` replaces PATH."""
    program = shutil.which("ssh-keygen", path=path)
    name, loss = "ssh-keygen", "what is revoked can't be brought to hosts"
    if program is None:
        return Finding(part=name, serves=Serves.NO, detail=f"not found: {loss}", hint=OPENSSH)
    with TemporaryDirectory(prefix="tenure-doctor-") as folder:
        try:
            run_bounded([program, "-q", "-k", "-f", f"{folder}/revoked"], timeout_seconds=RUN_SECONDS)
        except WayFailedError as failure:
            return Finding(part=name, serves=Serves.NO, found=program, detail=f"{failure}: {loss}", hint=OPENSSH)
    return Finding(part=name, serves=Serves.YES, found=program, detail="writes lists of revoked certificates")


def namespaces(path: str | None = None) -> Finding:
    """Whether this account may give a play processes and mounts of its own, tried as a play does.

    Args:
        path: Replaces PATH.
    """
    from orchestrator.adapters.ansible.process import isolated  # noqa: PLC0415 - it loads the ports

    name, loss = "namespaces for jobs", "no job can work on hosts"
    search = {} if path is None else {"PATH": path}
    try:
        answer = run_bounded(isolated("unshare", "--version"), timeout_seconds=RUN_SECONDS, environment=search)
    except WayFailedError as failure:
        return Finding(part=name, serves=Serves.NO, detail=f"{failure}: {loss}", hint=NAMESPACES)
    version = _VERSION.search(answer)
    return Finding(
        part=name,
        serves=Serves.YES,
        found=shutil.which("unshare", path=path),
        version=version[0] if version else None,
        detail="a program ran with processes and mounts of its own",
    )


def restic(path: str | None = None) -> Finding:
    """The backup program, asked for where a store of backups is set; hosts have their own. ``path`` replaces PATH."""
    return _program(
        "restic",
        shutil.which("restic", path=path),
        "version",
        without=Serves.DEGRADED,
        loss="jobs use the hosts' own, but what tenure backup key gives can't be used on this machine",
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
