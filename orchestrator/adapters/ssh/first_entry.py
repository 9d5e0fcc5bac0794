"""The first entry of each host: its key is compared with what its server printed, and its certificate is installed."""

from __future__ import annotations

import shlex
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from orchestrator.adapters.ssh.hostkeys import FirstEntries, installation
from orchestrator.adapters.ssh.login import TRANSPORT_FAILED, Answer, Reason
from orchestrator.adapters.ssh.readiness import Failure
from orchestrator.domain.records import Host as EnvironmentHost

NOTHING_PRINTED = Answer(TRANSPORT_FAILED, "", "no host key on the console")
NOT_YET_SHOWN = Answer(TRANSPORT_FAILED, "", "its sshd does not show the certificate yet")
INSTALLED_AT_MOST = 10
"""An sshd takes a moment to read its settings again; one that never does is told."""
CERTIFIED = "-cert-v01@openssh.com "
"""In every line that is a certificate."""
UNREAD_HINT = "its sshd_config must include /etc/ssh/sshd_config.d/*.conf"

type LogIn = Callable[..., Answer]
"""Runs a command on a host by its name, with further options of ssh."""


class Certification:
    """Certifies hosts that show no certificate yet; used by the threads of all hosts at once.

    Args:
        hosts: By name.
        entries: What hosts are known by meanwhile.
        log_in: Enters one of them.
        folder: Private folder of the job.
    """

    def __init__(self, hosts: dict[str, EnvironmentHost], entries: FirstEntries, log_in: LogIn, folder: Path) -> None:
        self._hosts = hosts
        self._entries = entries
        self._log_in = log_in
        self._folder = folder
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._waiting: set[str] = set()
        self._installed: Counter[str] = Counter()

    def waits_for(self, *names: str) -> str:
        """Give the first of the hosts that is known to show no certificate yet; empty when none is."""
        return next((name for name in names if name in self._waiting), "")

    def bring(self, name: str) -> Answer | Failure | None:
        """Certify a host; None when that is done, an answer when another try may help, else why nothing will."""
        if not self._locks[name].acquire(blocking=False):
            return NOTHING_PRINTED
        try:
            return self._bring(self._hosts[name])
        finally:
            self._locks[name].release()

    def _bring(self, host: EnvironmentHost) -> Answer | Failure | None:
        """Pin the host's key, enter by it, install the certificate, and have it known by that alone."""
        self._waiting.add(host.name)
        keys = self._vouched(host) if host.name in self._entries.told else self._entries.find(host)
        if not keys:
            return self._unvouched(host) if host.name in self._entries.told else NOTHING_PRINTED
        if self._installed[host.name] == INSTALLED_AT_MOST:
            return Failure(f"host {host.name} does not show its certificate", hint=UNREAD_HINT)
        self._entries.pin(host, keys)
        answer = self._log_in(host.name, _as_root(self._entries.certificate(host)))
        if not answer.entered:
            return _impostor(host.name) if answer.reason is Reason.UNPROVEN else answer
        if answer.code != 0:
            return Failure(f"host {host.name} does not take its certificate", detail=answer.errors.strip()[-300:])
        self._entries.unpin(host)
        self._waiting.discard(host.name)
        self._installed[host.name] += 1
        return None if self._installed[host.name] == 1 else NOT_YET_SHOWN

    def renew(self, name: str, told: str) -> None:
        """Install a new certificate when the one that a host told comes near its end; a failure leaves the old one."""
        held = next((line for line in told.splitlines() if CERTIFIED in line), "")
        fresh = self._entries.renewed(self._hosts[name], held) if held else ""
        if fresh:
            self._log_in(name, _as_root(fresh))

    def _vouched(self, host: EnvironmentHost) -> tuple[str, ...]:
        """Ask a host for its key without offering anything, and keep it only when somebody vouches for it."""
        shown = self._folder / f"shown-{host.name}"
        options = ("StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={shown}", "PreferredAuthentications=none")
        self._log_in(host.name, "true", tuple(part for option in options for part in ("-o", option)))
        lines = shown.read_text().splitlines() if shown.exists() else []
        return self._entries.vouched(host, tuple(line.partition(" ")[2] for line in lines))

    def _unvouched(self, host: EnvironmentHost) -> Failure:
        return Failure(
            f"host {host.name} shows another key than the one that was vouched for",
            detail=f"expected {self._entries.told[host.name]}",
            hint="read it at the host's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        )


def _as_root(certificate: str) -> str:
    return f"sudo -n sh -c {shlex.quote(installation(certificate))}"


def _impostor(name: str) -> Failure:
    return Failure(
        f"host {name} is not the one that was made: it shows another key than its server printed on the console",
        "nothing was done on it",
        "its address may lead to another machine; compare the addresses of `tenure env show` with the cloud's",
    )
