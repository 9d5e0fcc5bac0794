"""The list of revoked certificates as sshd reads it (``RevokedKeys``), made by OpenSSH's own program."""

from __future__ import annotations

import base64
import subprocess
import tempfile
from pathlib import Path


def revocation_list(authority: str, serials: tuple[int, ...]) -> str:
    """Give a key revocation list, base64.

    Args:
        authority: Public key of the user authority as an OpenSSH line; serial numbers are its own.
        serials: Serial numbers of the certificates that are revoked; none gives an empty list.
    """
    with tempfile.TemporaryDirectory(prefix="tenure-revoked-") as name:
        folder = Path(name)
        (folder / "ca.pub").write_text(f"{authority}\n")
        (folder / "serials").write_text("".join(f"serial: {serial}\n" for serial in serials))
        made = folder / "revoked"
        command = ("ssh-keygen", "-q", "-k", "-f", str(made), "-s", str(folder / "ca.pub"), str(folder / "serials"))
        subprocess.run(command, check=True, capture_output=True)
        return base64.b64encode(made.read_bytes()).decode()
