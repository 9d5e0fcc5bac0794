"""``access``: hosts are certified, learn what is revoked, end what it entered, and tell who came and went (Art. 36)."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Actor, Environment, Report, ReportKind, Role
from orchestrator.domain.sessions import SessionEvent, SessionLine, session_line
from orchestrator.ports import HostOutcome, Play, Transaction
from orchestrator.workflows.access import revoked_serials
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.run import Run

HOSTS = Actor(name="hosts", role=Role.SYSTEM, door="ssh")
PLAYBOOK = "access"
PLAY_SECONDS = 600.0
ACTIONS = {SessionEvent.OPEN: "session.opened", SessionEvent.CLOSE: "session.closed"}
KEPT_UNTIL = "kept_until"


def work(run: Run) -> Outcome:
    """Certify hosts that are not, bring the revocation list, and keep what the hosts logged; each may be repeated."""
    certified = run.step("certify", lambda: _certify(run))
    brought = run.each_time("doors", lambda: _bring(run))
    return Succeeded({**certified, **brought})


def _certify(run: Run) -> dict[str, Any]:
    vouched = run.operation.parameters.get("vouched", {})
    checks = run.ports.access.certify(run.environment, run.job, vouched)
    return {"hosts": len(checks)}


def _bring(run: Run) -> dict[str, Any]:
    with run.ports.records.read() as tx:
        serials = revoked_serials(tx, run.environment)
        kept = {host.name: _kept_until(tx, run.environment, host.name) for host in run.environment.outputs.hosts}
    play = Play(
        playbook=PLAYBOOK,
        variables={
            "access_revoked": run.ports.access.revocations(serials),
            "access_ended": [str(serial) for serial in serials],
            "access_kept": kept,
        },
        seconds=PLAY_SECONDS,
    )
    outcome = run.ports.configurator.play(run.environment, play, run.job)
    sessions = run.change(lambda tx: sum(_keep(run, tx, host) for host in outcome.hosts))
    _refuse_partial(run.environment, outcome.hosts)
    return {"revoked": len(serials), "sessions": sessions}


def _refuse_partial(environment: Environment, told: tuple[HostOutcome, ...]) -> None:
    """Raise OperationFailedError unless every host learnt of it: one that did not still lets the revoked in."""
    missing = {host.name for host in environment.outputs.hosts} - {host.host for host in told if host.succeeded}
    if missing:
        why = "; ".join(f"{host.host}: {host.error or 'not reached'}" for host in told if not host.succeeded)
        raise OperationFailedError(
            f"hosts of {environment.name} were not told what is revoked: {', '.join(sorted(missing))}",
            detail=why,
            rule="Art. 36",
            hint="tenure operation retry, when they run",
        )


def _server(environment: Environment, host: str) -> str:
    return next(one.server_id for one in environment.outputs.hosts if one.name == host)


def _kept_until(tx: Transaction, environment: Environment, host: str) -> int:
    """Give the number of the last line of a host's log that is on record; a server that was made anew begins anew."""
    newest = tx.reports.newest(subject_of(environment), ReportKind.SESSIONS, host)
    if newest is None or newest.body["server"] != _server(environment, host):
        return 0
    return int(newest.body[KEPT_UNTIL])


def _keep(run: Run, tx: Transaction, told: HostOutcome) -> int:
    """Write into the audit log what a host logged since the last time, each line once."""
    known = _kept_until(tx, run.environment, told.host)
    read = (session_line(str(line)) for line in told.told.get("sessions", ()))
    fresh = [line for line in read if line is not None and line.number > known]
    for line in fresh:
        facts = _facts(told.host, line)
        tx.audit.append(run.ports.clock.now(), HOSTS, ACTIONS[line.event], run.environment.name, facts)
    if fresh:
        tx.reports.add(_report(run, told.host, fresh[-1].number))
    return len(fresh)


def _report(run: Run, host: str, until: int) -> Report:
    return Report(
        id=f"rep-{run.operation.id.removeprefix('op-')}-sessions-{host}-{until}",
        environment=run.environment.name,
        subject=subject_of(run.environment),
        kind=ReportKind.SESSIONS,
        host=host,
        operation=run.operation.id,
        at=run.ports.clock.now(),
        body={"server": _server(run.environment, host), KEPT_UNTIL: until},
    )


def _facts(host: str, line: SessionLine) -> dict[str, Any]:
    return {
        "host": host,
        "session": line.session,
        "for": line.purpose,
        "key_id": line.key_id,
        "serial": line.serial,
        "from": line.came_from,
        "at": line.at.isoformat(),
    }


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """An access job changes no environment."""
    del run, tx, outcome
