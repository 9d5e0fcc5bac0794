"""Every step of a patch run fails in turn and dies in turn, and is repeated (Art. 30, 32)."""

from __future__ import annotations

import pytest

from orchestrator.workflows import patches
from orchestrator.workflows.manner import Manner
from tests.fakes.installation import PROVIDER
from tests.fakes.patching import an_update
from tests.fakes.points import Trouble, die, refuse
from tests.tenancy_steps import TEST
from tests.unit.workflows.attempts import Rows, run_to_the_end
from tests.unit.workflows.patched import HOSTS, Patched


@pytest.mark.parametrize("rows", Rows)
@pytest.mark.parametrize("trouble", [die, refuse], ids=["dies", "fails"])
def test_trouble_at_every_point_ends_with_all_hosts_patched(patched: Patched, trouble: Trouble, rows: Rows) -> None:
    """The controller is killed, or a step fails, at each point in turn: the next attempts end well."""
    number = 0
    while True:
        number += 1
        patched.fake.pending = {host: [an_update()] for host in HOSTS}
        operation = patches.ask(patched.installation.ports, TEST, Manner.FOR_GOOD, PROVIDER)
        before = len(patched.installation.points.passed)
        patched.installation.points.at_number(number, trouble)
        attempts = run_to_the_end(patched.installation, operation, rows)
        patched.installation.points.calm()
        assert patched.patched() == set(HOSTS)
        assert patched.rewind.copies == {}
        if attempts == 1 and number > len(patched.installation.points.passed) - before:
            break
    assert number > 10
