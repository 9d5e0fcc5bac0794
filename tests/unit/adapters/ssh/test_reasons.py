"""What OpenSSH and cloud-init print, and what is told of it."""

from __future__ import annotations

import json

import pytest

from orchestrator.adapters.ssh.login import TRANSPORT_FAILED, Answer, Reason, reason
from orchestrator.adapters.ssh.readiness import BOUND_REACHED, Failure, describe, judge, look
from orchestrator.ports import HostCheck

CHANGED = """@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Host key verification failed.
"""


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ("ssh: connect to host 198.51.100.7 port 22: No route to host", Reason.NO_ROUTE),
        ("ssh: connect to host 198.51.100.7 port 22: Connection refused", Reason.REFUSED),
        ("ssh: connect to host 198.51.100.7 port 22: Connection timed out", Reason.TIMED_OUT),
        ("Connection timed out during banner exchange", Reason.TIMED_OUT),
        ("tenure@198.51.100.7: Permission denied (publickey).", Reason.DENIED),
        (CHANGED, Reason.UNPROVEN),
        ("channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed", Reason.REFUSED),
        ("stdio forwarding request failed: Session open refused by peer", Reason.CLOSED),
        ("kex_exchange_identification: read: Connection reset by peer", Reason.CLOSED),
        ('"System is booting up. Unprivileged users are not permitted to log in yet."', Reason.BOOTING),
        ("something new", Reason.OTHER),
    ],
)
def test_the_reason_is_read_from_what_ssh_prints(printed: str, why: Reason) -> None:
    """Behind a bastion the inner cause counts, not that the forwarding ended."""
    assert reason(printed) is why


def an_answer(status: dict[str, object], hostname: str = "web-1", code: int = 0) -> Answer:
    """Give what the look printed on a host."""
    return Answer(code, f"{hostname}\n" + json.dumps(status, indent=1), "")


def test_a_done_cloud_init_is_ready() -> None:
    """The check has what the host said of itself."""
    ready = HostCheck(host="web-1", reached=True, cloud_init="done", hostname="web-1")
    assert judge("web-1", an_answer({"status": "done", "errors": []})) == ready


def test_a_degraded_cloud_init_is_ready_and_told() -> None:
    """From 23.4 on cloud-init ends with code 2 after errors that it recovered from."""
    checked = judge("web-1", an_answer({"status": "done", "extended_status": "degraded done"}, code=2))
    assert isinstance(checked, HostCheck)
    assert checked.cloud_init == "degraded done"


def test_a_full_name_is_the_same_host() -> None:
    """Some systems print the domain too."""
    assert isinstance(judge("web-1", an_answer({"status": "done"}, "web-1.water-gauge-test.internal")), HostCheck)


def test_a_failed_cloud_init_tells_its_message() -> None:
    """The error is cloud-init's own."""
    failure = judge("web-1", an_answer({"status": "error", "errors": ["('scripts-user', boom)"]}, code=1))
    assert isinstance(failure, Failure)
    assert failure.summary == "cloud-init failed on host web-1"
    assert "boom" in failure.detail


def test_another_host_under_the_address_is_a_failure() -> None:
    """Tenants may have equal address ranges: the name tells whether the right one was entered."""
    failure = judge("web-1", an_answer({"status": "done"}, "db-1"))
    assert isinstance(failure, Failure)
    assert failure.summary == "host web-1 answers as db-1"


def test_a_cloud_init_without_end_is_a_failure() -> None:
    """The bound on the host ends the wait; what cloud-init was at is told."""
    failure = judge("web-1", an_answer({"status": "running", "detail": "modules-final"}, code=BOUND_REACHED))
    assert isinstance(failure, Failure)
    assert "does not come to an end" in failure.summary
    assert failure.detail == "modules-final"


@pytest.mark.parametrize("printed", ["web-1\n", "web-1\n....", "web-1\n{not json"])
def test_a_host_without_cloud_init_is_a_failure(printed: str) -> None:
    """Silence is not readiness."""
    failure = judge("web-1", Answer(127, printed, "cloud-init: command not found"))
    assert isinstance(failure, Failure)
    assert "does not tell" in failure.summary


def test_a_host_that_was_not_entered_is_described() -> None:
    """Name, reason, ssh's own last line and where to look."""
    failure = describe(
        "web-2",
        Answer(TRANSPORT_FAILED, "", "channel 0: open failed: No route to host\nConnection closed by UNKNOWN\n"),
    )
    assert failure.summary == "host web-2 was not entered: no route to the host"
    assert failure.detail == "channel 0: open failed: No route to host"


def test_the_look_is_bounded_on_the_host() -> None:
    """When the connection goes, the remote command ends by itself."""
    assert "timeout --kill-after=5 17 cloud-init" in look(17.9)
    assert "timeout --kill-after=5 1 cloud-init" in look(-3)
