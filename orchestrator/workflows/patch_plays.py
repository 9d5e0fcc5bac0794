"""The plays of patching, and what they tell of each host."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from orchestrator.domain.calendar import local_date
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.patching import HostPatches, WayBack, batches, in_force
from orchestrator.domain.records import Report, ReportKind
from orchestrator.ports import HostOutcome, Play, PlayOutcome, Transaction
from orchestrator.workflows.run import Run

LOOK_SECONDS = 900.0
HOST_SECONDS = 1800.0
"""How long one batch may take: the package manager's own bound on the host."""


class HostState(StrEnum):
    """What became of a host."""

    PATCHED = "patched"
    """Everything that was to be installed is."""
    UNTOUCHED = "untouched"
    """A failure of another one kept it from its turn."""
    STOPPED = "stopped"
    """It failed before anything was changed on it."""
    LOST = "lost"
    """It could not be entered any more; nobody knows how far it came."""
    CUT_OFF = "cut-off"
    """It cannot be entered, and nobody can tell whether it is gone or only its network: nothing was led back."""
    LED_BACK = "led-back"
    """It has the packages of before again."""
    MADE_AGAIN = "made-again"
    """Its server was made again from its copy; the data volumes stayed."""
    REWOUND = "rewound"
    """Its server and its data volumes are what their copies were."""
    BROKEN = "broken"
    """It could not be led back."""


WORDS = {
    HostState.STOPPED: "failed before anything was changed",
    HostState.LOST: "could not be entered any more",
    HostState.CUT_OFF: "cannot be entered, gone or cut off; it was left as it is and its copy is kept",
    HostState.LED_BACK: "led back to the packages of before",
    HostState.MADE_AGAIN: "made again from the server's copy; its data volumes stayed",
    HostState.REWOUND: "made again from the copies of the server and of its data volumes",
    HostState.BROKEN: "could not be led back; its copy is kept",
}

GOOD = frozenset({HostState.PATCHED, HostState.UNTOUCHED})
NEED_RESCUE = frozenset({HostState.LOST, HostState.BROKEN})


def look(run: Run) -> PlayOutcome:
    """List what is pending on every host, and keep it as reports."""
    names = tuple(host.name for host in run.environment.outputs.hosts)
    play = Play(playbook="patch_look", hosts=names, variables=_excluded(run), seconds=LOOK_SECONDS)
    outcome = run.ports.configurator.play(run.environment, play, run.job)
    run.change(lambda tx: _keep(run, tx, outcome, "look"))
    return outcome


def over(run: Run, hosts: tuple[str, ...], seconds_left: float) -> PlayOutcome:
    """Patch these hosts in batches, and keep what each told; one that a failure kept from its turn tells nothing."""
    order = batches(hosts, run.environment.outputs.bastion_host)
    variables = _excluded(run) | {
        "patch_operation": run.operation.id,
        "patch_hosts": [host for batch in order for host in batch],
        "patch_serial": [len(batch) for batch in order],
        "patch_health": health_of(run),
        "patch_seconds_left": min(seconds_left, HOST_SECONDS * len(order)),
    }
    play = Play(playbook="patch", hosts=hosts, variables=variables, seconds=HOST_SECONDS * len(order))
    outcome = run.ports.configurator.play(run.environment, play, run.job)
    run.change(lambda tx: _keep(run, tx, outcome, "patch"))
    return outcome


def health_of(run: Run) -> dict[str, Any]:
    """Give the signs of health of each host by the blueprint."""
    care = run.ports.library.blueprint(run.environment.spec.blueprint).care
    return {
        host.name: [sign.model_dump(exclude_defaults=True) for sign in care.of(host.role).health]
        for host in run.environment.outputs.hosts
    }


WAYS_BACK = {
    WayBack.NONE: HostState.STOPPED,
    WayBack.PACKAGES: HostState.LED_BACK,
    WayBack.FAILED: HostState.BROKEN,
}


def state_of(host: HostOutcome) -> HostState:
    """Say in one word what became of a host."""
    if not host.reached:
        return HostState.LOST
    if host.succeeded:
        return HostState.PATCHED if host.told else HostState.UNTOUCHED
    return WAYS_BACK[HostPatches.model_validate(host.told).way_back]


def _excluded(run: Run) -> dict[str, Any]:
    """Give what is left alone today."""
    with run.ports.records.read() as tx:
        known = tx.exclusions.of(subject_of(run.environment))
    today = local_date(run.ports.clock.now())
    return {"patch_excluded": sorted({each.package for each in in_force(known, today)})}


def reason(host: HostOutcome) -> str:
    """Say in one line why a host failed."""
    told = HostPatches.model_validate(host.told).reason
    return told or host.error or ("failed" if host.reached else "could not be entered")


def _keep(run: Run, tx: Transaction, outcome: PlayOutcome, phase: str) -> None:
    """Keep what was told of each host as a report."""
    now, subject = run.ports.clock.now(), subject_of(run.environment)
    for host in outcome.hosts:
        if "pending" not in host.told:
            continue
        earlier = tx.reports.newest(subject, ReportKind.PATCHES, host.host)
        known = None if earlier is None else HostPatches.model_validate(earlier.body)
        told = HostPatches.model_validate(host.told).seen_since(known, now)
        tx.reports.add(report(run, phase, host.host, told.model_dump(mode="json")))


def report(run: Run, phase: str, host: str, body: dict[str, Any]) -> Report:
    """Give a report of this attempt; the same attempt writes it once."""
    asked = f"{run.operation.id.removeprefix('op-')}-{run.operation.queued_at:%d%H%M%S}-{run.operation.attempt}"
    return Report(
        id="-".join(part for part in ("rep", asked, phase, host) if part),
        environment=run.environment.name,
        subject=subject_of(run.environment),
        kind=ReportKind.PATCHES,
        host=host,
        operation=run.operation.id,
        at=run.ports.clock.now(),
        body=body,
    )
