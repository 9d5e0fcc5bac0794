"""Inside a play's namespaces: runs ansible-runner, tells its events, and leaves nothing behind.

Run by :class:`orchestrator.adapters.ansible.process.PlayProcess`, never by people. It is process 1 of a PID namespace,
so whatever Ansible starts dies with it. It reads one order and then beats as JSON lines on stdin, and writes JSON lines
on stdout. It imports as little as it can: each tenth of a second here is one of every play.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import ansible_runner

from orchestrator.adapters.ansible.place import FOLDER, MARGIN_SECONDS, SOCKETS
from orchestrator.adapters.ansible.reaping import end_other_plays, end_play
from orchestrator.adapters.ansible.telling import trimmed

TICK_SECONDS = 0.2


class Child:
    """One play.

    Args:
        answers: File descriptor that takes what is told.
        order: What to do; :meth:`orchestrator.adapters.ansible.order.order` says what is in it.
    """

    def __init__(self, answers: int, order: dict[str, Any]) -> None:
        self._answers = os.fdopen(answers, "w", encoding="utf-8", buffering=1)
        self._writing = threading.Lock()
        self._ending = threading.Lock()
        self._order = order
        self._until = time.monotonic() + order["lease_seconds"] - MARGIN_SECONDS

    def work(self) -> None:
        """Do it, and tell how it ended."""
        SOCKETS.mkdir(mode=0o700)
        for name, content in self._order["files"].items():
            write(FOLDER / name, content)
        for work in (self._listen, self._watch):
            threading.Thread(target=work, daemon=True).start()
        opening = threading.Thread(target=end_other_plays, args=(self._order["hosts"], self._order["mark"]))
        opening.start()
        runner = self._run()
        opening.join()
        with self._ending:
            self._tell({"event": "ended", "status": runner.status, "code": runner.rc})
            os._exit(0)

    def _run(self) -> Any:  # noqa: ANN401  ansible-runner has no types
        return ansible_runner.run(
            private_data_dir=str(FOLDER),
            project_dir=self._order["playbooks"],
            playbook=self._order["playbook"],
            inventory=str(FOLDER / "inventory.json"),
            limit=",".join(self._order["hosts"]),
            cmdline=self._order["options"],
            forks=self._order["forks"],
            envvars=self._order["variables"],
            ident="play",
            quiet=True,
            event_handler=self._handle,
            settings={"pexpect_timeout": 1},
        )

    def _handle(self, event: dict[str, Any]) -> bool:
        """Tell one event; false, so that ansible-runner writes no file of it."""
        told = trimmed(event)
        if told is not None:
            self._tell(told)
        return False

    def _listen(self) -> None:
        """Take beats; an order to stop, or the end of stdin when the controller was killed, ends everything."""
        for line in sys.stdin:
            beat = json.loads(line)
            if "stop" in beat:
                break
            self._until = time.monotonic() + beat["lease_seconds"] - MARGIN_SECONDS
        self._stop()

    def _watch(self) -> None:
        while time.monotonic() < self._until:
            time.sleep(TICK_SECONDS)
        self._stop()

    def _stop(self) -> None:
        """End every process here, then those on the hosts; the namespace ends with this process."""
        with self._ending:
            os.kill(-1, signal.SIGKILL)
            for socket in SOCKETS.iterdir():
                socket.unlink(missing_ok=True)
            end_play(self._order["hosts"], self._order["mark"])
            self._tell({"event": "ended", "status": "stopped", "code": -1})
            os._exit(0)

    def _tell(self, message: dict[str, Any]) -> None:
        with self._writing:
            try:
                self._answers.write(json.dumps(message) + "\n")
            except BrokenPipeError:
                return


def write(file: Path, content: str) -> None:
    """Write a file that only we may read."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(content)


def main() -> None:
    """Keep stdout for what is told alone: whatever prints goes to stderr."""
    if os.getpid() != 1:
        sys.exit("a play's child kills every process that it sees: it runs as the first one of a namespace only")
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    order = sys.stdin.readline()
    if order:
        Child(answers, json.loads(order)).work()


if __name__ == "__main__":
    main()
