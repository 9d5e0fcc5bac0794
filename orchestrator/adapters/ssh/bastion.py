"""The one connection to the bastion that all logins of a job share, so that its sshd sees one handshake, not fifty."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from orchestrator.adapters.ssh.config import JUMP
from orchestrator.adapters.ssh.login import end, marked

LOOK_SECONDS = 0.05
OPENING_SECONDS = 10.0


class SharedConnection:
    """Keeps a multiplexing ssh to the bastion alive while the block runs.

    It runs ``cat`` there and reads from a pipe of ours: when this process dies, however it dies, the pipe ends,
    ``cat`` ends, and the connection with it. The socket lies in a folder of its own under the system's temporary
    folder, since a path of the installation may be longer than a socket's may be.
    """

    def __init__(self, operation: str) -> None:
        self._operation = operation
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="tenure-ssh-")

    @property
    def socket(self) -> Path:
        """Where the sharing ssh listens."""
        return Path(self._folder.name) / "m"

    def __enter__(self) -> Self:
        """Begin; nothing is opened before :meth:`ensure`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill the connection and remove its socket."""
        self._end()
        self._folder.cleanup()

    def ensure(self, config: Path, errors: Path) -> bool:
        """Open the connection unless it is open; false when the bastion does not take it now.

        Args:
            config: The ssh_config; its section for the jump names :attr:`socket`.
            errors: File that takes what ssh prints.
        """
        with self._lock:
            if self._child is not None and self._child.poll() is None and self.socket.exists():
                return True
            self._end()
            with errors.open("wb") as file:
                self._child = self._start(config, file)
            until = time.monotonic() + OPENING_SECONDS
            while time.monotonic() < until and self._child.poll() is None:
                if self.socket.exists():
                    return True
                time.sleep(LOOK_SECONDS)
            return False

    def _start(self, config: Path, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ("ssh", "-F", str(config), "-M", JUMP, "cat"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=marked(self._operation),
            start_new_session=True,
        )

    def _end(self) -> None:
        if self._child is not None:
            end(self._child)
            self._child = None
        self.socket.unlink(missing_ok=True)
