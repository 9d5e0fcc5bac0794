"""Inside a play's namespaces: runs ansible-runner, tells its events, and leaves nothing behind.

Run by :class:`orchestrator.adapters.ansible.process.PlayProcess`, never by people. It is process 1 of a PID namespace,
so whatever Ansible starts dies with it, and :data:`FOLDER` is a file system in memory that nobody else sees and that
ends with it. It reads one order and then beats as JSON lines on stdin, and writes JSON lines on stdout. It imports
nothing of the orchestrator: each tenth of a second here is one of every play.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ansible_runner

FOLDER = Path("/dev/shm")  # noqa: S108  the namespace's own, mounted a moment ago
CONFIG = FOLDER / "ssh" / "config"
SOCKETS = FOLDER / "c"
MARK = "TENURE_PLAY"
"""Variable that every process of a play on a host carries in its environment."""

MARGIN_SECONDS = 15.0
"""Remote work is ended this long before the lease ends: another worker may come after it."""
TICK_SECONDS = 0.2
REACHING_SECONDS = 10.0
HOSTS_AT_ONCE = 32

KEPT = (
    "changed",
    "skipped",
    "msg",
    "stderr",
    "stdout",
    "module_stderr",
    "module_stdout",
    "exception",
    "rc",
    "diff",
    "results",
    "ansible_stats",
    "censored",
    "skip_reason",
)
"""What is told of a task's result; the rest (its arguments among it) stays here."""
EVENTS = frozenset(
    {
        "runner_on_start",
        "runner_on_ok",
        "runner_on_failed",
        "runner_on_unreachable",
        "runner_on_skipped",
        "playbook_on_stats",
        "verbose",
        "error",
        "warning",
    }
)


class Child:
    """One play.

    Args:
        answers: File descriptor that takes what is told.
    """

    def __init__(self, answers: int) -> None:
        self._answers = os.fdopen(answers, "w", encoding="utf-8", buffering=1)
        self._writing = threading.Lock()
        self._ending = threading.Lock()
        self._until = time.monotonic() + MARGIN_SECONDS
        self._order: dict[str, Any] = {}

    def work(self) -> None:
        """Take the order, do it, tell how it ended."""
        self._order = json.loads(sys.stdin.readline())
        for name, content in self._order["files"].items():
            write(FOLDER / name, content)
        SOCKETS.mkdir(mode=0o700)
        self._until = time.monotonic() + self._order["lease_seconds"] - MARGIN_SECONDS
        threading.Thread(target=self._listen, name="beats", daemon=True).start()
        threading.Thread(target=self._watch, name="lease", daemon=True).start()
        threading.Thread(target=self._open, name="hosts", daemon=True).start()
        runner = self._run()
        with self._ending:
            self._tell({"ended": runner.status, "code": runner.rc})
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
            ident="play",
            quiet=True,
            event_handler=self._handle,
            settings={"pexpect_timeout": 1},
        )

    def _handle(self, event: dict[str, Any]) -> bool:
        """Tell one event; false, so that ansible-runner writes no file of it."""
        if event.get("event") in EVENTS:
            self._tell(trimmed(event))
        return False

    def _open(self) -> None:
        """Open the connections while Ansible loads, and end on the hosts what a killed play may have left."""
        self._on_hosts(f"^{MARK}=", keep=self._order["mark"])

    def _on_hosts(self, pattern: str, keep: str = "") -> None:
        command = reaping(pattern, keep)
        hosts = self._order["hosts"]
        with ThreadPoolExecutor(min(len(hosts), HOSTS_AT_ONCE)) as pool:
            list(pool.map(lambda host: enter(host, command), hosts))

    def _listen(self) -> None:
        """Take beats; an order to stop, or the end of stdin when the controller was killed, ends everything."""
        for line in sys.stdin:
            beat = json.loads(line)
            if "lease_seconds" in beat:
                self._until = time.monotonic() + beat["lease_seconds"] - MARGIN_SECONDS
            else:
                break
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
            self._on_hosts(f"^{MARK}={self._order['mark']}$")
            self._tell({"ended": "stopped", "code": -1})
            os._exit(0)

    def _tell(self, message: dict[str, Any]) -> None:
        with self._writing:
            try:
                self._answers.write(json.dumps(message) + "\n")
            except BrokenPipeError:
                return


def trimmed(event: dict[str, Any]) -> dict[str, Any]:
    """Give what is told of an event of ansible-runner."""
    data = event.get("event_data", {})
    told = {"event": event["event"], **{name: data[name] for name in ("host", "task", "duration") if name in data}}
    if event["event"] in {"verbose", "error", "warning"}:
        told["said"] = event.get("stdout", "")
    if event["event"] == "playbook_on_stats":
        told["stats"] = {
            name: data.get(name, {}) for name in ("ok", "changed", "failures", "skipped", "rescued", "dark")
        }
    if data.get("ignore_errors"):
        told["ignored"] = True
    result = data.get("res")
    if isinstance(result, dict):
        told["result"] = {name: result[name] for name in KEPT if name in result}
    return told


def reaping(pattern: str, keep: str) -> str:
    """Give the command that ends, as root, the processes whose environment matches, but for those of one play."""
    script = (
        f"for i in 1 2 3; do p=$(grep -slz -e '{pattern}' /proc/[0-9]*/environ | cut -d/ -f3); "
        f'test -n "$p" || exit 0; k=; for q in $p; do grep -qsz -e "^{MARK}={keep}\\$" /proc/$q/environ || k="$k $q"; '
        f'done; test -n "$k" || exit 0; kill -KILL $k 2>/dev/null; done'
    )
    return f"sudo -n timeout --kill-after=2 {REACHING_SECONDS:.0f} sh -c " + quoted(script)


def quoted(text: str) -> str:
    """Quote for a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def enter(host: str, command: str) -> None:
    """Run a command on a host; a host that is not reached has nothing to tell here."""
    try:
        subprocess.run(
            ("ssh", "-F", str(CONFIG), host, command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=REACHING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return


def write(file: Path, content: str) -> None:
    """Write a file that only we may read."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(content)


def main() -> None:
    """Keep stdout for what is told alone: whatever prints goes to stderr."""
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Child(answers).work()


if __name__ == "__main__":
    main()
