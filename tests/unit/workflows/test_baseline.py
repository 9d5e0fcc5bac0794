"""Hosts come to their baseline when an environment is made or changed, and on request (Art. 30, 36)."""

from __future__ import annotations

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import ConflictError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import JobKind, Operation, OperationKind, ReportKind
from orchestrator.ports import HostOutcome
from orchestrator.workflows import operations, requests, rights
from orchestrator.workflows.bootstrap import ask
from orchestrator.workflows.manner import Manner
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.fakes.points import refuse
from tests.tenancy_steps import EVENING, LIVE, TEST, a_change, decided, in_trial, pass_hours
from tests.unit.workflows.attempts import die_at_each_point

HOST = "host-1"


def broken(installation: Installation, error: str = "Bring about: sshd -t failed") -> None:
    """Let the baseline fail on the host."""
    installation.configurator.outcomes["bootstrap", HOST] = HostOutcome(host=HOST, failed=1, error=error)


def mended(installation: Installation) -> None:
    """Let it work again."""
    installation.configurator.outcomes.clear()


def asked(installation: Installation, manner: Manner = Manner.FOR_GOOD) -> Operation:
    """Ask for the baseline and carry it out."""
    operation = ask(installation.ports, TEST, manner, PROVIDER)
    installation.run_all()
    return installation.operation(operation.id)


def notes(installation: Installation, operation: Operation) -> list[tuple[str, str]]:
    """Give resource and detail of what was told beside the steps."""
    with installation.records.read() as tx:
        events = [stored.event for stored in tx.operations.events(operation.id)]
    return [(event.resource, event.detail) for event in events if str(event.status) == "note"]


def test_a_new_environment_comes_to_its_baseline(installation: Installation) -> None:
    """Before it is ready; every host by name, with the rules of its role."""
    environment = installation.make_ready()
    (play,) = installation.configurator.plays
    assert (play.playbook, play.hosts, play.rehearsal) == ("bootstrap", (HOST,), False)
    assert "tcp dport 443 accept" in play.variables["tenure_roles"]["host"]["firewall"]
    assert play.variables["tenure_identity"]["environment"] == environment.name


def test_what_reports_need_is_kept(installation: Installation) -> None:
    """The facts of each host, as a report of its life."""
    environment = installation.make_ready()
    with installation.records.read() as tx:
        kept = tx.reports.newest(subject_of(environment), ReportKind.FACTS, HOST)
    assert kept is not None
    assert kept.body["system"] == "Debian GNU/Linux 12"
    assert kept.operation == installation.newest(environment.name).id


def test_an_environment_whose_host_fails_is_not_ready(installation: Installation) -> None:
    """The error names host and reason; a retry goes on, and makes nothing twice."""
    broken(installation)
    request = installation.submit()
    installation.run_all()
    installation.approve(request)
    installation.run_all()
    failed = installation.newest(TEST)
    assert (failed.state, installation.environment(TEST).state) == (OperationState.FAILED, EnvironmentState.BROKEN)
    assert failed.error is not None
    assert failed.error.summary == f"{HOST} of {TEST} did not come to the baseline"
    assert "sshd -t failed" in failed.error.detail
    mended(installation)
    operations.retry(installation.ports, failed.id, PROVIDER)
    installation.run_all()
    assert installation.environment(TEST).state is EnvironmentState.READY
    assert installation.cloud.of(TEST).most == 1


def test_hosts_that_cannot_be_entered_at_all_are_noted(installation: Installation) -> None:
    """On a cloud whose servers exist at its API only the environment becomes ready, and says what it has not."""
    installation.configurator.impossible = True
    installation.make_ready()
    operation = installation.newest(TEST)
    assert installation.environment(TEST).state is EnvironmentState.READY
    assert ("", "these hosts cannot be entered") in notes(installation, operation)
    assert "baseline" not in operation.result


def test_a_change_brings_all_hosts_to_the_baseline(installation: Installation) -> None:
    """Those that stay too: their rules name the hosts that come, and follow narrower ranges."""
    in_trial(installation)
    decided(installation, requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT))
    pass_hours(installation, EVENING)
    play = [one for one in installation.configurator.plays if one.playbook == "bootstrap"][-1]
    assert "198.51.100.0/25" in play.variables["tenure_roles"]["host"]["firewall"]


