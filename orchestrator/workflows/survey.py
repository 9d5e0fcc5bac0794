"""``survey``: software, services and ports of every host are compared with what may be there (Art. 37, 39).

What is new opens a request of Art. 37 in the same transaction, one for each severity: a suspension for a high risk, a
day to fix it for a low one; the office decides. Surveys change nothing on hosts, so there is nothing to undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import OperationFailedError, PartlyDoneError
from orchestrator.domain.records import (
    Actor,
    Environment,
    Finding,
    FindingKind,
    Host,
    Kind,
    Operation,
    OperationKind,
    Report,
    ReportKind,
    Role,
    Severity,
)
from orchestrator.domain.software import Comparison, Seen, Survey, compared, improper, in_words, permitted
from orchestrator.domain.submission import Submission
from orchestrator.ports import HostOutcome, Play, Transaction
from orchestrator.workflows import submissions
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.readiness import refuse_unfit
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.run import Run

SURVEYOR = Actor(name="survey", role=Role.SYSTEM, door="worker")
PLAYBOOK = "survey"
SECONDS = 600.0
TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)
LONGEST_REASON = 2000
"""Characters of a request's reason; the findings themselves are all on record."""


def ask(ports: Ports, name: str, actor: Actor) -> Operation:
    """Have an environment's software looked over now.

    Raises:
        RefusedError: The actor may not.
        ConflictError: The environment is in no state for it.
    """
    permit(Command.SURVEY, actor)
    with ports.records.transaction() as tx:
        refuse_unfit(tx.environments.get(name), OperationKind.SURVEY)
        operation = queue_operation(ports, tx, OperationKind.SURVEY, name, None, actor)
        tx.audit.append(ports.clock.now(), actor, "survey.asked", name, {"operation": operation.id})
        return operation


def work(run: Run) -> Outcome:
    """Look at every host, keep what was seen, ask for what it calls for; a host that was missed leaves part to do."""
    return Succeeded(run.step("survey", lambda: _look(run)))


def _look(run: Run) -> dict[str, Any]:
    names = tuple(host.name for host in run.environment.outputs.hosts)
    wanted = Play(playbook=PLAYBOOK, hosts=names, seconds=SECONDS)
    outcome = run.ports.configurator.play(run.environment, wanted, run.job)
    told = {host.host: host.told["survey"] for host in outcome.hosts if host.succeeded and "survey" in host.told}
    surveys = {name: Survey.model_validate(survey) for name, survey in told.items()}
    if names and not surveys:
        raise OperationFailedError(
            f"no host of {run.environment.name} could be looked over", detail=_why(outcome.hosts), rule="Art. 39"
        )
    comparison = run.change(lambda tx: _keep(run, tx, surveys))
    _refuse_missed(run.environment, [host for host in outcome.hosts if host.host not in surveys])
    return {
        "hosts": len(surveys),
        "findings": len(comparison.fresh) + len(comparison.lasting),
        "new": len(comparison.fresh),
        "gone": len(comparison.gone),
    }


def _refuse_missed(environment: Environment, missed: Sequence[HostOutcome]) -> None:
    """Raise PartlyDoneError inside the step, so that a retry does not find it done."""
    if missed:
        raise PartlyDoneError(
            f"{', '.join(host.host for host in missed)} of {environment.name} could not be looked over",
            detail=_why(missed),
            rule="Art. 39",
            hint="tenure operation retry looks again",
        )


def _why(hosts: Iterable[HostOutcome]) -> str:
    return "; ".join(f"{host.host}: {host.error or 'it told nothing'}" for host in hosts)


def _keep(run: Run, tx: Transaction, surveys: Mapping[str, Survey]) -> Comparison:
    """Keep the reports and the findings, and open the requests that new ones call for, all or nothing."""
    environment = tx.environments.get(run.environment.name)
    known = tx.findings.of(subject_of(environment))
    comparison = _compare(run, tx, environment, surveys, known)
    for name, survey in surveys.items():
        tx.reports.add(_report(run, environment, name, survey))
    for finding in (*comparison.lasting, *comparison.gone):
        tx.findings.put(finding)
    for severity in Severity:
        _open(run, tx, environment, tuple(each for each in comparison.fresh if each.severity is severity))
    _tell_gone(run, tx, environment, comparison.gone)
    return comparison


def _compare(
    run: Run, tx: Transaction, environment: Environment, surveys: Mapping[str, Survey], known: tuple[Finding, ...]
) -> Comparison:
    rulebook = rulebook_of(run.ports, tx, tx.requests.get(environment.request))
    blueprint = run.ports.library.blueprint(environment.spec.blueprint)
    denied = rulebook.care.software_denied.patterns
    hosts = {host.name: host for host in environment.outputs.hosts}

    def seen_on(host: Host) -> tuple[Seen, ...]:
        may = permitted(environment.spec, host.role, blueprint.care.of(host.role), denied)
        return improper(host, surveys[host.name], may, _suspects(known, host.name))

    seen = [each for name in surveys for each in seen_on(hosts[name])]
    judged = set(surveys) | ({finding.host for finding in known} - set(hosts))
    return compared(environment, seen, known, judged, run.ports.clock.now())


def _suspects(known: tuple[Finding, ...], host: str) -> frozenset[str]:
    return frozenset(
        finding.thing
        for finding in known
        if finding.host == host and finding.kind is FindingKind.PACKAGE_NOT_ALLOWED and finding.gone_at is None
    )


def _report(run: Run, environment: Environment, host: str, survey: Survey) -> Report:
    operation = run.operation
    return Report(
        id=f"rep-{operation.id.removeprefix('op-')}-{operation.attempt}-software-{host}",
        environment=environment.name,
        subject=subject_of(environment),
        kind=ReportKind.SOFTWARE,
        host=host,
        operation=operation.id,
        at=run.ports.clock.now(),
        body=survey.model_dump(mode="json"),
    )


def _open(run: Run, tx: Transaction, environment: Environment, fresh: tuple[Finding, ...]) -> None:
    """Ask the office for what new findings of one severity call for (Art. 37)."""
    if not fresh:
        return
    now, severity = run.ports.clock.now(), fresh[0].severity
    submission = Submission(
        kind=Kind.SUSPEND,
        unit=environment.spec.unit,
        system=environment.spec.system,
        stage=environment.stage,
        severity=severity,
        reason=in_words(fresh)[:LONGEST_REASON],
    )
    request = submissions.submit(run.ports, tx, submission, SURVEYOR, run.ports.ids.new("req"))
    for finding in fresh:
        tx.findings.put(finding.model_copy(update={"request": request.id}))
    facts = {"request": request.id, "severity": str(severity), "findings": [finding.id for finding in fresh]}
    tx.audit.append(now, SURVEYOR, "finding.found", environment.name, facts)
    tell(tx, "finding-found", request.id, environment.name, TOLD, facts, now)


def _tell_gone(run: Run, tx: Transaction, environment: Environment, gone: tuple[Finding, ...]) -> None:
    """Say what is not there any more; the office confirms that a finding is fixed."""
    if gone:
        now = run.ports.clock.now()
        facts = {"findings": [finding.id for finding in gone], "requests": sorted({each.request for each in gone})}
        tx.audit.append(now, SURVEYOR, "finding.gone", environment.name, facts)
        tell(tx, "finding-gone", run.operation.id, environment.name, (Role.OFFICE, Role.PROVIDER), facts, now)


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Everything that was seen is on record already."""
    del run, tx, outcome
