"""What a change has to reckon with: what the cloud has of the environment already."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.pulumi.present import Present, look
from orchestrator.domain.quota import NOTHING
from stacks.context import Surplus
from tests.samples import a_spec
from tests.unit.adapters.pulumi.fake_cloud import FORBIDDEN, FakeCloud

OURS = {"managed-by": "tenure"}
MINE = {"project_id": "p-1"}


def server(name: str, vcpus: int = 1, ram: int = 512, **more: Any) -> dict[str, Any]:  # noqa: ANN401  fields of a thing
    """Give a server of the environment as Nova lists it."""
    return {"id": f"s-{name}", "name": name, "flavor": {"vcpus": vcpus, "ram": ram}, "metadata": OURS, **MINE, **more}


def volume(name: str, size: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401  fields of a thing
    """Give a volume of the environment as Cinder lists it."""
    return {"id": f"v-{name}", "name": name, "size": size, "metadata": OURS | {"host": "web-1"}, **MINE, **more}


def cloud(servers: list[dict[str, Any]], volumes: list[dict[str, Any]], *rules: str | None) -> FakeCloud:
    """Give a project with one address and these things."""
    return FakeCloud(
        {
            ("identity", "/projects"): [{"id": "p-1", "name": "water-gauge-test"}],
            ("compute", "/servers"): servers,
            ("block-storage", "/volumes"): volumes,
            ("network", "/floatingips"): [{"id": "f-1", **MINE}],
            ("network", "/security-group-rules"): [{"id": "r", "description": text, **MINE} for text in rules],
        }
    )


def test_a_new_environment_has_nothing() -> None:
    """There is no project: nothing to compare with, and no surplus."""
    assert look(FakeCloud({}), a_spec()) == Present()


def test_what_is_as_specified_leaves_no_surplus() -> None:
    """Its cost is that of the specification, whatever was put beside it."""
    restored = volume("copy", 9, metadata={})
    (flow,) = a_spec().flows
    found = look(
        cloud([server("web-1"), server("by-hand", metadata={})], [volume("web-1-data", 1), restored], flow.key),
        a_spec(),
    )
    assert found.totals == a_spec().totals
    assert found.surplus == Surplus()
    assert not found.surplus.is_there
    assert found.grown == {"web-1-data": 1}


def test_what_has_to_go_is_surplus_until_it_is_gone() -> None:
    """A host and its volume, a rule that no flow declares any more, and what a server has to give back."""
    servers = [server("web-1", vcpus=4, ram=1024), server("web-2", vcpus=2, ram=2048)]
    volumes = [volume("web-1-data", 1), volume("web-2-data", 3)]
    found = look(cloud(servers, volumes, "web-ingress-closed", None, ""), a_spec())
    assert found.surplus.totals == NOTHING.model_copy(
        update={"hosts": 1, "vcpus": 2 + 3, "ram_mib": 2048 + 512, "volumes": 1, "volume_gib": 3}
    )
    assert found.surplus.rules == 1


def test_a_volume_that_grew_is_no_surplus() -> None:
    """It can't become smaller, so nothing is waited for; its size is told instead."""
    found = look(cloud([server("web-1")], [volume("web-1-data", 7)]), a_spec())
    assert not found.surplus.is_there
    assert found.grown == {"web-1-data": 7}
    assert found.totals is not None
    assert found.totals.volume_gib == 7


def test_an_account_that_may_only_read_in_projects_sees_the_same() -> None:
    """It asks inside the environment's project, where that is among its own; else there is nothing yet."""
    (flow,) = a_spec().flows
    seen = cloud([server("web-1"), server("web-2")], [volume("web-1-data", 3)], flow.key)
    everything = look(seen, a_spec())
    others = {"id": "s-x", "name": "web-9", "project_id": "p-9", "metadata": OURS}
    seen.things["compute", "/servers"].append(others)
    seen.things["identity", "/projects"] = [FORBIDDEN]
    assert look(seen, a_spec()) == Present()
    seen.things["identity", "/auth/projects"] = [{"id": "p-9", "name": "else"}, {"id": "p-1", "name": a_spec().name}]
    assert look(seen, a_spec()) == everything
    assert everything.surplus.is_there
