"""Every table of the domain. Migrations make them; a test holds the two together.

Who imports this package has loaded every table; what is not named here, that test would not see.
"""

from __future__ import annotations

from orchestrator.adapters.store.tables.base import metadata
from orchestrator.adapters.store.tables.care import (
    STILL_THERE,
    authorisations,
    backups,
    exclusions,
    findings,
    grants,
    patch_windows,
    reports,
)
from orchestrator.adapters.store.tables.doors import deliveries, refusal_reports, refusals, senders
from orchestrator.adapters.store.tables.drift import STANDING, drift_scans, drifts, made
from orchestrator.adapters.store.tables.merges import (
    OPEN_MERGE,
    command_answers,
    followed_branches,
    merges,
    written_back,
)
from orchestrator.adapters.store.tables.pulls import WAITING, forge_deliveries, plan_pages, pull_checks
from orchestrator.adapters.store.tables.telling import notice_posts
from orchestrator.adapters.store.tables.tenancies import (
    CORRECTED,
    IN_FORCE,
    PROVISIONAL,
    RUNNING,
    SWEPT,
    UNMET,
    certificates,
    deadlines,
    environments,
    holds,
    requests,
    rulebooks,
)
from orchestrator.adapters.store.tables.trail import audit, checkpoints
from orchestrator.adapters.store.tables.work import events, leases, notices, operations, plans

__all__ = [
    "CORRECTED",
    "IN_FORCE",
    "OPEN_MERGE",
    "PROVISIONAL",
    "RUNNING",
    "STANDING",
    "STILL_THERE",
    "SWEPT",
    "UNMET",
    "WAITING",
    "audit",
    "authorisations",
    "backups",
    "certificates",
    "checkpoints",
    "command_answers",
    "deadlines",
    "deliveries",
    "drift_scans",
    "drifts",
    "environments",
    "events",
    "exclusions",
    "findings",
    "followed_branches",
    "forge_deliveries",
    "grants",
    "holds",
    "leases",
    "made",
    "merges",
    "metadata",
    "notice_posts",
    "notices",
    "operations",
    "patch_windows",
    "plan_pages",
    "plans",
    "pull_checks",
    "refusal_reports",
    "refusals",
    "reports",
    "requests",
    "rulebooks",
    "senders",
    "written_back",
]
