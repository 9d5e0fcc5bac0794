"""The commands on requests read like Art. 10 to 16."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.records import Actor, DeadlineKind, OperationKind
from orchestrator.workflows import operations, requests
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation, a_submission


def test_a_submission_becomes_request_environment_deadline_and_preview(installation: Installation) -> None:
    """One transaction stores the request, a planned environment, the time for acceptance (Art. 12) and the preview."""
    request = installation.submit()
    environment = installation.environment("archives-catalogue-test")
    assert (request.state, environment.state) == (RequestState.SUBMITTED, EnvironmentState.PLANNED)
    assert environment.request == request.id
    assert [operation.kind for operation in installation.under_way()] == [OperationKind.PREVIEW]
    with installation.records.read() as tx:
        assert [deadline.kind for deadline in tx.deadlines.of(request.id)] == [DeadlineKind.ACCEPTANCE]
    assert installation.actions(environment.name) == ["request.submitted"]


@pytest.mark.parametrize(
    ("changes", "rule"), [({"classified": True}, "Art. 2, 4"), ({"mlps": 4}, "Art. 2, 4"), ({"mlps": 5}, "Art. 2, 4")]
)
def test_what_the_rulebook_excludes_leaves_nothing_behind(
    installation: Installation, changes: dict[str, object], rule: str
) -> None:
    """Classified systems and MLPS levels from 4 on stay outside (Art. 2, 4), and nothing is stored."""
    with pytest.raises(RefusedError) as refused:
        installation.submit(**changes)
    assert refused.value.diagnostic.rule == rule
    with installation.records.read() as tx:
        assert tx.requests.list() == ()
        assert tx.environments.list() == ()
        assert tx.audit.list() == ()


def test_one_system_has_one_test_environment(installation: Installation) -> None:
    """A second submission for a living environment conflicts; after its end the name is free again."""
    environment = installation.make_ready()
    with pytest.raises(ConflictError, match="exists already"):
        installation.submit()
    requests.terminate(installation.ports, environment.name, OFFICE, "done")
    installation.run_all()
    assert installation.submit().environment == environment.name


def test_a_blueprint_that_is_not_there_changes_nothing(installation: Installation) -> None:
    """An unknown blueprint is told by name."""
    wish = {"blueprint": "castle", "network": {"cidr": "10.1.0.0/24"}, "access_from": ["198.51.100.0/24"]}
    with pytest.raises(NotFoundError, match="castle"):
        installation.submit(environment=wish)
    assert installation.under_way() == []


def test_acceptance_starts_the_time_of_the_review(installation: Installation) -> None:
    """After acceptance the office has time for its opinion (Art. 12); the acceptance deadline is met."""
    request = installation.submit()
    accepted = requests.accept(installation.ports, request.id, OFFICE)
    assert accepted.state is RequestState.ACCEPTED
    with installation.records.read() as tx:
        dates = {deadline.kind: deadline.met_at for deadline in tx.deadlines.of(request.id)}
    assert dates[DeadlineKind.ACCEPTANCE] == installation.clock.now()
    assert dates[DeadlineKind.REVIEW] is None


@pytest.mark.parametrize("actor", [UNIT, PROVIDER])
def test_only_the_office_decides(installation: Installation, actor: Actor) -> None:
    """Accepting, rejecting and reviewing are the office's (Art. 12)."""
    request = installation.submit()
    with pytest.raises(RefusedError, match="may not"):
        requests.accept(installation.ports, request.id, actor)
    with pytest.raises(RefusedError, match="may not"):
        requests.reject(installation.ports, request.id, actor, "no")
    with pytest.raises(RefusedError, match="may not"):
        requests.review(installation.ports, request.id, actor)


def test_a_rejection_needs_reasons(installation: Installation) -> None:
    """Art. 12: whoever rejects states reasons."""
    request = installation.submit()
    with pytest.raises(BadInputError, match="reasons"):
        requests.reject(installation.ports, request.id, OFFICE, "  ")
    assert installation.request(request.id).state is RequestState.SUBMITTED


def test_a_rejected_request_gives_up_its_environment_and_the_unit_may_submit_again(
    installation: Installation,
) -> None:
    """The planned environment ends, its preview is cancelled, the unit is told why, and a new submission is welcome."""
    request = installation.submit()
    rejected = requests.reject(installation.ports, request.id, OFFICE, "no test report")
    assert rejected.state is RequestState.REJECTED
    assert installation.environment(request.environment).state is EnvironmentState.RETIRED
    assert installation.newest(request.environment).state is OperationState.CANCELLED
    assert installation.notices(request.environment) == ["request-rejected"]
    again = installation.submit()
    assert again.id != request.id
    assert installation.environment(request.environment).request == again.id


