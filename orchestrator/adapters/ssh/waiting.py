"""Waiting for all hosts of an environment at once, each with as many logins as it takes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.ssh.bastion import SharedConnection
from orchestrator.adapters.ssh.config import CONNECT_SECONDS, DIRECT_JUMP
from orchestrator.adapters.ssh.first_entry import Certification
from orchestrator.adapters.ssh.hostkeys import FirstEntries
from orchestrator.adapters.ssh.login import TRANSPORT_FAILED, Answer, Reason, log_in
from orchestrator.adapters.ssh.readiness import Failure, describe, judge, look
from orchestrator.domain.errors import CancelledError, ConflictError, Diagnostic, OperationFailedError
from orchestrator.domain.records import Host as EnvironmentHost
from orchestrator.domain.records import StepEvent, StepStatus
from orchestrator.ports import HostCheck, Job

PAUSE_SECONDS = 0.3
PAUSE_SECONDS_PER_HOST = 0.05
"""What keeps many hosts that wait together from asking for their consoles more than twenty times a second."""
GRACE_SECONDS = 8.0
"""How much longer than its bound on the host a login may take here."""
HOSTS_AT_ONCE = 64
UNTOLD = frozenset({Reason.CLOSED, Reason.OTHER})
"""What a shared connection leaves of a failure behind the bastion; a login of its own tells more."""


@dataclass(frozen=True)
class Door:
    """What a wait enters hosts by.

    Attributes:
        config: The ssh_config with all hosts.
        shared: The connection to the bastion.
        folder: Private folder of the job.
        bastion: Name of the bastion.
        entries: What hosts are known by before they are certified.
        hosts: All of them by name.
    """

    config: Path
    shared: SharedConnection
    folder: Path
    bastion: str
    entries: FirstEntries
    hosts: dict[str, EnvironmentHost]


class Waiting:
    """One wait for the hosts of an environment.

    Args:
        environment: Its name.
        door: How hosts are entered.
        job: Takes the events, and says whether to go on.
        seconds: How long all hosts together may take.
    """

    def __init__(self, environment: str, door: Door, job: Job, seconds: float) -> None:
        self._environment = environment
        self._door = door
        self._job = job
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._given_up = threading.Event()
        self._telling = threading.Lock()
        self._pause = max(PAUSE_SECONDS, PAUSE_SECONDS_PER_HOST * len(door.hosts))
        self._certification = Certification(door.hosts, door.entries, self._log_in, door.folder)

    def for_hosts(self, names: tuple[str, ...]) -> tuple[HostCheck, ...]:
        """Give the checks in the order of the names; OperationFailedError with a diagnostic for each failed host."""
        if not names:
            return ()
        with ThreadPoolExecutor(min(len(names), HOSTS_AT_ONCE), thread_name_prefix="hosts") as pool:
            results = list(pool.map(self._for_host, names))
        self._raise_if_stopped()
        failures = [one for one in results if isinstance(one, Failure)]
        if failures:
            raise OperationFailedError(failures[0].summary, diagnostics=tuple(_diagnostic(one) for one in failures))
        return tuple(one for one in results if isinstance(one, HostCheck))

    def _for_host(self, name: str) -> HostCheck | Failure | None:
        """Log in until the host is ready, has failed, or time is over; None when the wait was given up elsewhere."""
        begun = time.monotonic()
        self._tell(name, StepStatus.STARTED)
        while not self._stopped():
            result = self._attempt(name)
            if isinstance(result, HostCheck):
                self._tell(name, StepStatus.DONE, f"cloud-init {result.cloud_init}", time.monotonic() - begun)
                return result
            if isinstance(result, Failure) or time.monotonic() > self._until:
                failure = result if isinstance(result, Failure) else self._late(name, result)
                self._given_up.set()
                self._tell(name, StepStatus.FAILED, failure.summary, time.monotonic() - begun)
                return failure
            time.sleep(self._pause)
        return None

    def _attempt(self, name: str) -> HostCheck | Failure | Answer:
        """Try once: the host's check, a failure that waiting does not mend, or an answer that another try may mend.

        A host that shows no certificate yet gets one, the bastion before those behind it.
        """
        unproven, answer = self._certification.waits_for(self._door.bastion, name), None
        if not unproven:
            unproven, answer = self._door.bastion, self._open()
            if answer is None:
                unproven, answer = name, self._log_in(name, self._look())
            if answer.entered:
                checked = judge(name, answer)
                if isinstance(checked, HostCheck):
                    self._certification.renew(name, answer.output)
                return checked
            if answer.reason is not Reason.UNPROVEN:
                return answer
        return self._certification.bring(unproven) or self._attempt(name)

    def _look(self) -> str:
        return look(max(0.0, self._until - time.monotonic()))

    def _open(self) -> Answer | None:
        """Open the shared connection; what ssh said when the bastion does not take it."""
        errors = self._door.folder / "bastion.err"
        if self._door.shared.ensure(self._door.config, errors):
            return None
        return Answer(TRANSPORT_FAILED, "", errors.read_text(errors="replace"))

    def _log_in(self, name: str, command: str, options: tuple[str, ...] = ()) -> Answer:
        remaining = max(0.0, self._until - time.monotonic())
        return log_in(
            self._door.config,
            name,
            command,
            until=time.monotonic() + remaining + GRACE_SECONDS,
            operation=self._job.operation,
            stopped=self._stopped,
            options=options,
        )

    def _late(self, name: str, answer: Answer) -> Failure:
        """Say why a host was not entered in time, with a last login of its own where the shared one hides the cause."""
        if answer.reason in UNTOLD:
            own = self._log_in(name, self._look(), ("-J", DIRECT_JUMP, "-o", f"ConnectTimeout={CONNECT_SECONDS}"))
            answer = answer if own.entered else own
        failure = describe(name, answer)
        return Failure(f"{failure.summary} ({self._seconds:g} seconds long)", failure.detail, failure.hint)

    def _stopped(self) -> bool:
        control = self._job.control
        return self._given_up.is_set() or control.cancelled() or time.monotonic() >= control.valid_until()

    def _raise_if_stopped(self) -> None:
        if self._job.control.cancelled():
            raise CancelledError(f"the wait for the hosts of {self._environment} has stopped")
        if time.monotonic() >= self._job.control.valid_until():
            raise ConflictError(f"the lease on {self._environment} has ended", hint="`tenure operation retry` goes on")

    def _tell(self, host: str, status: StepStatus, detail: str = "", seconds: float | None = None) -> None:
        took = None if seconds is None else round(seconds, 2)
        event = StepEvent(phase="hosts", status=status, resource=host, action="check", detail=detail, seconds=took)
        with self._telling:
            self._job.watch(event)


def _diagnostic(failure: Failure) -> Diagnostic:
    return Diagnostic(summary=failure.summary, detail=failure.detail, hint=failure.hint or None)
