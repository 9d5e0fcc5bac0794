"""migrate.py PROJECT...: makes the schemas of these projects, one after the other, each in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

from localcloud import settings

BIN = Path(sys.executable).parent
ETC = settings.ROOT / "etc"


def nova():
    """Four commands of nova-manage, but one start of Python."""
    from nova.cmd import manage                 # first: it keeps eventlet out

    from nova import config, objects
    from nova.db import migration

    config.parse_args(["nova-manage", "--config-file", str(ETC / "nova/nova.conf")])
    objects.register_all()
    migration.db_sync(database="api")
    cells = manage.CellV2Commands()
    steps = (cells.map_cell0(), cells.create_cell(name="cell1"), manage.DbCommands().sync())
    if any(steps):
        sys.exit(f"nova: {steps}")


COMMANDS = {
    "keystone": ["keystone-manage", "--config-file", ETC / "keystone/keystone.conf", "db_sync"],
    "placement": ["placement-manage", "--config-file", ETC / "placement/placement.conf", "db", "sync"],
    "glance": ["glance-manage", "--config-file", ETC / "glance/glance-api.conf", "db_sync"],
    "neutron": ["neutron-db-manage", "--config-file", ETC / "neutron/neutron.conf", "--config-file",
                ETC / "neutron/ml2.ini", "upgrade", "heads"],
    "cinder": ["cinder-manage", "--config-file", ETC / "cinder/cinder.conf", "db", "sync"],
}

if __name__ == "__main__":
    for project in sys.argv[1:]:
        if project == "nova":
            nova()
        else:
            program, *arguments = COMMANDS[project]
            subprocess.run([sys.executable, BIN / program, *arguments], check=True)
