"""Software is looked over, and what should not be there comes before the office (Art. 37, 39)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import ConflictError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.records import (
    DeadlineKind,
    Finding,
    FindingKind,
    Kind,
    Operation,
    OperationKind,
    ReportKind,
    Request,
    Severity,
)
from orchestrator.ports import HostOutcome
from orchestrator.workflows import operations, requests
from orchestrator.workflows.survey import ask
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.tenancy_steps import TEST, in_trial, pass_days
from tests.unit.workflows.attempts import die_at_each_point

HOST = "host-1"
TELNET = {"telnetd": "0.17", "openssh-server": "1:9.2p1-2"}


def says(installation: Installation, **survey: Any) -> None:  # noqa: ANN401  a host's answer is JSON
    """Let the host answer so from now on."""
    told = {"survey": {"family": "debian", "packages": {}, **survey}}
    installation.configurator.outcomes["survey", HOST] = HostOutcome(host=HOST, ok=2, told=told)


def listens(installation: Installation, *ports: int) -> None:
    """Let programs of the host listen at these ports."""
    listeners = [{"protocol": "tcp", "port": port, "address": "10.20.0.9", "program": "httpd"} for port in ports]
    says(installation, ports=listeners)


def surveyed(installation: Installation) -> Operation:
    """Have the environment looked over."""
    operation = ask(installation.ports, TEST, PROVIDER)
    installation.run_all()
    return installation.operation(operation.id)


def findings(installation: Installation) -> list[Finding]:
    """Give what is on record and not gone, oldest first."""
    with installation.records.read() as tx:
        found = tx.findings.of(subject_of(tx.environments.get(TEST)))
    return [finding for finding in reversed(found) if finding.gone_at is None]


def suspensions(installation: Installation) -> list[Request]:
    """Give the requests that findings opened, oldest first."""
    with installation.records.read() as tx:
        found = tx.requests.list(environment=TEST)
    return [request for request in reversed(found) if request.kind is Kind.SUSPEND]


def test_a_host_in_good_order_opens_nothing(installation: Installation) -> None:
    """What it said is kept as a report."""
    environment = installation.make_ready()
    done = surveyed(installation)
    assert (done.state, done.result["hosts"], done.result["findings"]) == (OperationState.SUCCEEDED, 1, 0)
    assert suspensions(installation) == []
    with installation.records.read() as tx:
        kept = tx.reports.newest(subject_of(environment), ReportKind.SOFTWARE, HOST)
    assert kept is not None
    assert kept.body["packages"] == {"openssh-server": "1:9.2p1-2"}


def test_a_high_risk_asks_for_a_suspension(installation: Installation) -> None:
    """Art. 37: the office decides, and the environment is suspended until it is fixed."""
    installation.make_ready()
    says(installation, packages=TELNET)
    done = surveyed(installation)
    (finding,) = findings(installation)
    (request,) = suspensions(installation)
    assert (done.result["new"], finding.kind, finding.severity) == (1, FindingKind.PACKAGE_DENIED, Severity.HIGH)
    assert (finding.request, request.state) == (request.id, RequestState.SUBMITTED)
    assert "telnetd" in request.reason
    installation.approve(request)
    installation.run_all()
    assert installation.environment(TEST).state is EnvironmentState.SUSPENDED


def test_a_low_risk_asks_for_a_day(installation: Installation) -> None:
    """Art. 37: the office's consent sets the day by which it is fixed; nothing stops."""
    environment = installation.make_ready()
    listens(installation, 8443)
    surveyed(installation)
    (request,) = suspensions(installation)
    installation.approve(request)
    installation.run_all()
    with installation.records.read() as tx:
        kinds = [one.kind for one in tx.deadlines.of(subject_of(environment))]
    assert DeadlineKind.FIX in kinds
    assert installation.environment(TEST).state is EnvironmentState.READY


