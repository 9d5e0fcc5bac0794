"""Evidence never comes from silence: what a listing does when a service fails, is unknown, or is seldom seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackInventory, isolation
from orchestrator.adapters.openstack import inventory as inventory_of
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import leftovers
from stacks.naming import group_name, service_user
from tests.fakes.answering_cloud import BASIC, AnsweringCloud, answering_cloud

NAME = "water-gauge-test"


@pytest.fixture
def cloud() -> Iterator[AnsweringCloud]:
    """A cloud with one empty project."""
    with answering_cloud() as answering:
        yield answering.holding_a_project()


def an_inventory(cloud: AnsweringCloud, folder: Path, ignored: frozenset[str] = frozenset()) -> OpenStackInventory:
    """Give an inventory of the answering cloud."""
    administrator = Cloud("answering", clouds_yaml=cloud.clouds_yaml(folder))
    return OpenStackInventory(administrator, FileVault(folder), ignored_services=ignored)


def test_an_empty_project_has_no_leftovers(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Project, user and role are told, nothing else."""
    found = an_inventory(cloud, tmp_path).list_project(NAME)
    assert leftovers(found) == ()
    assert [one.type for one in found] == ["project", "role_assignment", "user"]


@pytest.mark.parametrize(
    ("service", "path", "named"),
    [
        ("compute", "servers", "compute"),
        ("compute", "os-keypairs", "compute"),
        ("network", "trunks", "network"),
        ("network", "extensions", "network"),
        ("block-storage", "backups", "volume"),
        ("image", "images", "image"),
        ("identity", "application_credentials", "identity"),
    ],
)
def test_one_failing_call_fails_the_listing(
    cloud: AnsweringCloud, tmp_path: Path, service: str, path: str, named: str
) -> None:
    """A 500 of one call among thirty is an error that names the service and has the cloud's words."""
    cloud.answers["network", "extensions"] = [{"alias": "trunk", "name": "Trunks"}]
    cloud.answers[service, path] = 500
    with pytest.raises(OperationFailedError, match=f"{named} failed with status 500") as caught:
        an_inventory(cloud, tmp_path).list_project(NAME)
    assert f"{service} is out of order" in caught.value.diagnostic.detail


def test_a_service_that_may_not_be_listed_fails_the_listing(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """An account that is no administrator sees nothing of other projects: that is no evidence."""
    cloud.answers["compute", "servers"] = 403
    with pytest.raises(OperationFailedError, match="compute does not permit this") as caught:
        an_inventory(cloud, tmp_path).list_project(NAME)
    assert "administrator" in str(caught.value.diagnostic.hint)


def test_an_unknown_service_fails_the_listing(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """What a project holds in a service that the inventory cannot list is not known to be nothing."""
    cloud.services = (*BASIC, "workflow", "metric")
    with pytest.raises(OperationFailedError, match="does not know the service workflow"):
        an_inventory(cloud, tmp_path).list_project(NAME)


def test_an_administrator_may_vouch_for_a_service(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """The setting names services that hold nothing of a project."""
    cloud.services = (*BASIC, "workflow")
    assert leftovers(an_inventory(cloud, tmp_path, frozenset({"workflow"})).list_project(NAME)) == ()


@pytest.mark.parametrize(
    ("service", "path", "item", "kind"),
    [
        ("load-balancer", "loadbalancers", {"id": "x", "name": "left", "project_id": "p-1"}, "load_balancer"),
        ("dns", "zones", {"id": "x", "name": "left", "project_id": "p-1"}, "zone"),
        ("key-manager", "secrets", {"secret_ref": "http://127.0.0.1/v1/secrets/x", "name": "left"}, "secret"),
        ("orchestration", "stacks", {"id": "x", "stack_name": "left"}, "stack"),
        ("shared-file-system", "shares", {"id": "x", "name": "left", "project_id": "p-1"}, "share"),
    ],
)
def test_services_that_only_some_clouds_have_are_listed(
    cloud: AnsweringCloud, tmp_path: Path, service: str, path: str, item: dict[str, str], kind: str
) -> None:
    """When the catalogue has them, what they hold of the project is a leftover."""
    cloud.services = (*BASIC, service)
    cloud.answers[service, path] = [item]
    (left,) = leftovers(an_inventory(cloud, tmp_path).list_project(NAME))
    assert (left.type, left.name) == (kind, "left")


def test_an_object_container_is_seen_by_the_projects_own_user(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Object storage shows an account to itself: the service user logs in with the password that the vault derives."""
    cloud.services = (*BASIC, "object-store")
    cloud.answers["object-store", ""] = [{"name": "left", "count": 0, "bytes": 0}]
    (left,) = leftovers(an_inventory(cloud, tmp_path).list_project(NAME))
    assert (left.service, left.type, left.name) == ("object-store", "container", "left")
    assert cloud.logins == ["admin", "u-1"]


def test_things_of_other_projects_are_left_out(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Some services ignore a filter: what says that it belongs elsewhere is not the project's."""
    mine = {"id": "a", "name": "mine", "tenant_id": "p-1", "project_id": "p-1"}
    cloud.answers["network", "ports"] = [mine, mine | {"id": "b", "project_id": "p-2", "tenant_id": "p-2"}]
    assert [one.id for one in leftovers(an_inventory(cloud, tmp_path).list_project(NAME))] == ["a"]


def test_two_projects_of_one_name_are_told(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Names are unique in a domain only; whose project it is cannot be guessed."""
    project = {"name": NAME, "domain_id": "a", "id": "p-1"}
    cloud.answers["identity", "projects"] = [project, project | {"domain_id": "b", "id": "p-2"}]
    with pytest.raises(OperationFailedError, match="2 projects of the name"):
        an_inventory(cloud, tmp_path).project_id(NAME)


def test_no_secret_is_in_an_error(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Neither password nor token stands in what people see."""
    cloud.answers["compute", "servers"] = 500
    with pytest.raises(OperationFailedError) as caught:
        an_inventory(cloud, tmp_path).list_project(NAME)
    said = str(caught.value.diagnostics)
    assert "of-the-administrator" not in said
    assert "token-of-the-answering-cloud" not in said


def test_a_service_user_that_outlived_its_project_is_found(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """The proof of a teardown sees the user by its name, and what hangs on it, though the project is gone."""
    cloud.answers["identity", "projects"] = []
    cloud.answers["compute", "os-keypairs"] = [{"keypair": {"name": "left", "fingerprint": "f"}}]
    found = an_inventory(cloud, tmp_path).list_project(NAME)
    assert [(one.type, one.name) for one in found] == [("keypair", "left"), ("user", service_user(NAME))]


def test_another_projects_user_is_not_found(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Nothing is left when neither project nor user is there; users of other environments do not count."""
    cloud.answers["identity", "projects"] = []
    assert an_inventory(cloud, tmp_path).list_project("rivers-gauge-test") == ()


def test_names_are_those_of_the_stacks() -> None:
    """Adapters may not import stacks/, so the two rules that they share are held together here."""
    assert inventory_of.service_user(NAME) == service_user(NAME)
    assert isolation.group_of("web") == group_name("web")
