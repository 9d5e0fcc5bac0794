"""Minor and major changes (Art. 15): which criteria of the rulebook a change meets."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.change import Weight, meets, shrunk_volumes, takes_more, weigh
from orchestrator.domain.rulebook import Criterion
from orchestrator.domain.spec import EnvironmentSpec
from tests.samples import a_spec
from tests.unit.domain.samples import the_rulebook

RULES = the_rulebook()
BEFORE = a_spec()
WEB = BEFORE.roles[0]


def with_role(**changes: object) -> EnvironmentSpec:
    """Give the environment with another form of its role."""
    return a_spec(roles=[WEB.model_copy(update=changes).model_dump()])


def with_access(*ranges: str) -> EnvironmentSpec:
    """Give the environment open to other ranges."""
    flow = BEFORE.flows[0].model_dump()
    return a_spec(flows=[flow | {"peer_cidr": one} for one in ranges])


@pytest.mark.parametrize(
    ("after", "criterion"),
    [
        (a_spec(blueprint="three-tier"), Criterion.BLUEPRINT),
        (a_spec(roles=[WEB.model_dump(), WEB.model_dump() | {"name": "app"}]), Criterion.ROLES),
        (a_spec(network={"cidr": "10.21.0.0/24"}), Criterion.NETWORK),
        (with_access("10.0.0.0/8", "172.16.0.0/12"), Criterion.ACCESS_OPENED),
        (with_role(volumes=()), Criterion.DATA_LOST),
        (with_role(count=2), Criterion.GROWTH),
    ],
)
def test_each_criterion_makes_a_change_major(after: EnvironmentSpec, criterion: Criterion) -> None:
    """What the rulebook calls major needs the material again and passed tests."""
    assert criterion in meets(BEFORE, after, RULES)
    assert weigh(BEFORE, after, RULES) is Weight.MAJOR


def test_a_city_that_calls_nothing_major_has_minor_changes_only() -> None:
    """The list is data."""
    major = RULES.changes.major.model_copy(update={"kinds": ()})
    lenient = RULES.model_copy(update={"changes": RULES.changes.model_copy(update={"major": major})})
    assert weigh(BEFORE, a_spec(blueprint="three-tier"), lenient) is Weight.MINOR


@given(st.integers(8, 28), st.integers(0, 2**20))
def test_access_within_what_was_open_opens_nothing(prefix: int, host: int) -> None:
    """A narrower range of the same port is a minor change, wherever it lies inside."""
    inside = IPv4Network((int(IPv4Network("10.0.0.0/8")[0]) + (host << 3), 32)).supernet(new_prefix=prefix)
    assert Criterion.ACCESS_OPENED not in meets(BEFORE, with_access(str(inside)), RULES)


def test_another_port_is_opened_even_to_the_same_range() -> None:
    """What was open on one port was not open on another."""
    flow = BEFORE.flows[0].model_dump() | {"first_port": 22, "last_port": 22}
    after = a_spec(flows=[BEFORE.flows[0].model_dump(), flow])
    assert meets(BEFORE, after, RULES) == (Criterion.ACCESS_OPENED,)


def test_growth_counts_from_the_rulebooks_share_on() -> None:
    """Two of four hosts more are half; one more is a quarter."""
    four, five, six = (with_role(count=count) for count in (4, 5, 6))
    assert Criterion.GROWTH not in meets(four, five, RULES)
    assert Criterion.GROWTH in meets(four, six, RULES)


@given(st.integers(1, 5), st.integers(1, 5))
def test_more_of_anything_takes_more(was: int, will: int) -> None:
    """Art. 46: a hold stops exactly what takes more hosts, memory or volumes than there were."""
    before, after = with_role(count=was), with_role(count=will)
    assert takes_more(before, after) == (will > was)


def test_a_smaller_volume_is_named() -> None:
    """By host and volume; a volume that goes away with its host is a loss, not a smaller one."""
    large = with_role(count=2, volumes=(WEB.volumes[0].model_copy(update={"size_gib": 9}),))
    assert shrunk_volumes(large, with_role(count=1)) == ("web-1-data",)
    assert shrunk_volumes(BEFORE, large) == ()
