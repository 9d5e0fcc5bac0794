"""Backups by restic of living hosts (Art. 16, 30): taken, read whole, brought back, damaged, and refused."""

from __future__ import annotations

import pytest

from tests.integration.restic.conftest import HOSTS, House
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]


def test_a_backup_is_taken_and_compares_equal(house: House) -> None:
    """Art. 30: restic is set up where it lacks, both volumes are copied with a manifest, and all of it reads equal."""
    recorder = Recorder()
    backup = house.take("bak-1", recorder)
    assert [(item.volume, item.mount, item.files) for item in backup.items] == [
        (f"{host}-data", "/srv", 53) for host in HOSTS
    ]
    assert {(host, "done") for host in HOSTS} <= set(recorder.told())
    comparison = house.compare(backup)
    assert comparison.equal, comparison.differences
    assert comparison.files == 106
