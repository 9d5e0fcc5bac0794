"""The object store of a local cloud: what is removed gives its room back."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tools.localcloud import objectstore

OBJECT_BYTES = 3 * (1 << 20) - 7
"""More than moto keeps in memory, and no size that anything else has."""
ADDRESS = "127.0.0.1"


@pytest.fixture
def store() -> Any:  # noqa: ANN401  boto3 makes its clients at run time
    """Give a client of a store that serves in this process."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port = probe.getsockname()[1]
    threading.Thread(target=objectstore.serve, args=(ADDRESS, port), daemon=True).start()
    retries = Config(retries={"max_attempts": 10, "mode": "standard"})
    return boto3.client(
        "s3",
        endpoint_url=f"http://{ADDRESS}:{port}",
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=retries,
    )


def contents_held() -> int:
    """Give how many files as large as our objects this process holds open that nobody else can find."""
    held = 0
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed since it was listed
            unlinked = str(link.readlink()).endswith("(deleted)")
            held += unlinked and os.fstat(int(link.name)).st_size == OBJECT_BYTES
    return held


def test_what_is_removed_leaves_no_copy_on_the_disk(store: Any) -> None:  # noqa: ANN401  as above
    """Removing a bucket means listing its versions, which must not copy them."""
    store.create_bucket(Bucket="backups")
    for number in range(3):
        store.put_object(Bucket="backups", Key=f"pack-{number}", Body=bytes(OBJECT_BYTES))
    versions = store.list_object_versions(Bucket="backups")["Versions"]
    assert contents_held() == len(versions) == 3
    named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions]
    store.delete_objects(Bucket="backups", Delete={"Objects": named})
    assert contents_held() == 0
