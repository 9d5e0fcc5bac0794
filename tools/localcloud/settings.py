"""What a local cloud is made with, and where its files are."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import secrets
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from orchestrator.domain.errors import ConflictError

CLOUD_NAME = "localcloud"
EXTERNAL_NETWORK = "public"
IMAGE = "debian-12"


class Service(StrEnum):
    """The OpenStack projects; each is one process."""

    KEYSTONE = "keystone"
    PLACEMENT = "placement"
    GLANCE = "glance"
    NEUTRON = "neutron"
    NOVA = "nova"
    CINDER = "cinder"


STANDARD_PORTS = {
    Service.KEYSTONE: 5000,
    Service.PLACEMENT: 8778,
    Service.GLANCE: 9292,
    Service.NEUTRON: 9696,
    Service.NOVA: 8774,
    Service.CINDER: 8776,
}


class Mode(StrEnum):
    """What a server is."""

    HOSTS = "hosts"
    API_ONLY = "api-only"


class Wishes(BaseModel):
    """What may be chosen when a cloud is made; two clouds on one machine need different ones.

    Attributes:
        port_offset: Added to the standard port of every service; small enough that no port comes into the range
            (from 32768) that the kernel takes for outgoing connections.
        external_cidr: Addresses of the public network. The machine must not need anything in this range, since it
            is routed to the cloud (203.0.113.0/24, for one, may hide package mirrors).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    port_offset: int = Field(default=0, ge=0, le=23000)
    external_cidr: str = "198.51.100.0/24"

    @field_validator("external_cidr")
    @classmethod
    def _is_a_network(cls, value: str) -> str:
        if ipaddress.IPv4Network(value).num_addresses < 16:  # noqa: PLR2004 - a router and a few floating IPs
            raise ValueError("an external network of fewer than 16 addresses is of no use")
        return value


class CloudSettings(BaseModel):
    """Everything the processes of one cloud agree on; settings.json in its root, which the drivers read, too.

    Attributes:
        tag: First part of every device, network namespace and cgroup, derived from the root's path, so that
            clouds on one machine never touch each other's.
        base_root: Lower layer of every host; None where servers exist at the API only.
        apt_proxy: URL of the package cache that hosts reach; None where there are no hosts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tag: str
    mode: Mode
    mode_reason: str
    wishes: Wishes
    ports: dict[Service, int]
    external_gateway: str
    base_root: Path | None
    apt_proxy: str | None

    def url(self, service: Service, path: str = "") -> str:
        """Address of a service on the loopback."""
        return f"http://127.0.0.1:{self.ports[service]}{path}"


class Secrets(BaseModel):
    """Passwords of one cloud, drawn when its root is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    admin_password: str = Field(repr=False)
    service_password: str = Field(repr=False)


class Layout:
    """Where the files of a cloud are; everything is below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self.settings = self.root / "settings.json"
        self.secrets = self.root / "secrets.json"
        self.clouds_yaml = self.root / "clouds.yaml"
        self.faults = self.root / "faults.json"
        self.etc = self.root / "etc"
        self.log = self.root / "log"
        self.run = self.root / "run"
        self.data = self.root / "data"
        self.hosts = self.root / "hosts"
        self.database = self.data / "mysql"
        self.socket = self.run / "mysql.sock"

    @property
    def tag(self) -> str:
        """Six characters: a device name holds fifteen."""
        return "lc" + hashlib.sha256(str(self.root).encode()).hexdigest()[:4]

    def make(self) -> None:
        """Make the folders; nobody else may look inside, since configuration files hold passwords."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.root.chmod(0o700)
        for folder in (self.etc, self.log, self.run, self.data, self.hosts):
            folder.mkdir(exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.rename(path)


def load(layout: Layout) -> CloudSettings | None:
    """What this root was made with, or None where there is no cloud yet."""
    if not layout.settings.exists():
        return None
    return CloudSettings.model_validate_json(layout.settings.read_text())


def load_secrets(layout: Layout) -> Secrets:
    """The passwords of this root, drawn on the first call."""
    if not layout.secrets.exists():
        drawn = Secrets(admin_password=secrets.token_urlsafe(24), service_password=secrets.token_urlsafe(24))
        write_private(layout.secrets, json.dumps(drawn.model_dump()))
    return Secrets.model_validate_json(layout.secrets.read_text())


def agree(known: CloudSettings | None, wishes: Wishes | None) -> Wishes:
    """The wishes to go by: a cloud that exists keeps its own.

    Raises:
        ConflictError: Other wishes are given for a cloud that exists.
    """
    if known is None:
        return wishes or Wishes()
    if wishes is not None and wishes != known.wishes:
        raise ConflictError(
            "this local cloud was made with other settings",
            detail=f"made with {known.wishes.model_dump()}, asked for {wishes.model_dump()}",
            hint="tenure cloud down --wipe, then tenure cloud up with the new ones",
        )
    return known.wishes
