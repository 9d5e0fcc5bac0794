"""What comes to an environment past its file: by another door, or by somebody's hand in the cloud."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, Drift, Kind
from orchestrator.workflows import requests
from tests.drift_samples import a_drift
from tests.fakes.installation import UNIT, Installation
from tests.integration.git.merging import NAME
from tests.tenancy_steps import EVENING, about, pass_hours


def a_wish(hosts: int) -> dict[str, Any]:
    """Give what the files of these tests want, with so many web hosts."""
    return {
        "blueprint": "three-tier",
        "network": {"cidr": "10.20.0.0/24"},
        "access_from": ["198.51.100.0/24"],
        "roles": {"web": {"count": hosts}},
    }


def changed(installation: Installation, hosts: int, by: Actor = UNIT) -> None:
    """Change the number of web hosts by another door, to the end."""
    change = about(Kind.CHANGE, Stage.TEST, environment=a_wish(hosts), classified=False, mlps=2)
    request = requests.submit(installation.ports, change, by)
    installation.run_all()
    installation.approve(request)
    installation.run_all()
    pass_hours(installation, EVENING)
    assert installation.environment(NAME).spec.role("web").count == hosts


def found(installation: Installation, drift_id: str = "drift-1", **facts: object) -> Drift:
    """Put a drift on record, of which people were told with what a mend would do."""
    now, subject = installation.clock.now(), subject_of(installation.environment(NAME))
    told = {"subject": subject, "environment": NAME, "told_at": now, "exact": "update", "found_at": now}
    drift = a_drift(drift_id, **(told | facts))
    kept(installation, drift)
    return drift


def resized(installation: Installation, flavor: str = "m1.tiny", **facts: object) -> Drift:
    """Let somebody have given the only database host another flavor."""
    told = [{"name": "flavor", "expected": "m1.small", "found": flavor}]
    return found(installation, "drift-1", kind="server", name="server-db-1", properties=told, **facts)


def kept(installation: Installation, drift: Drift, **changes: object) -> None:
    """Keep a drift on record, with what has become of it."""
    with installation.records.transaction() as tx:
        tx.drifts.put(drift.model_copy(update=changes))
