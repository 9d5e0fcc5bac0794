"""Ends on the hosts what a play began there, by the mark in the environment of its processes.

A connection that is cut leaves the remote command running, and what it started; nobody else knows of them.
"""

from __future__ import annotations

import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

from orchestrator.adapters.ansible.place import CONFIG, MARK, REACHING_SECONDS

HOSTS_AT_ONCE = 32

SCRIPT = """
for round in 1 2 3; do
  doomed=
  for found in $(grep -slz -e "$1" /proc/[0-9]*/environ); do
    grep -qsz -e "$2" "$found" || { found="${found#/proc/}"; doomed="$doomed ${found%/environ}"; }
  done
  test -n "$doomed" || exit 0
  kill -KILL $doomed 2>/dev/null
done
"""
"""Kills what has the first pattern in its environment and not the second; again, since some may just have forked."""


def end_play(hosts: list[str], mark: str) -> None:
    """End what one play runs on the hosts; one that is not reached ends it by itself when the play's time is over."""
    _on_hosts(hosts, f"^{MARK}={mark}$", "^$")


def end_other_plays(hosts: list[str], mark: str) -> None:
    """End what earlier plays left on the hosts when they were killed; opens the connections that this one will use.

    Plays of the same lane, which the mark begins with: those of another one may be at work there just now.
    """
    _on_hosts(hosts, *of_others(mark))


def of_others(mark: str) -> tuple[str, str]:
    """Give the patterns of the variable by which a play knows the other plays of its lane, and itself."""
    lane = mark.partition(".")[0]
    return f"^{MARK}={lane}[.]", f"^{MARK}={mark}$"


def _on_hosts(hosts: list[str], doomed: str, kept: str) -> None:
    script = shlex.join(("sh", "-c", SCRIPT, "sh", doomed, kept))
    command = f"sudo -n timeout --kill-after=2 {REACHING_SECONDS:.0f} {script}"
    with ThreadPoolExecutor(min(len(hosts), HOSTS_AT_ONCE)) as pool:
        list(pool.map(lambda host: _enter(host, command), hosts))


def _enter(host: str, command: str) -> None:
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
