"""Plans that differ in what a test says, and plans at random."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from orchestrator.domain.names import Stage
from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.spec import EnvironmentSpec, Totals
from tests.samples import a_spec

MADE_AT = datetime(2026, 3, 2, tzinfo=UTC)
PROPERTIES = st.lists(st.sampled_from(["flavorName", "imageName", "tags"]), unique=True).map(sorted).map(tuple)
TIMES = st.datetimes(timezones=st.just(UTC))
STEPS = st.lists(
    st.builds(
        PlannedStep,
        urn=st.from_regex(r"urn:[a-z]{1,2}", fullmatch=True),
        type=st.sampled_from(["openstack:compute/instance:Instance", "openstack:blockstorage/volume:Volume"]),
        name=st.from_regex(r"[a-z]{1,2}", fullmatch=True),
        action=st.sampled_from(Action),
        changed=PROPERTIES,
        replaces=PROPERTIES,
        stateful=st.booleans(),
    ),
    max_size=6,
).map(tuple)


def _wish(count: int, size_gib: int, stage: Stage, flows: list[dict[str, Any]], dns: list[str]) -> EnvironmentSpec:
    volume = {"name": "data", "size_gib": size_gib, "mount": "/srv"}
    role = a_spec().roles[0].model_dump() | {"count": count, "volumes": [volume]}
    network = {"cidr": "10.20.0.0/24", "dns": dns}
    return a_spec(roles=[role], stage=stage, flows=flows, network=network)


FLOWS = [
    {"role": "web", "first_port": port, "last_port": port, "peer_cidr": source}
    for port in (80, 443)
    for source in ("10.0.0.0/8", "172.16.0.0/12")
]
SPECS = st.builds(
    _wish,
    count=st.integers(1, 3),
    size_gib=st.integers(1, 3),
    stage=st.sampled_from(Stage),
    flows=st.lists(st.sampled_from(FLOWS), max_size=3),
    dns=st.lists(st.sampled_from(["10.0.0.2", "10.0.0.3"]), max_size=2),
)
PLANS = st.builds(
    Plan,
    environment=st.sampled_from(["water-gauge-test", "water-gauge-live"]),
    spec=SPECS,
    steps=STEPS,
    totals=SPECS.map(lambda spec: spec.totals),
    before=st.none() | SPECS.map(lambda spec: spec.totals),
    made_at=TIMES,
)


def a_plan(
    steps: tuple[PlannedStep, ...],
    *,
    spec: EnvironmentSpec | None = None,
    before: Totals | None = None,
    made_at: datetime = MADE_AT,
) -> Plan:
    """Give a plan of these steps."""
    spec = spec or a_spec()
    return Plan(environment=spec.name, spec=spec, steps=steps, totals=spec.totals, before=before, made_at=made_at)
