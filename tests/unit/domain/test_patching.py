"""Batches, windows, exclusions and the figure of compliance (Art. 30, 32)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.blueprint_care import BlueprintCare, PatchHours
from orchestrator.domain.calendar import SATURDAY, SHANGHAI, local_date
from orchestrator.domain.patching import (
    HostPatches,
    Update,
    batches,
    closes_at,
    compliance,
    in_force,
    next_opening,
    window_of,
)
from orchestrator.domain.records import Exclusion
from tests.fakes.installation import LIBRARY, PROVIDER
from tests.samples import START, an_environment

RULES, CALENDAR = LIBRARY.rulebook(), LIBRARY.calendar()
WINDOW = RULES.care.patch_window
INSTANTS = st.integers(1_770_000_000, 1_790_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
"""February to September 2026: the calendar of the year is published."""


def an_exclusion(**fields: object) -> Exclusion:
    """Give a hold."""
    usual = {"id": "excl-1", "environment": "water-gauge-live", "subject": "s", "package": "openssl"}
    return Exclusion.model_validate(usual | {"reason": "driver", "by": PROVIDER, "at": START} | fields)


@given(st.integers(1, 60), st.booleans(), st.integers(1, 100))
def test_every_host_has_its_turn_once(count: int, bastion_is_apart: bool, share: int) -> None:  # noqa: FBT001  drawn
    """Whatever the share: a canary alone first, the bastion alone at last."""
    hosts = tuple(f"web-{number}" for number in range(1, count + 1))
    bastion = "bastion-1" if bastion_is_apart else hosts[0]
    known = (*hosts, bastion) if bastion_is_apart else hosts
    order = batches(known, bastion, share)
    assert sorted(host for batch in order for host in batch) == sorted(known)
    assert len(order[0]) == 1
    assert order[-1] == (bastion,)


def test_a_share_is_of_what_the_canary_leaves() -> None:
    """Ten hosts and a bastion at half: one, five, four, and the bastion."""
    hosts = tuple(f"web-{number}" for number in range(10))
    assert [len(batch) for batch in batches((*hosts, "b"), "b", 50)] == [1, 5, 4, 1]


def test_an_environment_of_one_host_has_its_canary_only() -> None:
    """It is its own bastion."""
    assert batches(("web-1",), "web-1") == (("web-1",),)


@given(INSTANTS)
def test_the_next_window_is_open_when_it_begins(instant: datetime) -> None:
    """It begins later than the instant, on a day of the rulebook that nobody works."""
    begins = next_opening(WINDOW, CALENDAR, instant)
    assert begins > instant
    end = closes_at(WINDOW, CALENDAR, begins)
    assert end is not None
    assert closes_at(WINDOW, CALENDAR, begins - timedelta(seconds=1)) is None
    assert closes_at(WINDOW, CALENDAR, end) is None
    assert local_date(begins).isoweekday() in WINDOW.days
    assert not CALENDAR.is_working_day(local_date(begins))


def test_a_weekend_day_that_is_worked_opens_no_window() -> None:
    """The Saturday after the Spring Festival of 2026 is worked (调休): the next window is Sunday's."""
    worked = date(2026, 2, 28)
    assert worked.weekday() == SATURDAY
    assert CALENDAR.is_working_day(worked)
    noon = datetime(2026, 2, 28, 12, tzinfo=SHANGHAI)
    assert next_opening(WINDOW, CALENDAR, noon) == datetime(2026, 3, 1, 22, tzinfo=SHANGHAI)
    assert closes_at(WINDOW, CALENDAR, noon.replace(hour=23)) is None
    assert closes_at(WINDOW, CALENDAR, datetime(2026, 3, 1, 3, tzinfo=SHANGHAI)) is None


def test_nights_of_working_days_are_windows_where_a_blueprint_says_so() -> None:
    """Its hours stand in the place of the rulebook's; the article stays."""
    own = window_of(RULES, BlueprintCare(patch_window=PatchHours(days=(2,), begins="01:00", ends="05:00")))
    assert own.article == WINDOW.article
    tuesday = datetime(2026, 3, 24, 2, tzinfo=SHANGHAI)
    assert closes_at(own, CALENDAR, tuesday) == tuesday.replace(hour=5)
    assert window_of(RULES, BlueprintCare()) == WINDOW


def test_hours_that_were_decided_for_an_environment_count_before_all_others() -> None:
    """Neither its blueprint's nor the rulebook's."""
    blueprint = BlueprintCare(patch_window=PatchHours(days=(2,), begins="01:00", ends="05:00"))
    decided = window_of(RULES, blueprint, PatchHours(days=(4,), begins="23:00", ends="02:00"))
    assert (decided.days, decided.begins, decided.article) == ((4,), "23:00", WINDOW.article)


def test_exclusions_count_to_the_end_of_their_day() -> None:
    """A hold has no day; a lifted one counts no more."""
    hold = an_exclusion()
    dated = an_exclusion(until=date(2026, 3, 2))
    lifted = an_exclusion(lifted_at=START)
    assert in_force((hold, dated, lifted), date(2026, 3, 2)) == (hold, dated)
    assert in_force((hold, dated, lifted), date(2026, 3, 3)) == (hold,)


def an_update(**fields: object) -> Update:
    """Give a pending security update."""
    usual = {"package": "openssl", "installed": "1.0", "candidate": "1.1", "security": True}
    return Update.model_validate(usual | fields)


def test_nobody_is_compliant_before_somebody_looked() -> None:
    """Silence is no evidence."""
    figure = compliance(an_environment(), {}, None, None, RULES, START)
    assert not figure.compliant
    assert figure.days_since is None


def test_the_figure_counts_by_severity_and_by_age() -> None:
    """Held ones count too: an exclusion does not make an environment safe."""
    now = START + timedelta(days=20)
    host = HostPatches(
        pending=(
            an_update(since=START + timedelta(days=5)),
            an_update(package="bash", security=False, since=START),
            an_update(package="curl", held=True, since=START + timedelta(days=7)),
        ),
        reboot=True,
    )
    figure = compliance(an_environment(), {"web-1": host}, now, START, RULES, now)
    assert (figure.security, figure.other, figure.held, figure.reboots) == (2, 1, 1, ("web-1",))
    assert (figure.days_since, figure.oldest_security_days, figure.allowed_days) == (20, 15, 14)
    assert not figure.compliant


def test_a_newer_version_does_not_begin_the_time_anew() -> None:
    """The package waits since its first update was seen; one that was installed meanwhile begins anew."""
    first = HostPatches(pending=(an_update(),)).seen_since(None, START)
    later = START + timedelta(days=3)
    second = HostPatches(pending=(an_update(candidate="1.2"), an_update(package="bash"))).seen_since(first, later)
    assert {each.package: each.since for each in second.pending} == {"openssl": START, "bash": later}
