"""The object store (S3): buckets, what is in them, and credentials for one job."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from orchestrator.domain.errors import MissingPartError, OperationFailedError

SESSION_SECONDS = 3600
DELETED_AT_ONCE = 500
TIMEOUT_SECONDS = 20
ABSENT = frozenset({"404", "NoSuchKey", "NoSuchBucket", "NotFound"})


class Purpose(StrEnum):
    """What a job may do in a repository."""

    READ = "read"
    ADD = "add"
    """Write new objects; nothing that is there can be removed but locks."""
    MEND = "mend"
    """Remove objects, too: room is given back after a check."""


@dataclass(frozen=True)
class StoreSettings:
    """One object store.

    Attributes:
        url: ``http(s)://host[:port]``, as this machine and the hosts reach it.
        key: Id of the installation's own key.
        secret: The key.
        region: As the store wants it in signatures.
        role: What jobs become by STS (AssumeRole), narrowed to their bucket and purpose; empty where the store has no
            STS, and jobs use the installation's own key.
        sts_url: Where STS answers; empty means at the store itself.
        lock_days: For how many days the store keeps every object from being removed (object lock); 0 without.
    """

    url: str
    key: str
    secret: str = field(repr=False)
    region: str = "us-east-1"
    role: str = ""
    sts_url: str = ""
    lock_days: int = 0


class Store:
    """The store as the installation's own account.

    Args:
        settings: Where it is, and with which key.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self.settings = settings

    @cached_property
    def _s3(self) -> Any:  # noqa: ANN401  clients are made by the SDK at run time and have no type
        return self._client("s3", self.settings.url)

    def _client(self, service: str, url: str) -> Any:  # noqa: ANN401  as above
        try:
            import boto3  # noqa: PLC0415  loading it takes a while, and not every installation has a store
            from botocore.config import Config  # noqa: PLC0415
        except ImportError as error:
            raise MissingPartError(
                "the object store needs boto3, which is not installed", hint="pip install 'tenure[s3]'"
            ) from error
        make: Any = boto3.client  # typed by the name of each service, which is a variable here
        return make(
            service,
            endpoint_url=url,
            region_name=self.settings.region,
            aws_access_key_id=self.settings.key,
            aws_secret_access_key=self.settings.secret,
            config=Config(
                connect_timeout=TIMEOUT_SECONDS,
                read_timeout=TIMEOUT_SECONDS,
                retries={"max_attempts": 3},
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
            ),
        )

    def repository_url(self, bucket: str, prefix: str) -> str:
        """Give how restic names a repository."""
        return f"s3:{self.settings.url.rstrip('/')}/{bucket}/{prefix}"

    def provide(self, bucket: str) -> None:
        """Make a bucket unless it is there, with its object lock where one is set."""
        lock = self.settings.lock_days
        with self._asking(f"bucket {bucket}"):
            if self._has_bucket(bucket):
                return
            self._s3.create_bucket(Bucket=bucket, **({"ObjectLockEnabledForBucket": True} if lock else {}))
            if lock:
                rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": lock}}
                configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
                self._s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)

    def _has_bucket(self, bucket: str) -> bool:
        from botocore.exceptions import ClientError  # noqa: PLC0415  as above

        try:
            self._s3.head_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return False
            raise
        return True

    def sizes(self, bucket: str, prefix: str = "") -> dict[str, int]:
        """Give the objects below a prefix by key, with their sizes in bytes; nothing where there is no bucket."""
        with self._asking(f"bucket {bucket}"):
            if not self._has_bucket(bucket):
                return {}
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", [])}

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object."""
        with self._asking(f"object {key}"):
            digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
            self._s3.put_object(Bucket=bucket, Key=key, Body=content, ContentMD5=digest)  # a locked bucket wants it

    def get(self, bucket: str, key: str) -> bytes:
        """Read an object."""
        with self._asking(f"object {key}"):
            content: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            return content

    def remove(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove objects as they are listed; where the store keeps versions, those stay until their lock ends."""
        with self._asking(f"bucket {bucket}"):
            for at in range(0, len(keys), DELETED_AT_ONCE):
                named = [{"Key": key} for key in keys[at : at + DELETED_AT_ONCE]]
                self._refuse_failures(self._s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True}))

    def remove_bucket(self, bucket: str) -> None:
        """Remove a bucket with every version of everything in it, locked ones by the right to; harmless without one."""
        with self._asking(f"bucket {bucket}"):
            if not self._has_bucket(bucket):
                return
            for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
                for at in range(0, len(named), DELETED_AT_ONCE):
                    some = {"Objects": named[at : at + DELETED_AT_ONCE], "Quiet": True}
                    bypass = {"BypassGovernanceRetention": True} if self.settings.lock_days else {}
                    self._refuse_failures(self._s3.delete_objects(Bucket=bucket, Delete=some, **bypass))
            self._s3.delete_bucket(Bucket=bucket)

    @staticmethod
    def _refuse_failures(answer: Mapping[str, Any]) -> None:
        failures = answer.get("Errors", [])
        if failures:
            first = failures[0]
            raise OperationFailedError(
                f"the object store did not remove {first.get('Key')}", detail=str(first.get("Message", ""))
            )

    def credentials(self, bucket: str, prefix: str, purpose: Purpose, session: str) -> dict[str, str]:
        """Give ``key``, ``secret`` and ``token`` of a job: of an hour and for its purpose where there is STS."""
        settings = self.settings
        if not settings.role:
            return {"key": settings.key, "secret": settings.secret, "token": ""}
        sts = self._client("sts", settings.sts_url or settings.url)
        with self._asking("STS"):
            given = sts.assume_role(
                RoleArn=settings.role,
                RoleSessionName=session[:64],
                DurationSeconds=SESSION_SECONDS,
                Policy=json.dumps(policy(bucket, prefix, purpose)),
            )["Credentials"]
        return {"key": given["AccessKeyId"], "secret": given["SecretAccessKey"], "token": given["SessionToken"]}

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as above

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise OperationFailedError(
                f"the object store {self.settings.url} failed at {what}",
                detail=str(error),
                hint="see TENURE_BACKUP_STORE, its key, and whether the store answers",
            ) from error


def policy(bucket: str, prefix: str, purpose: Purpose) -> dict[str, Any]:
    """Give the policy of a job's session: its repository alone, and nothing removed but locks unless it mends."""
    inside = f"arn:aws:s3:::{bucket}/{prefix}"
    statements = [
        _allow(("s3:ListBucket", "s3:GetBucketLocation"), f"arn:aws:s3:::{bucket}"),
        _allow(("s3:GetObject",), f"{inside}/*"),
        _allow(("s3:PutObject", "s3:DeleteObject"), f"{inside}/locks/*"),
    ]
    if purpose is not Purpose.READ:
        statements.append(_allow(("s3:PutObject",), f"{inside}/*"))
    if purpose is Purpose.MEND:
        statements.append(_allow(("s3:DeleteObject",), f"{inside}/*"))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(actions: tuple[str, ...], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": [resource]}
