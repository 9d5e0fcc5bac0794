"""The hosts of an environment in Ansible's form."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.ansible_inventory import BASTION, NOT_RUNNING, ansible_inventory
from orchestrator.domain.records import Environment, Host, Outputs
from tests.samples import a_spec, an_environment

WEB = a_spec().roles[0]


def of_hosts(count: int) -> Environment:
    """Give an environment of so many web hosts, the first of which is the bastion."""
    spec = a_spec(roles=[WEB.model_copy(update={"count": count}).model_dump()])
    hosts = tuple(
        Host(name=name, role="web", address=f"10.20.0.{number + 5}", server_id=f"id-{number}")
        for number, name in enumerate(spec.roles[0].host_names())
    )
    outputs = Outputs(project_id="p", bastion_address="198.51.100.9", bastion_host=hosts[0].name, hosts=hosts)
    return an_environment(spec=spec, outputs=outputs)


@given(st.integers(1, 9), st.data())
def test_every_host_is_in_its_role_and_what_does_not_run_is_named(count: int, data: st.DataObject) -> None:
    """By role, the bastion, and whatever the cloud does not call running, a missing server included."""
    environment = of_hosts(count)
    names = [host.name for host in environment.outputs.hosts]
    statuses = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["ACTIVE", "SHUTOFF", "ERROR"])))
    found = ansible_inventory(environment, statuses, "/ssh/config")["all"]
    assert list(found["hosts"]) == list(found["children"]["web"]["hosts"]) == names
    assert list(found["children"][BASTION]["hosts"]) == [names[0]]
    down = [name for name in names if statuses.get(name) != "ACTIVE"]
    assert list(found["children"][NOT_RUNNING]["hosts"]) == down


def test_the_way_in_stands_once_for_all_hosts() -> None:
    """User, certificate and jump host are in the SSH configuration; the inventory names it and holds no secret."""
    variables = ansible_inventory(of_hosts(2), {}, "/home/with space/config")["all"]["vars"]
    assert variables["ansible_ssh_common_args"] == "-F '/home/with space/config'"
    assert variables["tenure_environment"] == "water-gauge-test"


def test_connections_that_stay_open_are_never_those_of_another_environment() -> None:
    """Hosts of different environments have the same names, and Ansible keeps connections by name (Art. 36)."""

    def kept(config: str) -> str:
        path = ansible_inventory(of_hosts(1), {}, config)["all"]["vars"]["ansible_control_path"]
        return str(path % {"directory": "/cp"})

    assert kept("/ssh/one/config") != kept("/ssh/two/config")
    assert kept("/ssh/one/config").startswith("/cp/")
    assert kept("/ssh/one/config").endswith("-%n")
