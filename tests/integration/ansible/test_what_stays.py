"""What plays leave behind: nothing, however they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.domain.errors import CancelledError, ConflictError, OperationFailedError
from orchestrator.domain.lanes import Lane
from tests.integration.ansible.conftest import (
    HOSTS,
    OPERATION,
    PLAYBOOKS,
    House,
    arguments,
    eventually,
    plays_of,
    working_for,
)
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

SECRET = "of-nobody-else\nsecond line"
INSTALLATION = {"master.key", "ca/user_ca.sealed", "ca/host_ca.sealed"}


def nothing_is_left(house: House, operation: str = OPERATION) -> None:
    """Check hosts, processes here, and every file."""
    assert [house.sleepers(host) for host in HOSTS] == [[], []]
    assert working_for(operation) == ()
    assert plays_of(os.getpid()) == ()
    assert house.files() == {*INSTALLATION, f"ssh/{house.environment.name}/known_hosts"}


def test_a_cancelled_play_leaves_nothing(house: House) -> None:
    """Somebody asks to stop: the work ends here and on the hosts, with what it had started, before the error comes."""
    recorder = Recorder()
    with house.playing(recorder) as future:
        recorder.control.asked_to_stop = True
        assert isinstance(future.exception(), CancelledError)
    nothing_is_left(house)


def test_a_play_that_takes_too_long_leaves_nothing(house: House) -> None:
    """The play's own bound is over."""
    with house.playing(Recorder(), seconds=12) as future:
        fault = future.exception()
    assert isinstance(fault, OperationFailedError)
    assert "took more than 12 seconds" in str(fault)
    nothing_is_left(house)


def test_a_play_whose_lease_ends_leaves_nothing(house: House) -> None:
    """The lease is not renewed any more: the play is over before somebody else may have the environment."""
    recorder = Recorder()
    with house.playing(recorder) as future:
        recorder.control.lease_ends = time.monotonic() + 12
        fault = future.exception()
        ended = time.monotonic()
    assert isinstance(fault, ConflictError)
    assert ended < recorder.control.lease_ends
    nothing_is_left(house)


def test_a_killed_controller_leaves_nothing(house: House) -> None:
    """Its play notices that nobody listens any more, ends what it runs here and on the hosts, and goes."""
    with a_controller(house, "op-killed") as controller:
        controller.kill()
        controller.wait()
        eventually(lambda: not plays_of(controller.pid))
    nothing_is_left(house, "op-killed")


def test_the_next_play_ends_what_a_machine_that_died_left_on_the_hosts(house: House) -> None:
    """Controller and play are gone in one stroke: no file stays here, and the next play ends what still runs there."""
    with a_controller(house, "op-dead") as controller:
        controller.send_signal(signal.SIGSTOP)  # nobody has the time to notice that the other is gone
        for process in plays_of(controller.pid):
            os.kill(process, signal.SIGKILL)
        controller.kill()
        controller.wait()
    assert all(house.sleepers(host) for host in HOSTS)
    house.play("told", variables={"word": "kept"})
    nothing_is_left(house, "op-dead")


def test_plays_of_another_lane_go_on_beside_it(house: House) -> None:
    """Hosts are told what is revoked while they are patched, and nothing of the patching is ended by that."""
    recorder = Recorder()
    with house.playing(recorder) as future:
        before = [house.sleepers(host) for host in HOSTS]
        house.play("told", variables={"word": "kept"}, lane=Lane.DOORS)
        assert [house.sleepers(host) for host in HOSTS] == before
        recorder.control.asked_to_stop = True
        assert isinstance(future.exception(), CancelledError)
    nothing_is_left(house)


@contextmanager
def a_controller(house: House, operation: str) -> Iterator[subprocess.Popen[str]]:
    """Start the long play in a process of its own; the block begins when its work runs on every host."""
    controller = subprocess.Popen(
        (sys.executable, "-m", "tests.integration.ansible.player", house.home, PLAYBOOKS, "long", operation),
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert controller.stdin is not None
    controller.stdin.write(house.environment.model_dump_json())
    controller.stdin.close()
    try:
        eventually(lambda: all(house.sleepers(host) for host in HOSTS))
        yield controller
    finally:
        if controller.poll() is None:
            controller.kill()
        controller.wait()


def test_a_secret_is_in_no_argument_and_no_file_while_it_is_used(house: House) -> None:
    """While the play runs its secret stands in no process's arguments, here or there, and in no file of ours."""
    recorder = Recorder()
    with house.playing(recorder, secrets={"token": SECRET}) as future:
        here = arguments()
        readable = [path.read_bytes() for path in house.home.rglob("*") if path.is_file()]
        there = [house.on_host(host, FIND, secret=SECRET.splitlines()[0]) for host in HOSTS]
        recorder.control.asked_to_stop = True
        future.exception()
    assert SECRET.splitlines()[0] not in here
    assert not any(SECRET.splitlines()[0].encode() in content for content in readable)
    assert there == ["none\n", "none\n"]


FIND = """
read -r secret
for file in /proc/[0-9]*/cmdline; do
  tr '\\0' ' ' < "$file" 2>/dev/null
done > /run/tenure-arguments
case "$(cat /run/tenure-arguments)" in *"$secret"*) echo found ;; *) echo none ;; esac
rm /run/tenure-arguments
"""
"""Looks for what it reads in the arguments of every process."""


def test_a_secret_is_masked_wherever_a_careless_playbook_tells_it(house: House) -> None:
    """Names of tasks, changed lines, errors and told facts: the value is hidden in each, whole and line by line."""
    recorder = Recorder()
    outcome = house.play("secrets", recorder, secrets={"token": SECRET})
    told = "\n".join(event.model_dump_json() for event in recorder.events) + outcome.model_dump_json()
    assert "second line" not in told
    assert "of-nobody-else" not in told
    assert "+token=******" in told
    assert "refused ******" in told


def test_every_file_that_jobs_leave_is_known(house: House) -> None:
    """After all kinds of ends the installation holds its sealed keys and the hosts' public ones, and nothing else."""
    before = {path: path.stat().st_mtime_ns for path in Path("/tmp").glob("tenure-*")}  # noqa: S108  as it is named
    house.play("told", variables={"word": "kept"}, secrets={"token": SECRET})
    after = {path: path.stat().st_mtime_ns for path in Path("/tmp").glob("tenure-*")}  # noqa: S108  as above
    assert after.keys() <= before.keys()
    nothing_is_left(house)
