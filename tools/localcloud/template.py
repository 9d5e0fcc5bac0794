"""The database template: every schema migrated once per lock, then copied into each new cloud."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.localcloud import commands, configuration, database, services
from tools.localcloud.cache import HERE, Part, key
from tools.localcloud.progress import Progress
from tools.localcloud.runtime import LOCK
from tools.localcloud.settings import CloudSettings, Layout, Secrets, write_private

# Two lines, since the migrations keep two processors busy; by what they cost.
LINES = (("neutron", "placement", "keystone"), ("nova", "cinder", "glance"))


def part(cache: Path) -> Part:
    """The template of this lock, this MariaDB and these options."""
    server = commands.attempt("mariadbd", "--version").stdout.split("Ver", 1)[-1].strip()
    recipe = (HERE / "plug" / "migrate.py").read_bytes()
    return Part(cache, "template", key(LOCK.read_bytes(), server, recipe, *database.OPTIONS))


def provide(cache: Path, python: Path, settings: CloudSettings, progress: Progress) -> Path:
    """The template's database folder, made when it is not there."""
    wanted = part(cache)

    def make(folder: Path) -> None:
        progress("migrating the databases of all projects (once per version)")
        _make(Layout(folder), python, settings, progress)

    return wanted.provide(make, progress) / "data" / "mysql"


def _make(layout: Layout, python: Path, settings: CloudSettings, progress: Progress) -> None:
    layout.make()
    write_private(layout.settings, settings.model_dump_json())
    nobody = Secrets(admin_password="", service_password="")
    configuration.write(layout, settings, nobody, python)
    database.install(layout)
    database.start(layout)
    try:
        database.make_schemas(layout)
        with ThreadPoolExecutor(len(LINES)) as pool:
            for done in [pool.submit(_migrate, layout, python, line, progress) for line in LINES]:
                done.result()
    finally:
        database.stop(layout)


def _migrate(layout: Layout, python: Path, projects: tuple[str, ...], progress: Progress) -> None:
    for project in projects:
        commands.run_logged(
            f"migrating {project}",
            [python, HERE / "plug" / "migrate.py", project],
            layout.log / f"migrate-{project}.log",
            environment=services.environment(layout, python),
        )
        progress(f"schema of {project}")