def test_a_review_starts_the_work(installation: Installation) -> None:
    """Opinion, operation and the time for providing (Art. 13) are stored in one stroke."""
    request = installation.submit()
    installation.run_all()
    executing = installation.approve(request)
    assert executing.state is RequestState.EXECUTING
    assert [operation.kind for operation in installation.under_way()] == [OperationKind.PROVISION]
    with installation.records.read() as tx:
        assert DeadlineKind.PROVISION in {deadline.kind for deadline in tx.deadlines.of(request.id)}


def test_a_review_without_a_digest_signs_the_newest_plan_or_the_content(installation: Installation) -> None:
    """With a plan on record the opinion binds to it; before there is one it binds to the request's content."""
    early = installation.approve(installation.submit())
    assert early.decisions[-1].bound_to == early.content_digest
    other = installation.submit(system="reading")
    installation.run_all()
    late = installation.approve(other)
    assert late.decisions[-1].bound_to == installation.environment(other.environment).plan_digest


def test_a_review_of_another_digest_conflicts(installation: Installation) -> None:
    """What was signed must be the newest plan or the content; nothing else starts work."""
    request = installation.submit()
    requests.accept(installation.ports, request.id, OFFICE)
    with pytest.raises(ConflictError, match="neither"):
        requests.review(installation.ports, request.id, OFFICE, "sha256:" + "0" * 64)
    assert installation.request(request.id).state is RequestState.ACCEPTED


def test_a_review_needs_an_acceptance(installation: Installation) -> None:
    """The order of Art. 10 holds."""
    request = installation.submit()
    with pytest.raises(ConflictError, match="approve is not possible now"):
        requests.review(installation.ports, request.id, OFFICE)


def test_terminating_a_test_environment_retires_it(installation: Installation) -> None:
    """A test environment's end is accepted by policy, and the request closes with the proof."""
    environment = installation.make_ready()
    request = requests.terminate(installation.ports, environment.name, OFFICE, "tested")
    assert request.state is RequestState.EXECUTING
    assert {decision.by.name for decision in request.decisions} == {"policy"}
    installation.run_all()
    assert installation.environment(environment.name).state is EnvironmentState.RETIRED
    assert installation.request(request.id).outcome == "retired"
    assert installation.cloud.found(environment.name) == ()


def test_terminating_while_work_is_under_way_conflicts(installation: Installation) -> None:
    """The hint names the operation to cancel."""
    request = installation.approve(installation.submit())
    with pytest.raises(ConflictError) as conflict:
        requests.terminate(installation.ports, request.environment, OFFICE, "no more")
    assert "tenure operation cancel" in (conflict.value.diagnostic.hint or "")


def test_terminating_an_undecided_request_points_at_rejection(installation: Installation) -> None:
    """What is only planned and not decided ends by rejecting the request."""
    request = installation.submit()
    installation.run_all()
    with pytest.raises(ConflictError) as conflict:
        requests.terminate(installation.ports, request.environment, OFFICE, "no more")
    assert "tenure request reject" in (conflict.value.diagnostic.hint or "")


def test_terminating_what_never_came_to_life_abandons_it(installation: Installation) -> None:
    """An approved environment of which nothing was made ends at once; both requests close, no operation runs."""
    request = installation.approve(installation.submit())
    for operation in installation.under_way():
        operations.cancel(installation.ports, operation.id, PROVIDER)
    ended = requests.terminate(installation.ports, request.environment, UNIT, "plans changed")
    assert ended.state is RequestState.CLOSED
    assert installation.request(request.id).state is RequestState.CLOSED
    assert installation.environment(request.environment).state is EnvironmentState.RETIRED
    assert installation.under_way() == []


def test_terminating_twice_conflicts(installation: Installation) -> None:
    """While an environment is being retired, and after, a second termination is refused."""
    environment = installation.make_ready()
    requests.terminate(installation.ports, environment.name, OFFICE, "tested")
    with pytest.raises(ConflictError, match="busy"):
        requests.terminate(installation.ports, environment.name, OFFICE, "tested")
    installation.run_all()
    with pytest.raises(ConflictError, match="retired"):
        requests.terminate(installation.ports, environment.name, OFFICE, "tested")


def test_a_terminate_request_comes_in_by_submission_too(installation: Installation) -> None:
    """The document of kind terminate does what the command does."""
    environment = installation.make_ready()
    installation.clock.advance(timedelta(days=2))
    submission = a_submission(kind="terminate", stage="test", environment=None, classified=False, mlps=None)
    request = requests.submit(installation.ports, submission, UNIT)
    installation.run_all()
    assert installation.request(request.id).state is RequestState.CLOSED
    assert installation.environment(environment.name).state is EnvironmentState.RETIRED
