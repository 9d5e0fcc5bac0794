"""The certificate of an environment's end, put together from what its reclaim has shown (Art. 16)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orchestrator.domain.certificate import Certificate, Removed, SignedCertificate
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.records import Backup, Environment, Request
from orchestrator.ports import Signer, Transaction
from orchestrator.workflows.run import Run


def certify(run: Run, tx: Transaction, environment: Environment, shown: dict[str, Any]) -> SignedCertificate:
    """Put the certificate together and sign it.

    Args:
        run: The attempt that ended the environment.
        tx: The transaction that records the end.
        environment: The environment as it is on record now.
        shown: ``existed`` (see :func:`existing`), ``swept`` (ids of leftovers), ``begun_at``, ``inventory_at`` and
            ``gone_at`` (ISO instants).
    """
    requests = _requests_of(tx, environment)
    ended_by = None if run.operation.request is None else tx.requests.get(run.operation.request)
    head = tx.audit.newest()
    certificate = Certificate(
        id=f"cert-{run.operation.id.removeprefix('op-')}",
        environment=environment.name,
        subject=subject_of(environment),
        stage=environment.stage,
        unit=environment.spec.unit,
        unit_name=environment.spec.unit_name,
        system=environment.spec.system,
        system_name=environment.spec.system_name,
        project_id=environment.outputs.project_id,
        requests=tuple(request.id for request in requests),
        created_at=environment.created_at,
        ready_at=environment.ready_at,
        reclaim_started_at=datetime.fromisoformat(shown["begun_at"]),
        ended_at=run.ports.clock.now(),
        cause="period-end" if ended_by is None else "request",
        decisions=() if ended_by is None else ended_by.decisions,
        evidence=() if ended_by is None else ended_by.evidence,
        waivers=() if ended_by is None else ended_by.waivers,
        existed=tuple(_removed(one, shown) for one in shown["existed"]),
        inventory_at=datetime.fromisoformat(shown["inventory_at"]),
        remaining=(),
        project_gone_at=datetime.fromisoformat(shown["gone_at"]),
        escrow=_escrow(tx, environment),
        rulebook=(ended_by or requests[0]).rulebook,
        audit_head="" if head is None else head.hash,
    )
    return sign(certificate, run.ports.signer)


def sign(certificate: Certificate, signer: Signer) -> SignedCertificate:
    """Sign a certificate with the installation's key."""
    return SignedCertificate(
        certificate=certificate,
        key=signer.key_id(),
        public_key=signer.public_key(),
        signature=signer.sign(certificate.canonical),
    )


def _requests_of(tx: Transaction, environment: Environment) -> tuple[Request, ...]:
    """Give every request of this life, oldest first."""
    found = tx.requests.list(environment=environment.name, limit=1000)
    mine = (one for one in found if one.id == environment.request or one.submitted_at >= environment.created_at)
    return tuple(sorted(mine, key=lambda one: one.id))


def _removed(one: dict[str, Any], shown: dict[str, Any]) -> Removed:
    """Say when a thing was gone: by the inventory between the two strokes, or with the tenancy at the end."""
    gone_at = shown["gone_at"] if one["tenancy"] else shown["inventory_at"]
    return Removed(
        service=one["service"],
        type=one["type"],
        id=one["id"],
        name=one["name"],
        by="sweep" if one["id"] in shown["swept"] else "plan",
        gone_at=datetime.fromisoformat(gone_at),
    )


def _escrow(tx: Transaction, environment: Environment) -> Backup | None:
    finals = [one for one in tx.backups.of(subject_of(environment)) if one.final and one.removed_at is None]
    return finals[0] if finals else None
