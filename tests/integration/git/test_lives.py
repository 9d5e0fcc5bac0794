"""Files beside environments in the middle of their lives: promoted, busy, held, on their way out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from orchestrator.domain.errors import CancelledError, OperationFailedError
from orchestrator.domain.git_plan import Depth, EnvironmentPlan, Standing
from orchestrator.domain.plan import Plan
from orchestrator.domain.records import Kind
from orchestrator.ports import Job
from orchestrator.workflows import holds, requests
from orchestrator.workflows.git_plan import GitCheck, plan_range
from tests.fakes.installation import OFFICE, UNIT, Installation
from tests.git import Written, a_file
from tests.integration.git.conftest import Ask
from tests.jobs import Control
from tests.tenancy_steps import in_trial

TEST = "environments/archives-catalogue-test.yaml"
LIVE = "environments/archives-catalogue-live.yaml"
OTHER = {"environments/civil-eldercare-test.yaml": a_file("civil", "eldercare")}


@dataclass
class Failing:
    """Implements :class:`orchestrator.ports.repository.Previewer`: a cloud that does not answer, or a wish to stop."""

    error: Exception

    def preview(self, job: Job) -> Plan:
        """Fail."""
        del job
        raise self.error

    def preview_new(self, job: Job) -> Plan:
        """Fail."""
        del job
        raise self.error


def added(written: Written, ask: Ask, path: str, text: str) -> EnvironmentPlan:
    """Ask what one more file would do."""
    base = written.commit(OTHER)
    (one,) = ask(base, written.commit({**OTHER, path: text}, base)).environments
    return one


def rules(one: EnvironmentPlan) -> set[str | None]:
    """Give the rules of the findings."""
    return {finding.rule for finding in one.findings}


def test_a_trial_becomes_production_by_its_stage_and_nothing_else(
    written: Written, ask: Ask, installation: Installation
) -> None:
    """Production is the trial as it stands (Art. 14); a change goes before it, or after it."""
    in_trial(installation)
    trial = a_file(stage="trial")
    assert added(written, ask, LIVE, trial).standing is Standing.SAME
    promoted = added(written, ask, LIVE, a_file(stage="production"))
    assert (promoted.kind, promoted.standing) == (Kind.PRODUCTION, Standing.PLANNED)
    both = added(written, ask, LIVE, a_file(stage="production").replace("198.51.100.0/24", "10.0.0.0/8"))
    assert (both.standing, rules(both)) == (Standing.REFUSED, {"Art. 14"})


def test_the_end_of_a_trial_is_decided_by_the_office(written: Written, ask: Ask, installation: Installation) -> None:
    """That of a test environment by policy (Art. 16)."""
    in_trial(installation)
    base = written.commit({**OTHER, LIVE: a_file(stage="trial")})
    (one,) = ask(base, written.commit(OTHER, base)).environments
    assert (one.kind, [str(role) for role in one.approvers]) == (Kind.TERMINATE, ["office"])
    assert one.plan is not None
    assert one.plan.loses_data


def test_an_environment_that_is_not_ready_is_told_with_its_state(
    written: Written, ask: Ask, installation: Installation
) -> None:
    """Somebody else has asked for it already."""
    installation.submit()
    one = added(written, ask, TEST, a_file().replace("198.51.100.0/24", "10.0.0.0/8"))
    assert (one.standing, rules(one)) == (Standing.REFUSED, {"lifecycle"})


def test_an_environment_on_its_way_out_needs_nothing_more(
    written: Written, ask: Ask, installation: Installation
) -> None:
    """Its file may go."""
    installation.make_ready()
    requests.terminate(installation.ports, "archives-catalogue-test", UNIT, "the test is over")
    base = written.commit({**OTHER, TEST: a_file()})
    (one,) = ask(base, written.commit(OTHER, base)).environments
    assert one.good


def test_a_hold_is_told_before_anybody_reviews(written: Written, ask: Ask, installation: Installation) -> None:
    """No further resources (Art. 46)."""
    holds.hold(installation.ports, "archives", "", "missed its targets", OFFICE)
    assert "Art. 46" in rules(added(written, ask, TEST, a_file()))


def test_a_cloud_that_does_not_answer_is_no_refusal(written: Written, check: GitCheck) -> None:
    """Asking again may help; a wish to stop ends the whole check."""
    base = written.commit(OTHER)
    head = written.commit({**OTHER, TEST: a_file()}, base)
    away = replace(check, previews=Failing(OperationFailedError("the cloud does not answer")))
    (one,) = plan_range(away, base, head, Depth.PREVIEW, Control()).environments
    assert one.standing is Standing.FAILED
    stopped = replace(check, previews=Failing(CancelledError("stopped")))
    with pytest.raises(CancelledError):
        plan_range(stopped, base, head, Depth.PREVIEW, Control())
