"""Desired state in git, on a real forge and a real cloud: from the pull request to the end of the environment."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.plan_comment import MARKER
from orchestrator.domain.records import Kind, Role
from orchestrator.workflows.merged import COMMENT
from tests.cloud import CloudAccess
from tests.e2e.desk import PEOPLE, Desk
from tests.e2e.server import LOCAL_RANGES, Server, wait_for
from tests.forges.gitea_world import GiteaTown, GiteaWorld
from tests.forges.world import INSIDER, REVIEWER, SERVICE
from tests.gitea import running_gitea

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow, pytest.mark.timeout(900)]

NAME = "archives-minutes-test"
PATH = f"environments/{NAME}.yaml"
FILE = f"""\
# The minutes of the archives; ask the duty office before it grows.
unit: archives
system: minutes
reason: test before migration
stage: test
classified: false
mlps: 2
material:
  - {{kind: construction-plan, name: plan.pdf, sha256: {"5a" * 32}}}
  - {{kind: self-test-report, name: test.pdf, sha256: {"5b" * 32}}}
  - {{kind: resource-needs, name: needs.xlsx, sha256: {"5c" * 32}}}
environment:
  blueprint: single-host
  network: {{cidr: 10.20.0.0/24}}
  access_from: [{", ".join(LOCAL_RANGES)}]
"""


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GiteaWorld]:
    """Give a repository of a real Gitea; it is built when this machine has none yet, which takes minutes."""
    with running_gitea(tmp_path_factory.mktemp("gitea")) as gitea:
        world = GiteaTown.founded(gitea).world()
        yield world
        world.forge.close()


@pytest.fixture
def desk(world: GiteaWorld, server: Server, tmp_path: Path) -> Desk:
    """Give a running server that follows the repository, told by its webhook."""
    people = {INSIDER: Role.UNIT, REVIEWER: Role.OFFICE}
    accounts = [{"account": name, "name": PEOPLE[role], "roles": [str(role)]} for name, role in people.items()]
    file = tmp_path / "accounts.yaml"
    file.write_text(json.dumps({"accounts": accounts}))
    secret = secrets.token_hex(16)
    server.variables |= {
        "TENURE_FORGE": "gitea",
        "TENURE_FORGE_URL": world.settings.url,
        "TENURE_FORGE_REPOSITORY": world.path,
        "TENURE_FORGE_TOKEN": world.settings.token,
        "TENURE_FORGE_SECRET": secret,
        "TENURE_FORGE_ACCOUNTS": str(file),
        "TENURE_FORGE_LANGUAGE": "en",
        "TENURE_FORGE_POLL_SECONDS": "20",
    }
    server.start()
    world.send_deliveries_to(f"{server.url}/hooks/forge/gitea", secret)
    return Desk(server, tmp_path, "minutes")


def test_an_environment_lives_and_ends_by_pull_requests(desk: Desk, world: GiteaWorld, cloud: CloudAccess) -> None:
    """Proposed, shown, approved, merged, made; its drift found and mended; its file removed, and it ends."""
    number = _is_proposed_and_shown(world)
    _is_approved_and_made(desk, world, number)
    _drift_is_found_and_mended(desk, cloud)
    _is_removed_and_ends(desk, world)


def _said(world: GiteaWorld, number: int, marker: str) -> str:
    """Give what Tenure said about something; empty while it has said nothing."""
    return next((text for by, text in world.said(number) if by == SERVICE and marker in text), "")


def _is_proposed_and_shown(world: GiteaWorld) -> int:
    number = world.open(INSIDER, "minutes", {PATH: FILE})
    text = wait_for("the plan in a comment", lambda: _said(world, number, MARKER))
    assert NAME in text
    assert "sha256:" in text
    assert "server" in text.lower()
    return number


def _is_approved_and_made(desk: Desk, world: GiteaWorld, number: int) -> None:
    head = world.forge.pull_request(number).head
    wait_for("the check's status", lambda: world.statuses(head).get("tenure"))
    world.approve(number, REVIEWER)
    world.merge(number)
    wait_for("the environment", lambda: _state(desk) is EnvironmentState.READY)
    with desk.server.installation.records.read() as tx:
        (request,) = tx.requests.list(environment=NAME)
        check = tx.pulls.find("gitea", number)
    assert check is not None
    assert (request.kind, request.submitted_by.door) == (Kind.TEST, "git")
    assert check.digest in _said(world, number, MARKER)
    assert request.decisions[-1].bound_to == check.environments[0].plan_digest, "just the plan that was shown"
    assert request.id in wait_for("the result in a comment", lambda: _said(world, number, COMMENT))
    assert desk.one("reconciliation", "reconcile", "--once")["commit"]


def _state(desk: Desk) -> EnvironmentState | None:
    with desk.server.installation.records.read() as tx:
        found = tx.environments.find(NAME)
    return None if found is None else found.state


def _drift_is_found_and_mended(desk: Desk, cloud: CloudAccess) -> None:
    """Somebody takes a rule of a security group away by hand: it is found, named, and made again."""
    project = desk.server.environment_record(NAME).outputs.project_id
    with cloud.connection() as admin:
        network: Any = admin.network
        before = _rules(network, project)
        network.delete_security_group_rule(before[0])
        (found,) = _drifts(desk)
        assert (found["drift"], found["thing"]) == ("missing", before[0].id)
        desk.tenure("drift", "mend", NAME)
        assert len(_rules(network, project)) == len(before)
    assert _drifts(desk) == []


def _rules(network: Any, project: str) -> list[Any]:  # noqa: ANN401  the SDK's proxy has no type of one version
    return [rule for rule in network.security_group_rules(project_id=project) if rule.remote_ip_prefix]


def _drifts(desk: Desk) -> list[dict[str, Any]]:
    return [line for line in desk.tenure("drift", NAME) if line["type"] == "resource_drift"]


def _is_removed_and_ends(desk: Desk, world: GiteaWorld) -> None:
    """A removed file is a request for the end, which leaves nothing behind but its record."""
    number = world.open(INSIDER, "away", {PATH: None})
    assert "delete" in wait_for("the plan in a comment", lambda: _said(world, number, MARKER))
    world.approve(number, REVIEWER)
    world.merge(number)
    wait_for("the end", lambda: _state(desk) is EnvironmentState.RETIRED)
    assert desk.server.installation.ports.inventory.project_id(NAME) is None
    with desk.server.installation.records.read() as tx:
        assert [one.kind for one in tx.requests.list(environment=NAME)] == [Kind.TERMINATE, Kind.TEST]
