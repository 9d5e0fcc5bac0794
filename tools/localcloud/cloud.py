"""Making, stopping and removing a local cloud. Every function may be repeated, and be killed at any point."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from orchestrator.domain.errors import ConflictError
from tools.localcloud import (
    ability,
    aptproxy,
    baseroot,
    cache,
    configuration,
    database,
    hosts,
    network,
    objectstore,
    parts,
    report,
    runtime,
    seed,
    services,
    template,
)
from tools.localcloud.ability import Ability
from tools.localcloud.locks import locked
from tools.localcloud.processes import Process
from tools.localcloud.progress import Progress, silent
from tools.localcloud.report import CloudInfo, CloudStatus
from tools.localcloud.settings import (
    STANDARD_PORTS,
    CloudSettings,
    Layout,
    Mode,
    Service,
    Wishes,
    agree,
    load,
    load_secrets,
    write_private,
)

STOP_ORDER = (
    Service.NOVA,
    Service.CINDER,
    Service.NEUTRON,
    Service.GLANCE,
    Service.PLACEMENT,
    Service.KEYSTONE,
)
PROCESS_STOP_SECONDS = 5.0


def default_cache() -> Path:
    """Where the parts are kept unless told otherwise; the same folder as the rest of Tenure uses."""
    return Path.home() / ".cache" / "tenure"


def default_root(cache_folder: Path) -> Path:
    """Where a cloud keeps its state unless told otherwise."""
    return cache_folder / "localcloud" / "run"


def up(root: Path, cache_folder: Path, progress: Progress = silent, wishes: Wishes | None = None) -> CloudInfo:
    """Make the cloud run, whatever state it is in: missing, stopped, half made, partly killed, or running.

    Args:
        root: Folder of everything that this cloud writes.
        cache_folder: Folder of what is made once per machine and version.
        progress: Told about every step that takes time.
        wishes: Ports and addresses; None keeps those of a cloud that exists.

    Raises:
        MissingPartError: A program is not on this machine and can't be installed from here.
        ConflictError: Ports or addresses are in use, or the cloud exists with other settings.
        OperationFailedError: A step failed; its log is named.
    """
    layout = Layout(root)
    with _alone(layout, progress):
        settings = _settings(layout, cache_folder, wishes, progress)
        if not report.status(layout).ready:
            _start(layout, cache_folder, settings, progress)
        if settings.mode is Mode.HOSTS:
            _start_object_store(layout, settings, progress)
        progress(f"ready: {layout.clouds_yaml}")
        return report.info(layout, settings)


@contextmanager
def _alone(layout: Layout, progress: Progress) -> Iterator[None]:
    if layout.root.exists() and os.geteuid() not in (0, layout.root.stat().st_uid):
        raise ConflictError(
            f"the local cloud in {layout.root} belongs to another account",
            hint="run the command as that account, or choose another folder: --root FOLDER",
        )
    with locked(layout.root / "cloud.lock", lambda: progress("waiting: another command is working on this cloud")):
        yield


def _settings(layout: Layout, cache_folder: Path, wishes: Wishes | None, progress: Progress) -> CloudSettings:
    """The settings on record, brought up to date with this machine and this version."""
    layout.make()
    known = load(layout)
    agreed = agree(known, wishes)
    can = _ability(layout, progress)
    gateway = network.gateway(agreed.external_cidr)
    real = can.mode is Mode.HOSTS
    settings = CloudSettings(
        tag=layout.tag,
        mode=can.mode,
        mode_reason=can.reason,
        wishes=agreed,
        ports={service: port + agreed.port_offset for service, port in STANDARD_PORTS.items()},
        external_gateway=gateway,
        base_root=baseroot.part(cache_folder).folder if real else None,
        apt_proxy=f"http://{gateway}:{aptproxy.PORT}" if real else None,
    )
    if real:
        network.check_free(agreed.external_cidr, layout.tag)
        hosts.prepare(layout, can.hosts_folder)
    if settings != known:
        write_private(layout.settings, settings.model_dump_json(indent=2))
    return settings


def _ability(layout: Layout, progress: Progress) -> Ability:
    can = ability.without_hosts()
    parts.provide(parts.FOR_ANY_CLOUD if can else parts.FOR_ANY_CLOUD | parts.FOR_HOSTS, progress)
    can = can or ability.try_hosts(layout.hosts.with_name("probe"))
    if can.mode is Mode.API_ONLY:
        progress(f"servers will exist at the API only: {can.reason}")
    return can


def _start(layout: Layout, cache_folder: Path, settings: CloudSettings, progress: Progress) -> None:
    # The base root is made while the databases migrate: one waits for the network, the other for the processor.
    with ThreadPoolExecutor(1) as pool:
        if settings.mode is Mode.HOSTS:
            base = pool.submit(baseroot.provide, cache_folder, progress)
        python = runtime.provide(cache_folder, progress)
        _start_database(layout, cache_folder, settings, python, progress)
        _start_services(layout, settings, python, progress)
        if settings.mode is Mode.HOSTS:
            base.result()
            _start_apt_proxy(layout, cache_folder, settings)
    seed.provide(layout, settings)
    progress("flavors, image and public network are there")


def _start_database(
    layout: Layout, cache_folder: Path, settings: CloudSettings, python: Path, progress: Progress
) -> None:
    secrets = load_secrets(layout)
    configuration.write(layout, settings, secrets, python)
    configuration.write_clouds_yaml(layout, settings, secrets)
    services.remember_interpreter(layout, python)
    if not layout.database.exists():
        database.move_in(layout, template.provide(cache_folder, python, settings, progress))
    database.start(layout)
    database.point_cells_here(layout)
    progress("database answers")


def _start_services(layout: Layout, settings: CloudSettings, python: Path, progress: Progress) -> None:
    for service in Service:
        services.launch(layout, settings, python, service)
    for service in Service:
        services.wait_until_ready(layout, settings, service)
        progress(f"{service} answers at {settings.url(service)}")


def _start_apt_proxy(layout: Layout, cache_folder: Path, settings: CloudSettings) -> None:
    packages = cache_folder / "localcloud" / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [sys.executable, cache.HERE / "aptproxy.py", settings.external_gateway, packages]
    report.apt_proxy(layout).start(
        command, services.environment(layout, Path(sys.executable)), layout.log / "apt-proxy.log"
    )


def _start_object_store(layout: Layout, settings: CloudSettings, progress: Progress) -> None:
    """Start it where moto is: the cloud is whole without it, only backups by restic need it."""
    if not objectstore.available():
        progress(f"no object store: moto is not installed ({objectstore.HINT})")
        return
    report.object_store(layout).start(
        [sys.executable, "-P", cache.HERE / "objectstore.py", settings.external_gateway],
        services.environment(layout, Path(sys.executable)),
        layout.log / "object-store.log",
    )


def status(root: Path) -> CloudStatus:
    """How the cloud is; takes no lock and changes nothing."""
    return report.status(Layout(root))


def down(root: Path, progress: Progress = silent) -> None:
    """Stop every process and host; what they wrote stays, and the next :func:`up` goes on from it.

    Hosts end as if their plug were pulled; their files are whole, since the machine's own kernel has them.
    """
    layout = Layout(root)
    if layout.root.exists():
        with _alone(layout, progress):
            _stop(layout, progress)


def _stop(layout: Layout, progress: Progress) -> None:
    for service in STOP_ORDER:
        services.process(layout, service).stop(services.STOP_SECONDS)
    report.apt_proxy(layout).stop(PROCESS_STOP_SECONDS)
    if report.object_store(layout).pid() is not None:
        report.object_store(layout).stop(PROCESS_STOP_SECONDS)
        progress("the object store has ended, and what was in it is gone")
    database.stop(layout)
    for lock in layout.run.glob("*.lock"):
        Process(lock).stop(PROCESS_STOP_SECONDS)
    progress("processes have ended")
    hosts.remove_all(layout)
    progress("hosts, name spaces, mounts and devices are gone")


def wipe(root: Path, progress: Progress = silent) -> None:
    """Stop everything and remove every file of this cloud; the cache stays."""
    layout = Layout(root)
    if layout.root.exists():
        with _alone(layout, progress):
            _stop(layout, progress)
            shutil.rmtree(layout.root)
        progress(f"{layout.root} is removed")


def purge(root: Path, cache_folder: Path, progress: Progress = silent) -> None:
    """:func:`wipe`, and remove the cached parts of all versions; no other cloud of this cache may run."""
    wipe(root, progress)
    cache.purge(cache_folder)
    progress(f"{cache_folder / 'localcloud'} is removed")
