"""What may be on a host, and what should not (Art. 37, 39)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.domain.blueprint_care import RoleCare
from orchestrator.domain.records import Finding, FindingKind, Host, Severity
from orchestrator.domain.software import Comparison, Seen, Survey, compared, improper, in_words, permitted
from orchestrator.domain.spec import Protocol
from tests.samples import a_spec, an_environment
from tests.unit.domain.samples import the_blueprint, the_rulebook

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
HOST = Host(name="web-1", role="web", address="10.20.0.5", server_id="s")
CARE = RoleCare(packages=("restic", "linux-image-*"), ports=(9100,))
DENIED = ("telnetd", "xmrig*")
ENVIRONMENT = an_environment()


def a_survey(**fields: object) -> Survey:
    """Give what a host in good order says, with some fields changed."""
    good: dict[str, object] = {
        "family": "debian",
        "packages": {"openssh-server": "1:9.2p1-2", "restic": "0.14.0-1"},
        "units": {"ssh.service": "running"},
        "programs": ["sshd"],
        "ports": [listener(443)],
    }
    return Survey.model_validate(good | fields)


def listener(port: int, protocol: str = "tcp", program: str = "app") -> dict[str, object]:
    """Give a port that listens on the host's address."""
    return {"protocol": protocol, "port": port, "address": "10.20.0.5", "program": program}


def seen(survey: Survey, *suspects: str) -> list[tuple[FindingKind, str]]:
    """Give what should not be on a host of a role with one flow."""
    may = permitted(a_spec(), "web", CARE, DENIED)
    return [(each.kind, each.thing) for each in improper(HOST, survey, may, suspects)]


def by_job(package: str) -> dict[str, object]:
    """Give a package that a job installed."""
    return {"package": package, "operation": "op-1", "at": 1_772_000_000.0}


def test_a_host_in_good_order_has_no_findings() -> None:
    """What the unit installed itself is not the provider's affair, unless it endangers security."""
    assert seen(a_survey(packages={"postgresql-15": "15.5-1"})) == []


def test_jobs_install_only_what_the_blueprint_lists() -> None:
    """Patterns count: a new kernel comes with a new name."""
    packages = {"htop": "3.2", "linux-image-6.1.0-40-amd64": "6.1", "restic": "0.14.0-1"}
    survey = a_survey(packages=packages, installed_by_jobs=[by_job(name) for name in packages])
    assert seen(survey) == [(FindingKind.PACKAGE_NOT_ALLOWED, "htop")]


def test_the_host_s_logs_may_forget() -> None:
    """What a job is known to have installed stays a finding as long as it is there, whatever the logs still say."""
    assert seen(a_survey(packages={"htop": "3.2"}), "htop") == [(FindingKind.PACKAGE_NOT_ALLOWED, "htop")]
    assert seen(a_survey(packages={}), "htop") == []


def test_denied_software_is_found_in_each_of_its_forms() -> None:
    """As a package, as a unit that starts with the host, and as a program that somebody copied there."""
    survey = a_survey(
        packages={"telnetd": "0.17"},
        units={"xmrig@2.service": "running", "ssh.service": "running"},
        programs=["xmrigd"],
    )
    assert seen(survey) == [
        (FindingKind.PACKAGE_DENIED, "telnetd"),
        (FindingKind.SERVICE_DENIED, "xmrig@2.service"),
        (FindingKind.SERVICE_DENIED, "xmrigd"),
    ]


@pytest.mark.parametrize(
    ("port", "protocol", "found"),
    [(443, "tcp", False), (9100, "tcp", False), (8443, "tcp", True), (443, "udp", True), (68, "udp", False)],
    ids=["a flow's", "the blueprint's", "nobody's", "another protocol's", "the host's own address"],
)
def test_ports_are_compared_with_the_flows(port: int, protocol: str, *, found: bool) -> None:
    """A port listens by a flow to the role, or because the blueprint says so."""
    expected = [(FindingKind.PORT_UNDECLARED, f"{protocol}/{port}")] if found else []
    assert seen(a_survey(ports=[listener(port, protocol)])) == expected


