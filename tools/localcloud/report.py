"""What is told about a local cloud."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from tools.localcloud import database, hosts, objectstore, services
from tools.localcloud.processes import Process
from tools.localcloud.seed import FLAVORS
from tools.localcloud.settings import (
    CLOUD_NAME,
    EXTERNAL_NETWORK,
    IMAGE,
    CloudSettings,
    Layout,
    Mode,
    Service,
    load,
)

MIB = 1 << 20


class CloudInfo(BaseModel):
    """A cloud that is ready, for whoever wants to use it.

    Attributes:
        mode_reason: Why servers are real hosts, or why they exist at the API only.
        endpoints: Base URL of every service.
        object_store: Where hosts find an object store (S3), which takes any key; None where there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: Path
    clouds_yaml: Path
    cloud: str = CLOUD_NAME
    mode: Mode
    mode_reason: str
    endpoints: dict[Service, str]
    object_store: str | None = None
    external_network: str = EXTERNAL_NETWORK
    external_cidr: str
    image: str = IMAGE
    flavors: tuple[str, ...] = tuple(FLAVORS)


class ProcessStatus(BaseModel):
    """One background process.

    Attributes:
        answers: Whether it takes requests; None where that can't be asked.
        running_seconds: Since its start.
        memory_mib: Its proportional share of memory, together with its children.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    running: bool
    pid: int | None = None
    answers: bool | None = None
    running_seconds: float | None = None
    memory_mib: float | None = None


class CloudStatus(BaseModel):
    """A cloud as it is now; ``made`` is False where a root holds none.

    Attributes:
        ready: Every service answers.
        host_count: Servers that run as real hosts.
        memory_mib: Of the cloud's own processes, without the hosts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: Path
    made: bool
    ready: bool
    mode: Mode | None = None
    mode_reason: str = ""
    clouds_yaml: Path | None = None
    processes: tuple[ProcessStatus, ...] = ()
    host_count: int = 0
    memory_mib: float = 0


def info(layout: Layout, settings: CloudSettings) -> CloudInfo:
    """What a user of this cloud needs to know."""
    return CloudInfo(
        root=layout.root,
        clouds_yaml=layout.clouds_yaml,
        mode=settings.mode,
        mode_reason=settings.mode_reason,
        endpoints={service: settings.url(service) for service in Service},
        external_cidr=settings.wishes.external_cidr,
        object_store=_store_url(layout, settings),
    )


def _store_url(layout: Layout, settings: CloudSettings) -> str | None:
    runs = object_store(layout).pid() is not None
    return objectstore.url(settings.external_gateway) if runs else None


def apt_proxy(layout: Layout) -> Process:
    """The hosts' package cache."""
    return Process(layout.run / "apt-proxy.lock")


def object_store(layout: Layout) -> Process:
    """The hosts' object store."""
    return Process(layout.run / "object-store.lock")


def status(layout: Layout) -> CloudStatus:
    """Look at every process."""
    settings = load(layout)
    if settings is None:
        return CloudStatus(root=layout.root, made=False, ready=False)
    processes = [_process("mariadb", database.process(layout), answers=database.answers(layout))]
    for service in Service:
        answers = services.answers(settings, service)
        processes.append(_process(service, services.process(layout, service), answers=answers))
    ready = all(process.running and process.answers for process in processes)
    if settings.mode is Mode.HOSTS:
        processes.append(_process("apt-proxy", apt_proxy(layout), answers=None))
        processes.append(_process("object-store", object_store(layout), answers=None))
    return CloudStatus(
        root=layout.root,
        made=True,
        ready=ready,
        mode=settings.mode,
        mode_reason=settings.mode_reason,
        clouds_yaml=layout.clouds_yaml,
        processes=tuple(processes),
        host_count=hosts.running(layout),
        memory_mib=round(sum(process.memory_mib or 0 for process in processes), 1),
    )


def _process(name: str, process: Process, *, answers: bool | None) -> ProcessStatus:
    pid = process.pid()
    if pid is None:
        return ProcessStatus(name=name, running=False, answers=False if answers is not None else None)
    try:
        seen = psutil.Process(pid)
        started = seen.create_time()
        memory = sum(part.memory_full_info().pss for part in [seen, *seen.children(recursive=True)])
    except psutil.Error:
        return ProcessStatus(name=name, running=True, pid=pid, answers=answers)
    return ProcessStatus(
        name=name,
        running=True,
        pid=pid,
        answers=answers,
        running_seconds=round(time.time() - started, 1),
        memory_mib=round(memory / MIB, 1),
    )
