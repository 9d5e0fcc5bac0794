"""State in an object store, secrets under a key of a key management service; the service is moto's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import boto3
import pytest
from moto.server import ThreadedMotoServer

from orchestrator.adapters.openstack import OpenStackInventory
from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.names import Stage
from tests.integration.pulumi.conftest import MakeSpec, remove
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow]

REGION = "us-east-1"
BUCKET = "tenure-state"
ACCOUNT = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up", "AWS_REGION": REGION}


@dataclass(frozen=True)
class Aws:
    """Where moto listens, and the key that it keeps."""

    address: str
    key: str

    @property
    def backend(self) -> str:
        """The Pulumi backend's URL."""
        return f"s3://{BUCKET}?endpoint={self.address}&disableSSL=true&s3ForcePathStyle=true&region={REGION}"

    @property
    def secrets_provider(self) -> str:
        """The secrets provider's URL."""
        return f"awskms:///{self.key}?region={REGION}"

    def objects(self) -> dict[str, str]:
        """Give everything in the bucket."""
        s3 = _client("s3", self.address)
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


def _client(service: Literal["s3", "kms"], address: str) -> Any:  # noqa: ANN401  boto3 makes its classes when it runs
    return boto3.client(
        service,
        endpoint_url=f"http://{address}",
        region_name=REGION,
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
    )


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """An object store with a bucket, and a key management service with a key."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"{host}:{port}"
    _client("s3", address).create_bucket(Bucket=BUCKET)
    key = _client("kms", address).create_key()["KeyMetadata"]["KeyId"]
    yield Aws(address, key)
    server.stop()


def test_state_in_s3_with_secrets_under_a_kms_key(
    aws: Aws,
    settings: PulumiSettings,
    toolchain: Toolchain,
    vault: FileVault,
    make_spec: MakeSpec,
    inventory: OpenStackInventory,
) -> None:
    """A live environment is made, planned and removed; the bucket holds its state, secrets encrypted, and no lock."""
    spec = make_spec("bucket", stage=Stage.TRIAL)
    elsewhere = replace(
        settings,
        backend=aws.backend,
        secrets_provider=aws.secrets_provider,
        extra_environment=ACCOUNT | {"AWS_ENDPOINT_URL_KMS": f"http://{aws.address}"},
    )
    provisioner = PulumiProvisioner(elsewhere, toolchain, vault)
    job = Recorder().job(spec, "op-bucket")
    try:
        outputs = provisioner.up(job)
        assert outputs.project_id == inventory.project_id(spec.name)
        state = next(text for key, text in aws.objects().items() if key.endswith(f"/{spec.name}.json"))
        assert json.loads(state)["checkpoint"]["latest"]["secrets_providers"]["type"] == "cloud"
        assert not [key for key in aws.objects() if "/locks/" in key]
        assert not [key for key, text in aws.objects().items() if vault.derive(f"service-user/{spec.name}") in text]
        assert provisioner.preview(job).changes == ()
    finally:
        remove(provisioner, spec)
        provisioner.close()
    assert inventory.project_id(spec.name) is None