def test_a_change_whose_baseline_fails_goes_back(installation: Installation) -> None:
    """The way back brings the hosts to the baseline that they had (Art. 15)."""
    environment = in_trial(installation)
    installation.points.once("play-bootstrap", refuse)
    decided(installation, requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT))
    pass_hours(installation, EVENING)
    assert installation.environment(LIVE).spec == environment.spec
    play = installation.configurator.plays[-1]
    assert "198.51.100.0/24" in play.variables["tenure_roles"]["host"]["firewall"]


def test_somebody_asks_for_it(installation: Installation) -> None:
    """The result counts hosts, and every change on every host is told."""
    installation.make_ready()
    line = "journal: /etc/systemd/journald.conf.d/zz-tenure.conf written"
    told = {"changes": [line], "facts": {}}
    installation.configurator.outcomes["bootstrap", HOST] = HostOutcome(host=HOST, changed=1, told=told)
    done = asked(installation)
    assert (done.state, done.result["hosts"], done.result["changed"]) == (OperationState.SUCCEEDED, 1, 1)
    assert notes(installation, done) == [(HOST, line)]
    assert installation.actions(TEST).count("bootstrap.asked") == 1


def test_a_rehearsal_changes_nothing(installation: Installation) -> None:
    """The play is one of Ansible's check mode, and its words say so."""
    installation.make_ready()
    told = {"changes": ["firewall: /etc/tenure/firewall.nft written"]}
    installation.configurator.outcomes["bootstrap", HOST] = HostOutcome(host=HOST, changed=1, told=told)
    done = asked(installation, Manner.REHEARSAL)
    assert installation.configurator.plays[-1].rehearsal
    assert done.result["would_change"] == 1
    assert notes(installation, done) == [(HOST, "would be: firewall: /etc/tenure/firewall.nft written")]


def test_asked_for_by_hand_it_fails_where_hosts_cannot_be_entered(installation: Installation) -> None:
    """Somebody wants to know whether it was done."""
    installation.make_ready()
    installation.configurator.impossible = True
    assert asked(installation).state is OperationState.FAILED


def test_only_the_provider_asks_for_it_and_only_when_it_is_ready(installation: Installation) -> None:
    """The provider operates (Art. 30); an environment that does not stand has no hosts."""
    installation.make_ready()
    with pytest.raises(RefusedError):
        ask(installation.ports, TEST, Manner.FOR_GOOD, UNIT)
    requests.terminate(installation.ports, TEST, OFFICE, "tested")
    installation.run_all()
    with pytest.raises(ConflictError, match="bootstrap needs it to be ready"):
        ask(installation.ports, TEST, Manner.FOR_GOOD, PROVIDER)


def test_without_an_authorisation_no_host_is_entered(installation: Installation) -> None:
    """Unit or office took the right back (Art. 36): the operation ends before it did anything."""
    environment = installation.make_ready()
    with installation.records.read() as tx:
        held = tx.authorisations.of(subject_of(environment))
    assert JobKind.BOOTSTRAP in held[0].jobs
    rights.revoke(installation.ports, held[0].id, "no jobs for now", OFFICE)
    before = len(installation.configurator.plays)
    assert asked(installation).state is OperationState.FAILED
    assert len(installation.configurator.plays) == before


def test_every_point_dies_in_turn(installation: Installation) -> None:
    """Wherever the worker dies, the next attempt brings the hosts to their baseline, and the operation ends once."""
    installation.make_ready()
    operation = ask(installation.ports, TEST, Manner.FOR_GOOD, PROVIDER)
    die_at_each_point(installation, operation)
    installation.run_all()
    assert installation.actions(TEST).count("bootstrap.succeeded") == 1
    with installation.records.read() as tx:
        kinds = [one.kind for one in tx.operations.list(environment=TEST)]
    assert kinds.count(OperationKind.BOOTSTRAP) == 1