def test_ranges_of_ports_count_to_their_end() -> None:
    """A flow may open a range."""
    flow = {"role": "web", "first_port": 8000, "last_port": 8002, "peer_cidr": "10.0.0.0/8"}
    may = permitted(a_spec(flows=[flow]), "web", RoleCare(), ())
    assert may.ports == {(Protocol.TCP, 8000), (Protocol.TCP, 8001), (Protocol.TCP, 8002)}


def test_flows_of_other_roles_and_outward_ones_open_nothing() -> None:
    """Egress says where a host may ask, not what may ask it."""
    spec = a_spec(
        flows=[{"role": "web", "direction": "egress", "first_port": 80, "last_port": 80, "peer_cidr": "0.0.0.0/0"}]
    )
    assert permitted(spec, "web", RoleCare(), ()).ports == frozenset()


def test_a_name_from_a_host_cannot_steer_a_terminal() -> None:
    """Programs choose their names themselves; what is not seen is replaced."""
    survey = a_survey(ports=[listener(8443, program="\x1b[2Jsshd")])
    (found,) = improper(HOST, survey, permitted(a_spec(), "web", CARE, ()), ())
    assert "\x1b" not in found.detail


def compare(
    *things: str, known: tuple[Finding, ...] = (), hosts: tuple[str, ...] = ("web-1",), days: int = 0
) -> Comparison:
    """Compare undeclared ports that were seen on the host with what is known."""
    found = [Seen("web-1", FindingKind.PORT_UNDECLARED, thing) for thing in things]
    return compared(ENVIRONMENT, found, known, hosts, NOW + timedelta(days=days))


def test_a_finding_is_new_lasts_and_is_gone() -> None:
    """Found again it is the same finding; what a later look does not find is gone from that day on."""
    first = compare("tcp/1", "tcp/2")
    assert [finding.thing for finding in first.fresh] == ["tcp/1", "tcp/2"]
    second = compare("tcp/2", "tcp/3", known=first.fresh, days=7)
    assert [finding.thing for finding in second.fresh] == ["tcp/3"]
    assert [(finding.thing, finding.seen_at - finding.found_at) for finding in second.lasting] == [
        ("tcp/2", timedelta(days=7))
    ]
    assert [(finding.thing, finding.gone_at) for finding in second.gone] == [("tcp/1", NOW + timedelta(days=7))]


def test_what_comes_back_is_new_again() -> None:
    """It was mended and is there again: that calls for a decision of its own."""
    first = compare("tcp/1")
    gone = compare(known=first.fresh, days=1).gone
    again = compare("tcp/1", known=gone, days=2).fresh
    assert [(finding.id, finding.gone_at) for finding in again] == [(first.fresh[0].id, None)]


def test_a_host_that_was_not_reached_says_nothing() -> None:
    """Its findings are neither seen nor gone."""
    first = compare("tcp/1")
    later = compare(known=first.fresh, hosts=("web-2",), days=1)
    assert later == Comparison((), (), ())


def test_risks_are_as_the_office_decided() -> None:
    """Denied software endangers security: high; what nobody declared is to be fixed: low (Art. 37)."""
    found = [Seen("web-1", kind, "it") for kind in FindingKind]
    severities = {finding.kind: finding.severity for finding in compared(ENVIRONMENT, found, (), (), NOW).fresh}
    high = {kind for kind, severity in severities.items() if severity is Severity.HIGH}
    assert high == {FindingKind.PACKAGE_DENIED, FindingKind.SERVICE_DENIED}


def test_findings_are_told_in_words() -> None:
    """The reason of the request names host, kind and thing."""
    (finding,) = compare("tcp/1").fresh
    assert in_words([finding]) == "web-1: port-undeclared tcp/1"


@pytest.mark.parametrize("name", ["single-host", "database", "three-tier"])
def test_the_blueprints_list_what_jobs_install(name: str) -> None:
    """Each role permits what the baseline and the backups need, and nothing of it is denied (Art. 39)."""
    blueprint, denied = the_blueprint(name), the_rulebook().care.software_denied.patterns
    needed = ("nftables", "auditd", "audit", "chrony", "restic")
    survey = a_survey(
        packages=dict.fromkeys(needed, "1"), installed_by_jobs=[by_job(package) for package in needed], ports=[]
    )
    for role in blueprint.roles:
        may = permitted(a_spec(), "web", blueprint.care.of(role), denied)
        assert improper(HOST, survey, may) == ()
