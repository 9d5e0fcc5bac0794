"""Rows as the store writes them, made in bulk: a real record is the pattern, only names and instants differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table

from orchestrator.adapters.store.audit import ENTRIES
from orchestrator.adapters.store.backlog import BACKUPS
from orchestrator.adapters.store.certificates import CERTIFICATES
from orchestrator.adapters.store.columns import EPOCH, MICROSECOND, Instant, Json
from orchestrator.adapters.store.deadlines import DEADLINES
from orchestrator.adapters.store.environments import ENVIRONMENTS
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.notices import NOTICES
from orchestrator.adapters.store.operations import OPERATIONS
from orchestrator.adapters.store.requests import REQUESTS
from orchestrator.domain.chain import BEGINNING
from orchestrator.domain.model import Model
from orchestrator.domain.records import DeadlineKind, Host, OperationKind, Outputs
from tests.bench.life.size import NOW, STEP, Size, environment, operation, request, subject, system, unit
from tests.life_samples import a_backup, a_certificate
from tests.samples import OFFICER, START, a_deadline, a_notice, a_request, a_spec, an_environment, an_operation

type Row = tuple[Any, ...]
type Changes = Callable[[int], dict[str, Any]]
UNIT_TOKEN: Final = "unittoken"
SYSTEM_TOKEN: Final = "systemtoken"
NAME_TOKEN: Final = f"{UNIT_TOKEN}-{SYSTEM_TOKEN}-test"
ROLES: Final = [
    {
        "name": name,
        "count": 1,
        "flavor": "small",
        "size": {"vcpus": 1, "ram_mib": 512},
        "image": "debian-12",
        "volumes": [{"name": "data", "size_gib": 1, "mount": "/srv"}],
    }
    for name in ("web", "app", "db")
]
HOSTS: Final = tuple(
    Host(name=f"{role['name']}-1", role=str(role["name"]), address="10.20.0.11", server_id="0" * 32) for role in ROLES
)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Bulk:
    """Rows for one table, values as a driver takes them, in the order of ``columns``."""

    table: Table
    columns: tuple[str, ...]
    rows: Iterable[Row]


def everything(size: Size) -> Iterator[Bulk]:
    """Give the rows of every table; the audit log's chain is whole."""
    spec = a_spec(UNIT_TOKEN, SYSTEM_TOKEN, roles=ROLES)
    outputs = Outputs(project_id="0" * 32, bastion_address="198.51.100.7", hosts=HOSTS)
    ready = an_environment(UNIT_TOKEN, SYSTEM_TOKEN, spec=spec, outputs=outputs, ready_at=START)
    yield _bulk(REQUESTS, a_request(environment=NAME_TOKEN, spec=spec), size.requests, _request)
    yield _bulk(ENVIRONMENTS, ready, size.environments, _environment)
    yield _bulk(OPERATIONS, an_operation(state="succeeded", result={"resources": 23}), size.operations, _operation)
    yield _bulk(DEADLINES, a_deadline(value=15, unit="cd", since=START), size.deadlines, _deadline(size))
    yield _bulk(NOTICES, a_notice(), size.environments, _notice)
    yield _bulk(BACKUPS, a_backup(), size.environments, _backup)
    yield _bulk(CERTIFICATES, a_certificate(), size.environments // 2, _certificate)
    yield Bulk(
        ENTRIES.table, tuple(ENTRIES.table.columns.keys()), (link.row for link in chain_of_entries(size.entries))
    )


def instant(at: datetime) -> int:
    """Give an instant as it stands in a row."""
    return (at - EPOCH) // MICROSECOND


def compact(value: object) -> str:
    """Give JSON text as the store writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _bulk[R: Model](mapping: RecordMapping[R], pattern: R, count: int, changes: Changes) -> Bulk:
    row = _driver_row(mapping.table, mapping.row(pattern))
    if "number" in mapping.table.columns:
        row = {"number": 0, **row}
    return Bulk(mapping.table, tuple(row), _repeat(row, count, changes))


def _driver_row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _driver_value(table.columns[name].type, value) for name, value in row.items()}


def _driver_value(kind: object, value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    if value is None:
        return None
    if isinstance(kind, Instant):
        return instant(value)
    if isinstance(kind, Json):
        return compact(value)
    return int(value) if isinstance(value, bool) else value


def _repeat(row: dict[str, Any], count: int, changes: Changes) -> Iterator[Row]:
    """Give the pattern again and again; a change that is a function is applied to the pattern's text."""
    for number in range(count):
        changed = row | changes(number)
        if "number" in row:
            changed["number"] = number + 1
        yield tuple(changed.values())


def _named(pattern: str, number: int) -> str:
    return pattern.replace(UNIT_TOKEN, unit(number)).replace(SYSTEM_TOKEN, system(number))


SPEC: Final = compact(a_spec(UNIT_TOKEN, SYSTEM_TOKEN, roles=ROLES).model_dump(mode="json"))


def _request(number: int) -> dict[str, Any]:
    ends, of = number % 2, number // 2
    return {
        "id": request(number),
        "kind": "terminate" if ends else "test",
        "environment": environment(of),
        "state": "submitted" if of % 100 == 0 else "closed",
        "spec": None if ends else _named(SPEC, of),
    }


def _environment(number: int) -> dict[str, Any]:
    return {
        "name": environment(number),
        "unit": unit(number),
        "state": "ready" if number % 2 else "retired",
        "request": request(2 * number),
        "spec": _named(SPEC, number),
    }


KINDS: Final = (OperationKind.PREVIEW, OperationKind.PROVISION, OperationKind.STOP, OperationKind.RETIRE)


def _operation(number: int) -> dict[str, Any]:
    of = number // 4
    return {
        "id": operation(number),
        "kind": KINDS[number % 4].value,
        "environment": environment(of),
        "request": request(2 * of),
        "state": "failed" if of % 100 == 0 else "succeeded",
    }


def _deadline(size: Size) -> Changes:
    """Seven dates of an environment were met, one was missed by each tenth, two are ahead or due now."""
    newest = size.environments - size.due

    def changes(number: int) -> dict[str, Any]:
        of, place = divmod(number, 10)
        due_now = place == 9 and of >= newest
        ahead = 1 + (of * STEP) % 365
        days = 0 if due_now else ahead if place >= 8 else -ahead
        missed = place == 7 and of % 10 == 0
        past = START.replace(microsecond=0)
        return {
            "id": f"{subject(of)}/{place}",
            "subject": subject(of),
            "environment": environment(of),
            "kind": DeadlineKind.END_NOTICE.value if place == 8 else DeadlineKind.ACCEPTANCE.value,
            "due_at": instant(NOW + days * DAY),
            "provisional": int(place == 8 and of % 5 == 0),
            "paused_at": instant(past) if place == 8 and of % 50 == 0 else None,
            "met_at": instant(past) if place < 8 and not missed else None,
            "fired_at": instant(past) if missed else None,
        }

    return changes


def _notice(number: int) -> dict[str, Any]:
    return {"id": f"notice-{number:012d}", "environment": environment(number)}


def _backup(number: int) -> dict[str, Any]:
    return {"id": f"bak-{number:012d}", "subject": subject(number), "environment": environment(number)}


CERTIFICATE: Final = compact(a_certificate().certificate.model_dump(mode="json"))


def _certificate(number: int) -> dict[str, Any]:
    of = 2 * number  # every second environment is retired
    certificate_id = f"cert-{number:012d}"
    content = CERTIFICATE.replace("cert-1", certificate_id).replace("water-gauge-test", environment(of))
    return {"id": certificate_id, "environment": environment(of), "certificate": content}


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One entry of the audit log: its row, what is hashed, and the hash."""

    row: Row
    content: str
    digest: str


def chain_of_entries(count: int) -> Iterator[ChainLink]:
    """Give a whole chain: what :func:`orchestrator.domain.chain.link` would make, without its checks."""
    actor = compact(OFFICER.model_dump(mode="json"))
    sorted_actor = json.dumps(OFFICER.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    environments, previous = count // 50, BEGINNING
    for block in range(0, count, 1000):
        at = START.replace(microsecond=0) + timedelta(seconds=block)
        stored_at, text_at = instant(at), at.strftime("%Y-%m-%dT%H:%M:%SZ")
        for sequence in range(block + 1, min(block + 1000, count) + 1):
            of = environment(sequence * STEP % environments)
            facts = f'{{"article":"Art. 13","operation":"op-{sequence:012d}","resources":23}}'
            content = (
                f'{{"action":"environment.expired","actor":{sorted_actor},"at":"{text_at}","facts":{facts},'
                f'"previous":"{previous}","sequence":{sequence},"subject":"{of}"}}'
            )
            digest = hashlib.sha256(content.encode()).hexdigest()
            row = (sequence, stored_at, actor, "environment.expired", of, facts, previous, digest)
            yield ChainLink(row, content, digest)
            previous = digest
