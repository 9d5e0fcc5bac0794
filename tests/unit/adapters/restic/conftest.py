"""An object store inside the test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from orchestrator.adapters.restic import Repositories, Store, StoreSettings

BUCKET = "tenure-water-gauge-test-0011aabb"


@pytest.fixture(scope="session")
def store_url() -> Iterator[str]:
    """Start moto's server on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Give the store without the bucket of the tests, before and after."""
    found = Store(StoreSettings(url=store_url, key="any", secret="any"))
    found.remove_bucket(BUCKET)
    yield found
    found.remove_bucket(BUCKET)


@pytest.fixture
def repositories(store: Store) -> Repositories:
    """Give the repositories in it."""
    return Repositories(store, lambda bucket: f"password of {bucket}")
