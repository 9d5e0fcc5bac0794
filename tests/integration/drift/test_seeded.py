"""Drift that somebody seeds by hand is found and named exactly; a clean fleet has none; a mend leads back."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import RefusedError
from orchestrator.domain.records import ThingKind
from tests.integration.drift.conftest import Standing
from tests.integration.pulumi.test_changes import Pulumi, pulumi

__all__ = ["pulumi"]

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow]

WAIT_SECONDS = 60


def by_hand(standing: Standing) -> tuple[dict[str, Any], Any, Any, Any, Any]:
    """Give the marks of the project, and the services, as somebody at a console has them."""
    admin: Any = standing.admin
    return {"project_id": standing.project}, admin.network, admin.compute, admin.identity, admin.block_storage


def test_a_clean_fleet_has_no_drift(standing: Standing) -> None:
    """By the lists, beside every other project of the cloud, and by the engine's own look."""
    others = [one.id for one in standing.admin.list_projects()]
    assert standing.drifts(*others) == []
    assert standing.exact() == ()


def test_ten_drifts_of_every_class_are_named_and_mended(standing: Standing) -> None:
    """Changed, missing and extra things of five services at once; what is extra stays when the rest is mended."""
    mine, network, compute, identity, storage = by_hand(standing)
    port, subnet, group = (standing.id_of(name) for name in ("port-web-1", "subnet", "group-web"))
    rule = next(thing for thing in standing.made.things if thing.kind is ThingKind.RULE)
    network.update_port(port, admin_state_up=False)
    network.update_subnet(subnet, dns_nameservers=["192.0.2.53"])
    network.update_router(standing.id_of("router"), name="renamed")
    compute.update_quota_set(standing.project, cores=64)
    storage.update_volume(standing.id_of("volume-web-1-data"), name="mine")
    network.delete_security_group_rule(rule.id)
    network.update_ip(standing.id_of("bastion-address"), port_id=None)
    opened = network.create_security_group_rule(
        security_group_id=group,
        direction="ingress",
        protocol="tcp",
        port_range_min=22,
        port_range_max=22,
        remote_ip_prefix="0.0.0.0/0",
        **mine,
    )
    beside = network.create_network(name="beside", **mine)
    reader = identity.find_role("reader", ignore_missing=False)
    somebody = identity.create_user(name="drift-somebody", domain_id="default")
    identity.assign_project_role_to_user(standing.project, somebody, reader)
    extra = {
        ("extra", "ingress tcp 22 from 0.0.0.0/0 in role-web", ()),
        ("extra", "beside", ()),
        ("extra", "reader of drift-somebody", ()),
    }
    try:
        assert standing.told() == {
            ("changed", "port-web-1", ("admin_state_up",)),
            ("changed", "subnet", ("dns",)),
            ("changed", "router", ("name",)),
            ("changed", "compute-quota", ("cores",)),
            ("changed", "volume-web-1-data", ("name",)),
            ("changed", "bastion-address", ("port",)),
            ("missing", rule.name, ()),
            *extra,
        }
        assert {step.name for step in standing.exact()} == {
            "port-web-1",
            "subnet",
            "router",
            "compute-quota",
            "volume-web-1-data",
            "bastion-address",
            rule.name,
        }
        standing.provisioner.mend(standing.job("op-mend"))
        assert standing.told() == extra
    finally:
        network.delete_security_group_rule(opened)
        network.delete_network(beside)
        identity.delete_user(somebody)
    assert standing.told() == set()


def test_copies_that_nothing_of_ours_made_are_extra(standing: Standing, vault: FileVault) -> None:
    """Snapshots and images carry data away; those of backups and ways back are known by their marks."""
    user = next(thing.id for thing in standing.made.things if thing.kind is ThingKind.USER)
    password = vault.derive(f"service-user/{standing.spec.name}")
    inside: Any = standing.admin.connect_as(user_id=user, password=password, project_id=standing.project)
    volume = standing.id_of("volume-web-1-data")
    made = inside.block_storage.create_snapshot(volume_id=volume, name="a-copy", is_forced=True)
    ours = inside.block_storage.create_snapshot(
        volume_id=volume, name="b-1", is_forced=True, metadata=standing.spec.marks()
    )
    image = inside.image.create_image("an-image", disk_format="raw", container_format="bare")
    try:
        assert standing.told() == {("extra", "a-copy", ()), ("extra", "an-image", ())}
    finally:
        for snapshot in (made, ours):
            inside.block_storage.wait_for_status(snapshot, "available", interval=0.3, wait=WAIT_SECONDS)
            inside.block_storage.delete_snapshot(snapshot)
            inside.block_storage.wait_for_delete(snapshot, interval=0.3, wait=WAIT_SECONDS)
        inside.image.delete_image(image)


def test_a_project_with_our_mark_is_seen_beside_those_that_are_asked_for(standing: Standing) -> None:
    """By that an orphan is found; what others made is left out."""
    _, _, _, identity, _ = by_hand(standing)
    marked = identity.create_project(name="drift-orphan", description="managed-by=tenure request=req-none")
    other = identity.create_project(name="drift-other", description="somebody else's")
    try:
        seen = {thing.id for thing in standing.fleet.look({standing.project}).things}
        assert marked.id in seen
        assert other.id not in seen
    finally:
        identity.delete_project(marked)
        identity.delete_project(other)


def test_what_held_data_is_told_once_and_never_made_anew(standing: Standing, pulumi: Pulumi) -> None:
    """A stopped server is changed; one that is gone is missing without its attachment, and no mend makes it."""
    _, _, compute, _, _ = by_hand(standing)
    server = compute.get_server(standing.id_of("server-web-1"))
    compute.stop_server(server)
    compute.wait_for_server(server, status="SHUTOFF", wait=WAIT_SECONDS, interval=0.3)
    assert standing.told() == {("changed", "server-web-1", ("status",))}
    compute.delete_server(server)
    compute.wait_for_delete(server, wait=WAIT_SECONDS, interval=0.3)
    assert standing.told() == {("missing", "server-web-1", ())}
    with pytest.raises(RefusedError, match="would cost data") as caught:
        standing.provisioner.mend(standing.job("op-mend"))
    assert caught.value.diagnostic.detail == "create server-web-1"
    assert standing.told() == {("missing", "server-web-1", ())}
    pulumi("refresh", "--stack", standing.spec.name, "--yes", "--non-interactive")
    standing.provisioner.up(standing.job("op-again"))
    assert standing.told() == set()
