"""``change``: an environment becomes what an approved change says, with a copy of its data before and a way back.

When the change fails after it began, the environment is led back to the specification that it had: that is the undo of
every step here (Art. 15). Data that the signed plan took away comes back only from the copy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orchestrator.domain.errors import CancelledError, LeaseLostError, OperationFailedError, TenureError
from orchestrator.domain.lifecycle import EnvironmentEvent, EnvironmentState, RequestEvent
from orchestrator.domain.records import Environment, Outputs, Role
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Job, Transaction
from orchestrator.workflows import baseline, care
from orchestrator.workflows.approvals import StalePlanError, check_change, check_continued, signed_plan
from orchestrator.workflows.bringing_back import bring_back
from orchestrator.workflows.filing import close_request, restart_review
from orchestrator.workflows.moves import move_environment, move_request
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Failed, Outcome, Succeeded
from orchestrator.workflows.preview import store
from orchestrator.workflows.run import Run
from orchestrator.workflows.verification import verify, wait_for_hosts

GOING_BACK = "going_back"
"""In the operation's result: why the way back is being taken."""

TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)


def work(run: Run) -> Outcome:
    """Recover what was left, compare the plan with what was signed, copy the data, change, verify, or go back."""
    if run.recovering:
        run.each_time("recover", lambda: _recover(run))
    reason = str(run.operation.result.get(GOING_BACK, ""))
    if not reason:
        planned = run.step("plan", lambda: plan_again(run))
        run.step("copy", lambda: care.take(run, "before a change"))
        run.change(lambda tx: begin(run, tx))
        reason = _attempt(run)
        if not reason:
            return Succeeded(planned)
    run.step("way-back", lambda: _go_back(run))
    raise WentBackError(reason)


class WentBackError(OperationFailedError):
    """A change failed and the environment is what it was before it."""

    code = "went-back"


def _recover(run: Run) -> dict[str, Any]:
    run.ports.provisioner.recover(run.wanted_job)
    return {}


def plan_again(run: Run) -> dict[str, Any]:
    """Make the plan again and compare it with what was signed.

    An attempt that goes on with what an earlier one began finds less to do than was signed, never more.

    Raises:
        StalePlanError: The plan is no longer what was signed; it says what changed.
    """
    fresh = run.ports.provisioner.preview(run.wanted_job)
    kept = store(run, fresh)
    with run.ports.records.read() as tx:
        request = tx.requests.get(str(run.operation.request))
        signed = signed_plan(tx, request)
    begun = run.environment.state is not EnvironmentState.READY
    (check_continued if begun else check_change)(fresh, request, signed)
    return kept


def begin(run: Run, tx: Transaction) -> None:
    """Mark the environment as being worked on."""
    environment = tx.environments.get(run.environment.name)
    if environment.state is not EnvironmentState.PROVISIONING:
        move_environment(tx, environment, EnvironmentEvent.PROVISION)


def _attempt(run: Run) -> str:
    """Change and verify; gives why it failed, which is on record before anything is led back."""
    try:
        make(run, run.wanted)
    except (CancelledError, LeaseLostError):
        raise
    except TenureError as error:
        if run.execution.interrupted():
            raise
        reason = error.diagnostic.summary
        run.change(lambda tx: _decide_to_go_back(run, tx, reason))
        return reason
    return ""


def _decide_to_go_back(run: Run, tx: Transaction, reason: str) -> None:
    operation = tx.operations.get(run.operation.id)
    tx.operations.put(operation.model_copy(update={"result": {GOING_BACK: reason}}), expected=operation)


def make(run: Run, spec: EnvironmentSpec) -> None:
    """Bring the environment to a specification, wait for its hosts, bring them to their baseline and verify it."""
    outputs = Outputs.model_validate(run.step("up", lambda: _up(run, spec)))
    run.step("hosts", lambda: wait_for_hosts(run, spec, outputs))
    run.step("baseline", lambda: baseline.bring(run, spec, outputs))
    run.step("verify", lambda: verify(spec, outputs))


