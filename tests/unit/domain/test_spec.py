"""The specification of an environment: consistent in itself, whoever made it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.domain.names import Stage, environment_name
from orchestrator.domain.spec import EnvironmentSpec, Flow
from tests.samples import a_spec

ROLE: dict[str, Any] = {
    "name": "web",
    "count": 2,
    "flavor": "m1.small",
    "size": {"vcpus": 2, "ram_mib": 1024},
    "image": "debian-12",
    "volumes": [{"name": "data", "size_gib": 10, "mount": "/srv"}],
}


class TestConsistency:
    """What can't be true together is refused."""

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"roles": [ROLE, ROLE]}, "two roles have one name"),
            ({"bastion": "gate"}, "is none of the roles"),
            ({"flows": [{"role": "web", "peer_role": "cache"}]}, "flows name unknown roles: cache"),
            ({"roles": [ROLE | {"count": 12}], "network": {"cidr": "10.0.0.0/28"}}, "has room for 11 hosts"),
            ({"network": {"cidr": "8.8.8.0/24"}}, "is no private address range"),
            ({"network": {"cidr": "10.0.0.0/15"}}, "outside the sizes"),
            ({"flows": [{"role": "web"}]}, "exactly one peer"),
            ({"flows": [{"role": "web", "peer_role": "web", "peer_cidr": "10.0.0.0/8"}]}, "exactly one peer"),
            ({"flows": [{"role": "web", "peer_role": "web", "first_port": 1}]}, "both first_port and last_port"),
            ({"flows": [{"role": "web", "peer_role": "web", "first_port": 2, "last_port": 1}]}, "above last_port"),
            ({"flows": [{"role": "web", "peer_cidr": "0.0.0.0/0"}]}, "open to the world"),
        ],
    )
    def test_a_contradiction_is_refused(self, changes: dict[str, Any], message: str) -> None:
        """With the reason."""
        with pytest.raises(ValidationError, match=message):
            a_spec(**changes)

    def test_what_leaves_may_go_anywhere(self) -> None:
        """Only ingress is narrow."""
        flow = Flow.model_validate({"role": "web", "direction": "egress", "peer_cidr": "0.0.0.0/0"})
        assert flow.key == "web-egress-tcp-all-0.0.0.0_0"


class TestFacts:
    """What follows from a specification."""

    def test_totals_count_every_host_of_every_role(self) -> None:
        """Volumes are per host."""
        totals = a_spec(roles=[ROLE, ROLE | {"name": "db", "count": 1, "volumes": []}]).totals
        assert (totals.hosts, totals.vcpus, totals.ram_mib) == (3, 6, 3072)
        assert (totals.volumes, totals.volume_gib, totals.addresses) == (2, 20, 1)

    def test_hosts_are_numbered_from_one(self) -> None:
        """In order."""
        assert a_spec(roles=[ROLE]).role("web").host_names() == ("web-1", "web-2")

    @pytest.mark.parametrize(
        ("stage", "name", "protected"),
        [
            (Stage.TEST, "water-gauge-test", False),
            (Stage.TRIAL, "water-gauge-live", True),
            (Stage.PRODUCTION, "water-gauge-live", True),
        ],
    )
    def test_trial_and_production_are_one_protected_environment(
        self, stage: Stage, name: str, *, protected: bool
    ) -> None:
        """A test may go; what is live is protected from deletion."""
        spec = a_spec(stage=stage)
        assert (spec.name, spec.protected) == (name, protected)
        assert environment_name("water", "gauge", stage) == name

    def test_every_resource_can_be_traced_to_its_request(self) -> None:
        """Unit, system, stage and request are its marks."""
        assert a_spec().marks() == {
            "unit": "water",
            "system": "gauge",
            "stage": "test",
            "request": "req-1",
            "managed-by": "tenure",
        }

    def test_an_unknown_field_is_refused(self) -> None:
        """A specification from a newer version is not half understood."""
        with pytest.raises(ValidationError, match="extra"):
            EnvironmentSpec.model_validate(a_spec().model_dump() | {"firewall": True})