def test_each_severity_has_one_request(installation: Installation) -> None:
    """However many findings there are."""
    installation.make_ready()
    listeners = [{"protocol": "tcp", "port": port, "address": "10.20.0.9"} for port in (8001, 8002, 8003)]
    says(installation, packages=TELNET, programs=["xmrig"], ports=listeners)
    assert surveyed(installation).result["new"] == 5
    assert len(suspensions(installation)) == 2
    assert {finding.request for finding in findings(installation)} == {one.id for one in suspensions(installation)}


def test_the_same_finding_asks_once(installation: Installation) -> None:
    """A later survey finds it again; only what is new calls for another decision."""
    installation.make_ready()
    listens(installation, 8443)
    surveyed(installation)
    again = surveyed(installation)
    assert (again.result["findings"], again.result["new"], len(suspensions(installation))) == (1, 0, 1)
    listens(installation, 8443, 9000)
    assert surveyed(installation).result["new"] == 1
    assert len(suspensions(installation)) == 2


def test_what_is_gone_is_told(installation: Installation) -> None:
    """The office learns that what it set a day for is not there any more."""
    installation.make_ready()
    listens(installation, 8443)
    surveyed(installation)
    listens(installation)
    done = surveyed(installation)
    assert (done.result["gone"], findings(installation)) == (1, [])
    assert "finding-gone" in installation.notices(TEST)


def test_a_host_that_is_missed_leaves_part_to_do(installation: Installation) -> None:
    """The others are on record; a retry looks again."""
    installation.make_ready(
        environment={
            "blueprint": "three-tier",
            "network": {"cidr": "10.20.0.0/24"},
            "access_from": ["198.51.100.0/24"],
        }
    )
    gone = HostOutcome(host="db-1", reached=False, error="Look: no route to the host")
    installation.configurator.outcomes["survey", "db-1"] = gone
    operation = surveyed(installation)
    assert operation.state is OperationState.PARTLY_DONE
    assert operation.error is not None
    assert "db-1: Look: no route to the host" in operation.error.detail
    del installation.configurator.outcomes["survey", "db-1"]
    operations.retry(installation.ports, operation.id, PROVIDER)
    installation.run_all()
    assert installation.operation(operation.id).state is OperationState.SUCCEEDED


def test_nothing_seen_is_no_survey(installation: Installation) -> None:
    """When no host answers, what is known stays as it is."""
    installation.make_ready()
    listens(installation, 8443)
    surveyed(installation)
    installation.configurator.outcomes["survey", HOST] = HostOutcome(host=HOST, reached=False)
    assert surveyed(installation).state is OperationState.FAILED
    assert len(findings(installation)) == 1


def test_live_environments_are_looked_over_every_week(installation: Installation) -> None:
    """By the rulebook's rhythm, from the first day on (Art. 39)."""
    environment = in_trial(installation)
    pass_days(installation, 8)
    with installation.records.read() as tx:
        kinds = [one.kind for one in tx.operations.list(environment=environment.name)]
    assert OperationKind.SURVEY in kinds


def test_only_the_provider_asks_for_it(installation: Installation) -> None:
    """And only for an environment that stands."""
    installation.make_ready()
    with pytest.raises(RefusedError):
        ask(installation.ports, TEST, UNIT)
    requests.terminate(installation.ports, TEST, OFFICE, "tested")
    installation.run_all()
    with pytest.raises(ConflictError):
        ask(installation.ports, TEST, PROVIDER)


def test_every_point_dies_in_turn(installation: Installation) -> None:
    """Wherever the worker dies, findings and their request are on record once."""
    installation.make_ready()
    listens(installation, 8443)
    operation = ask(installation.ports, TEST, PROVIDER)
    die_at_each_point(installation, operation)
    installation.run_all()
    assert (len(findings(installation)), len(suspensions(installation))) == (1, 1)
    assert installation.notices(TEST).count("finding-found") == 1