def _up(run: Run, spec: EnvironmentSpec) -> dict[str, Any]:
    outputs = run.ports.provisioner.up(_signed_job(run, spec))
    run.change(lambda tx: _keep_outputs(run, tx, outputs))
    return outputs.model_dump(mode="json")


def _signed_job(run: Run, spec: EnvironmentSpec) -> Job:
    """Give the work with the plan that was signed for it: no data is lost beyond that, on the way back neither."""
    with run.ports.records.read() as tx:
        signed = signed_plan(tx, tx.requests.get(str(run.operation.request)))
    return replace(run.job_for(spec), signed=signed)


def _keep_outputs(run: Run, tx: Transaction, outputs: Outputs) -> None:
    environment = tx.environments.get(run.environment.name)
    tx.environments.put(environment.model_copy(update={"outputs": outputs}))


def _go_back(run: Run) -> dict[str, Any]:
    spec = run.environment.spec
    run.ports.provisioner.recover(run.job)
    outputs = Outputs.model_validate(_up(run, spec))
    verify(spec, outputs)
    found = {**wait_for_hosts(run, spec, outputs), **baseline.bring(run, spec, outputs)}
    return {**found, **bring_back(run, run.environment.model_copy(update={"outputs": outputs}))}


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Keep the new specification, or say that it is the old one, or that the plan has to be signed again."""
    environment, request_id, now = (
        tx.environments.get(run.environment.name),
        run.operation.request,
        run.ports.clock.now(),
    )
    if request_id is None:
        raise OperationFailedError("a change without a request", rule="internal")
    if isinstance(outcome, Succeeded):
        move_environment(tx, environment, EnvironmentEvent.PROVISIONED, spec=run.wanted)
        close_request(run.ports, tx, request_id, "changed")
        tell(tx, "environment-changed", run.operation.id, environment.name, TOLD, {"request": request_id}, now)
        return
    settle_failure(run, tx, environment, request_id, outcome)


def settle_failure(run: Run, tx: Transaction, environment: Environment, request_id: str, outcome: Outcome) -> None:
    """Write down what a change or promotion that did not succeed leaves behind."""
    code = outcome.code if isinstance(outcome, Failed) else ""
    if code == StalePlanError.code:
        ask_again(run, tx, request_id, outcome)
    elif code == WentBackError.code:
        _settle_way_back(run, tx, environment, request_id, outcome)
    elif environment.state is EnvironmentState.PROVISIONING:
        move_environment(tx, environment, EnvironmentEvent.BREAK)


def _settle_way_back(run: Run, tx: Transaction, environment: Environment, request_id: str, outcome: Outcome) -> None:
    reason = outcome.error.summary if isinstance(outcome, Failed) else ""
    move_environment(tx, environment, EnvironmentEvent.PROVISIONED)
    close_request(run.ports, tx, request_id, f"not changed, the way back was taken: {reason}")
    facts = {"request": request_id, "reason": reason}
    tell(tx, "change-went-back", run.operation.id, environment.name, TOLD, facts, run.ports.clock.now())


def ask_again(run: Run, tx: Transaction, request_id: str, outcome: Outcome) -> None:
    """Put a request whose plan has changed back before the review, with its new plan and its clock begun anew."""
    now = run.ports.clock.now()
    reopened = move_request(tx, tx.requests.get(request_id), RequestEvent.REOPEN)
    tx.deadlines.close(request_id, now)
    restart_review(run.ports, tx, reopened)
    detail = outcome.error.detail if isinstance(outcome, Failed) else ""
    facts = {"request": request_id, "plan": reopened.plan_digest, "changed": detail}
    tx.audit.append(now, run.operation.asked_by, "request.asked-again", reopened.environment, facts)
    tell(tx, "plan-changed", run.operation.id, reopened.environment, (Role.OFFICE, Role.PROVIDER), facts, now)
