"""The whole examination: every part at the same time, none for longer than its limit."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from orchestrator.adapters.doctor import clocks, programs, pulumi
from orchestrator.adapters.doctor.cloud import auth_address, cloud
from orchestrator.adapters.doctor.database import database
from orchestrator.adapters.doctor.finding import Finding, Serves
from orchestrator.adapters.store import sqlite_url
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.domain.calendar import local_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from orchestrator.settings import Settings

type Look = Callable[[], tuple[Finding, ...]]

LIMIT_SECONDS = 30.0
"""Every look has its own, shorter bounds; this one ends what hangs all the same, for instance in name resolution."""


def examine(settings: Settings, now: datetime, *, business_now: datetime) -> Iterator[Finding]:
    """Look at every part that Tenure works with; findings come in a fixed order.

    Args:
        settings: Of the installation that is looked at.
        now: This machine's time, aware.
        business_now: What the installation takes for the present, aware: it may be driven.
    """
    return at_once(looks(settings, now, business_now=business_now), LIMIT_SECONDS)


def looks(settings: Settings, now: datetime, *, business_now: datetime) -> dict[str, Look]:
    """What is looked at, by the name that stands for it when the look does not end."""
    toolchain = Toolchain(settings.cache)
    backend = settings.state_backend or (settings.home / "state").as_uri()
    database_url = settings.database_url or sqlite_url(settings.home)
    passphrase = settings.pulumi_passphrase is not None
    today = local_date(business_now)
    backups: dict[str, Look] = {"restic": lambda: (programs.restic(),)} if settings.backup_store else {}
    return {
        "Pulumi": lambda: pulumi.parts(toolchain),
        "Ansible": lambda: (programs.ansible(),),
        "ssh": lambda: (programs.ssh(),),
        "ssh-keygen": lambda: (programs.ssh_keygen(),),
        "namespaces for jobs": lambda: (programs.namespaces(),),
        **backups,
        "cloud credentials": lambda: (cloud(settings.cloud),),
        "state backend": lambda: (pulumi.state_backend(backend, toolchain),),
        "secrets provider": lambda: (
            pulumi.secrets_provider(settings.secrets_provider, passphrase_is_given=passphrase, toolchain=toolchain),
        ),
        "database": lambda: (database(database_url),),
        "clock": lambda: (clocks.clock(now, server=auth_address(settings.cloud), clock_file=settings.clock_file),),
        "calendar": lambda: (clocks.calendar(today, clocks.published_years()),),
    }


def at_once(looks: dict[str, Look], limit_seconds: float) -> Iterator[Finding]:
    """Take every look in a thread of its own; one that does not end in time is a finding itself."""
    answers = {name: _begin(look) for name, look in looks.items()}
    for name, answer in answers.items():
        try:
            found = answer.get(timeout=limit_seconds)
        except Empty:
            detail = f"no answer within {limit_seconds:g} s"
            found = (Finding(part=name, serves=Serves.NO, detail=detail, hint="check network and name resolution"),)
        if isinstance(found, Exception):
            raise found
        yield from found


def _begin(look: Look) -> SimpleQueue[tuple[Finding, ...] | Exception]:
    answer: SimpleQueue[tuple[Finding, ...] | Exception] = SimpleQueue()

    def work() -> None:
        try:
            answer.put(look())
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is taken
            answer.put(error)

    threading.Thread(target=work, daemon=True).start()
    return answer
