"""Hosts are brought to their baseline: when an environment is made or changed, and when somebody asks (Art. 30, 36).

All hosts take part whenever one comes or goes, since the packet filter of each names the addresses of its peers. It may
be repeated at any time: what is right already is left alone, and what an earlier visit left half done is finished.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.baseline import baseline_variables
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import OperationFailedError, RefusedError
from orchestrator.domain.records import Environment, Outputs, Report, ReportKind
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import HostOutcome, Play, PlayOutcome, Transaction
from orchestrator.workflows.run import Run

PLAYBOOK = "bootstrap"
SECONDS = 900.0
PHASE = "baseline"


def bring(run: Run, spec: EnvironmentSpec, outputs: Outputs) -> dict[str, Any]:
    """Bring every host to its baseline; where hosts cannot be entered at all, note it and go on.

    Raises:
        OperationFailedError: A host was not brought to it.
    """
    environment = run.environment.model_copy(update={"spec": spec, "outputs": outputs})
    try:
        outcome = play(run, environment, for_good(environment))
    except RefusedError as error:
        run.note(PHASE, error.diagnostic.summary)
        return {}
    refuse_failed(environment, outcome)
    return {"baseline": len(outcome.hosts)}


def for_good(environment: Environment) -> Play:
    """Give the play that changes what is not right."""
    names = tuple(host.name for host in environment.outputs.hosts)
    return Play(playbook=PLAYBOOK, hosts=names, variables=baseline_variables(environment), seconds=SECONDS)


def rehearsal(environment: Environment) -> Play:
    """Give the play that only says what it would change."""
    return for_good(environment).model_copy(update={"rehearsal": True})


def play(run: Run, environment: Environment, wanted: Play) -> PlayOutcome:
    """Run the play and keep the facts of every host that it came to."""
    outcome = run.ports.configurator.play(environment, wanted, run.job_for(environment.spec))
    run.change(lambda tx: _keep_facts(run, tx, environment, outcome.hosts))
    return outcome


def _keep_facts(run: Run, tx: Transaction, environment: Environment, hosts: tuple[HostOutcome, ...]) -> None:
    operation = run.operation
    for host in hosts:
        if "facts" in host.told:
            made = Report(
                id=f"rep-{operation.id.removeprefix('op-')}-{operation.attempt}-facts-{host.host}",
                environment=environment.name,
                subject=subject_of(environment),
                kind=ReportKind.FACTS,
                host=host.host,
                operation=operation.id,
                at=run.ports.clock.now(),
                body=host.told["facts"],
            )
            tx.reports.add(made)


def refuse_failed(environment: Environment, outcome: PlayOutcome) -> None:
    """Raise OperationFailedError, naming every host that was not brought to its baseline, and why."""
    failed = [host for host in outcome.hosts if not host.succeeded]
    if failed:
        raise OperationFailedError(
            f"{', '.join(host.host for host in failed)} of {environment.name} did not come to the baseline",
            detail="; ".join(f"{host.host}: {host.error or 'not reached'}" for host in failed),
            rule="Art. 30",
            hint="tenure operation retry goes on; the other hosts keep what they have",
        )
