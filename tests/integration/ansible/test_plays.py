"""Plays on real hosts over real SSH: what comes home, and what stays behind."""

from __future__ import annotations

import pytest

from tests.integration.ansible.conftest import HOSTS, House
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]


def test_a_play_tells_what_came_of_each_host(house: House) -> None:
    """Counts and told facts come home for each host; every task's result on every host is an event."""
    recorder = Recorder()
    outcome = house.play("told", recorder, variables={"word": "kept"})
    assert [(host.host, host.succeeded, host.changed) for host in outcome.hosts] == [(name, True, 1) for name in HOSTS]
    assert outcome.hosts[0].told == {"who": "root", "operation": "op-test", "word": "kept"}
    changed = {(event.resource, event.action) for event in recorder.events if event.detail.startswith("changed")}
    assert changed == {(host, "Keep a word") for host in HOSTS}
