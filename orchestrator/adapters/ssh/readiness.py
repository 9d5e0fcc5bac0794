"""Looking into one host: has cloud-init ended well, and is it the host that it should be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from orchestrator.adapters.ssh.hostkeys import CERTIFICATE
from orchestrator.adapters.ssh.login import Answer
from orchestrator.ports import HostCheck

BOUND_REACHED = 124
"""Exit code of coreutils' ``timeout`` when the time was over."""
ERRORS_TOLD = 3


@dataclass(frozen=True)
class Failure:
    """Why a host is not ready, for good or so far."""

    summary: str
    detail: str = ""
    hint: str = ""


def look(seconds: float) -> str:
    """Give the command that one login runs: the host's name and certificate, then cloud-init's verdict.

    The last one is bounded on the host itself.
    """
    bounded = f"timeout --kill-after=5 {max(1, int(seconds))}"
    return f"hostname; cat {CERTIFICATE} 2>/dev/null; {bounded} cloud-init status --wait --format json"


def judge(host: str, answer: Answer) -> HostCheck | Failure:
    """Judge what the command printed on a host that was entered."""
    hostname, _, rest = answer.output.partition("\n")
    hostname = hostname.strip()
    if hostname.partition(".")[0] != host:
        return Failure(
            f"host {host} answers as {hostname or 'nobody'}",
            detail="its address leads to another host",
            hint="compare the addresses of `tenure env show` with the cloud's",
        )
    if answer.code == BOUND_REACHED:
        return Failure(
            f"cloud-init of host {host} does not come to an end",
            detail=_progress(rest) or answer.telling_line,
            hint=f"enter it and read /var/log/cloud-init.log: `tenure env ssh … {host}`",
        )
    status = _status(rest)
    if status is None:
        return Failure(
            f"host {host} does not tell the status of cloud-init", detail=answer.telling_line or rest.strip()
        )
    if status.get("status") != "done":
        return Failure(
            f"cloud-init failed on host {host}",
            detail=_errors(status),
            hint=f"enter it and read /var/log/cloud-init-output.log: `tenure env ssh … {host}`",
        )
    return HostCheck(host=host, reached=True, cloud_init=_verdict(status), hostname=hostname)


def _status(text: str) -> dict[str, Any] | None:
    """Find the JSON object in what cloud-init printed; while it waits some versions print dots before it."""
    begin = text.find("{")
    if begin < 0:
        return None
    try:
        found = json.loads(text[begin:])
    except json.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _verdict(status: dict[str, Any]) -> str:
    """Give ``done``, or what cloud-init from 23.4 on says more closely, for instance ``degraded done``."""
    return str(status.get("extended_status") or status["status"])


def _errors(status: dict[str, Any]) -> str:
    errors = [str(one) for one in status.get("errors", [])]
    told = "; ".join(errors[:ERRORS_TOLD]) or str(status.get("detail", ""))
    return f"{status.get('status')}: {told}".strip(": ")


def _progress(text: str) -> str:
    status = _status(text)
    return "" if status is None else str(status.get("detail", ""))


def describe(host: str, answer: Answer) -> Failure:
    """Say why a host was not entered."""
    return Failure(
        f"host {host} was not entered: {answer.reason}",
        detail=answer.telling_line,
        hint="see `tenure env show` for its address, and the security groups and the console log of the server",
    )
