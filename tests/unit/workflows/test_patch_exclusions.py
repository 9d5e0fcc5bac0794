"""What patching leaves alone, and how the figure of compliance counts (Art. 30, 32)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.workflows import patches
from orchestrator.workflows.manner import Manner
from tests.fakes.installation import OFFICE, PROVIDER, UNIT
from tests.fakes.patching import an_update
from tests.tenancy_steps import TEST
from tests.unit.workflows.patched import HOSTS, Patched


def test_an_exclusion_ends_by_itself(patched: Patched) -> None:
    """Until its last day the package is left alone and counted as held; the day after it is patched."""
    today = date(2026, 3, 2)
    patches.exclude(patched.installation.ports, TEST, "openssl", "breaks the driver", PROVIDER, today)
    done = patched.ask()
    assert done.state is OperationState.SUCCEEDED
    assert patched.patched() == set()
    assert patched.standing().compliance.held == len(HOSTS)
    patched.installation.clock.advance(timedelta(days=1))
    patched.ask()
    assert patched.patched() == set(HOSTS)


def test_a_hold_ends_when_it_is_lifted(patched: Patched) -> None:
    """It says why, and unit and office read it; a second one of the same package is a conflict."""
    ports = patched.installation.ports
    made = patches.exclude(ports, TEST, "openssl", "breaks the driver", PROVIDER, None)
    with pytest.raises(ConflictError):
        patches.exclude(ports, TEST, "openssl", "again", PROVIDER, None)
    assert "patch-excluded" in patched.installation.notices(TEST)
    patches.lift(ports, made.id, PROVIDER)
    with pytest.raises(ConflictError):
        patches.lift(ports, made.id, PROVIDER)
    patched.ask()
    assert patched.patched() == set(HOSTS)


@pytest.mark.parametrize(
    ("package", "reason", "until"),
    [("", "x", None), ("a b", "x", None), ("*", "x", None), ("openssl", " ", None), ("openssl", "x", date(2026, 1, 1))],
)
def test_exclusions_that_make_no_sense(patched: Patched, package: str, reason: str, until: date | None) -> None:
    """No name, everything, no reason, a day that is over."""
    with pytest.raises(BadInputError):
        patches.exclude(patched.installation.ports, TEST, package, reason, PROVIDER, until)


def test_only_the_provider_patches(patched: Patched) -> None:
    """Art. 30, 32: units patch their own applications."""
    ports = patched.installation.ports
    for actor in (UNIT, OFFICE):
        with pytest.raises(RefusedError):
            patches.ask(ports, TEST, Manner.FOR_GOOD, actor)
        with pytest.raises(RefusedError):
            patches.exclude(ports, TEST, "openssl", "x", actor, None)
    with pytest.raises(NotFoundError):
        patches.lift(ports, "excl-none", PROVIDER)


def test_updates_keep_the_day_on_which_they_were_seen_first(patched: Patched) -> None:
    """A newer version of a package does not begin its time anew; past the rulebook's days it is not compliant."""
    patched.ask(Manner.REHEARSAL)
    patched.installation.clock.advance(timedelta(days=10))
    patched.fake.pending = {host: [an_update(candidate="1.2")] for host in HOSTS}
    patched.ask(Manner.REHEARSAL)
    figure = patched.standing().compliance
    assert (figure.oldest_security_days, figure.compliant) == (10, True)
    patched.installation.clock.advance(timedelta(days=5))
    assert not patched.standing().compliance.compliant
