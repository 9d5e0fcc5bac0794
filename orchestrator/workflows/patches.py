"""The commands on patches: begin them, leave a package alone for a time, say how an environment stands (Art. 30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from orchestrator.domain.calendar import local_date
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.names import Stage
from orchestrator.domain.patching import Compliance, HostPatches, compliance, in_force
from orchestrator.domain.records import (
    Actor,
    Environment,
    Exclusion,
    Operation,
    OperationKind,
    Report,
    ReportKind,
    Role,
)
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.manner import Manner
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.patch import ARTICLE, REHEARSAL
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.readiness import refuse_unfit
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.windows import WINDOW_ENDS, closing, next_window

TOLD = (Role.UNIT, Role.OFFICE)
LONGEST_PATTERN = 80


@dataclass(frozen=True)
class Standing:
    """How an environment's patches stand, and what was told of each host last."""

    compliance: Compliance
    hosts: dict[str, HostPatches]
    next_window: datetime | None


def ask(ports: Ports, name: str, manner: Manner, actor: Actor, outside_window: str = "") -> Operation:
    """Have an environment patched now, or only looked at.

    A live environment is patched inside its window; outside of it somebody gives a reason, which unit and office read.

    Raises:
        RefusedError: The actor may not, or no window is open and no reason is given.
        ConflictError: The environment is in no state for it.
    """
    permit(Command.PATCH, actor)
    with ports.records.transaction() as tx:
        environment, now = tx.environments.get(name), ports.clock.now()
        refuse_unfit(environment, OperationKind.PATCH)
        parameters: dict[str, Any] = {}
        if manner is Manner.REHEARSAL:
            parameters = {REHEARSAL: True}
        elif environment.stage is not Stage.TEST and not outside_window:
            parameters = {WINDOW_ENDS: _window_end(ports, tx, environment, now).isoformat()}
        operation = queue_operation(ports, tx, OperationKind.PATCH, name, None, actor, parameters)
        facts = {"operation": operation.id, "manner": str(manner), "outside_window": outside_window}
        tx.audit.append(now, actor, "patch.asked", name, facts)
        if outside_window:
            tell(tx, "patch-outside-window", operation.id, name, TOLD, facts, now)
        return operation


def _window_end(ports: Ports, tx: Transaction, environment: Environment, now: datetime) -> datetime:
    """Give the end of the open window; RefusedError says when the next one opens."""
    end = closing(ports, tx, environment, now)
    if end is None:
        opens = next_window(ports, tx, environment, now).due_at
        raise RefusedError(
            f"{environment.name} is live and its patch window is closed",
            detail=f"the next one opens at {opens.isoformat()}, and begins the patches by itself",
            rule=ARTICLE,
            hint=f"--dry-run at any time; --outside-window REASON patches {environment.name} now",
        )
    return end


def exclude(ports: Ports, name: str, package: str, reason: str, actor: Actor, until: date | None) -> Exclusion:
    """Leave a package alone: to the end of a day, or until the hold is lifted when no day is given.

    Raises:
        RefusedError: The actor may not.
        BadInputError: No reason, a day that is over, or a pattern that would hold everything back.
        ConflictError: The same package is left alone already.
    """
    permit(Command.EXCLUDE, actor)
    _refuse_bad(package, reason, until, local_date(ports.clock.now()))
    with ports.records.transaction() as tx:
        environment, now = tx.environments.get(name), ports.clock.now()
        subject = subject_of(environment)
        for known in in_force(tx.exclusions.of(subject), local_date(now)):
            if known.package == package:
                raise ConflictError(
                    f"{package} is left alone already", detail=f"{known.id}: {known.reason}", rule=ARTICLE
                )
        made = Exclusion(
            id=ports.ids.new("excl"),
            environment=name,
            subject=subject,
            package=package,
            reason=reason.strip(),
            by=actor,
            at=now,
            until=until,
        )
        tx.exclusions.put(made)
        tx.audit.append(now, actor, "patch.excluded", name, _facts(made))
        tell(tx, "patch-excluded", made.id, name, TOLD, _facts(made), now)
        return made


def _refuse_bad(package: str, reason: str, until: date | None, today: date) -> None:
    if (
        not package
        or len(package) > LONGEST_PATTERN
        or not all(each.isalnum() or each in "*?.+:_@-" for each in package)
    ):
        raise BadInputError(f"{package!r} is no name or pattern of a package", field="package")
    if fnmatchcase("any-package-at-all", package):
        raise BadInputError(f"{package!r} would leave every package alone", field="package", rule=ARTICLE)
    if not reason.strip():
        raise BadInputError("an exclusion states its reason", field="reason", rule=ARTICLE)
    if until is not None and until < today:
        raise BadInputError(f"{until} is over", field="until", detail=f"today is {today}")


def lift(ports: Ports, exclusion_id: str, actor: Actor) -> Exclusion:
    """Let a package be patched again.

    Raises:
        RefusedError: The actor may not.
        NotFoundError: There is no such exclusion.
        ConflictError: It was lifted already.
    """
    permit(Command.EXCLUDE, actor)
    with ports.records.transaction() as tx:
        found, now = tx.exclusions.get(exclusion_id), ports.clock.now()
        if found.lifted_at is not None:
            raise ConflictError(f"{exclusion_id} was lifted already", rule=ARTICLE)
        lifted = found.model_copy(update={"lifted_at": now, "lifted_by": actor})
        tx.exclusions.put(lifted)
        tx.audit.append(now, actor, "patch.exclusion-lifted", found.environment, _facts(lifted))
        return lifted


def _facts(made: Exclusion) -> dict[str, Any]:
    until = "" if made.until is None else made.until.isoformat()
    return {"exclusion": made.id, "package": made.package, "reason": made.reason, "until": until}


def standing(ports: Ports, tx: Transaction, environment: Environment) -> Standing:
    """Say how an environment's patches stand by what its hosts told last."""
    now, subject = ports.clock.now(), subject_of(environment)
    newest = {
        host.name: tx.reports.newest(subject, ReportKind.PATCHES, host.name) for host in environment.outputs.hosts
    }
    told = {name: report for name, report in newest.items() if report is not None}
    hosts = {name: HostPatches.model_validate(report.body) for name, report in told.items()}
    whole = tx.reports.newest(subject, ReportKind.PATCHES)
    rulebook = rulebook_of(ports, tx, tx.requests.get(environment.request))
    looked_at = _looked_at(told, len(newest))
    patched_at = None if whole is None else whole.at
    figure = compliance(environment, hosts, looked_at, patched_at, rulebook, now)
    opens = None if environment.stage is Stage.TEST else next_window(ports, tx, environment, now).due_at
    return Standing(figure, hosts, opens)


def _looked_at(told: dict[str, Report], hosts: int) -> datetime | None:
    """Give when the host that was looked at least recently was; None when one never was."""
    return min((report.at for report in told.values()), default=None) if len(told) == hosts else None
