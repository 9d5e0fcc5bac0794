"""The house of this module's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cloud import CloudAccess
from tests.integration.drills.house import House, a_house


@pytest.fixture(scope="module")
def house(cloud: CloudAccess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a live environment with one real host that is backed up into the cloud's object store."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environment().items():
            patch.setenv(name, value)
        with a_house(cloud, tmp_path_factory.mktemp("home")) as found:
            yield found
