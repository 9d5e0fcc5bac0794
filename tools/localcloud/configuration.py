"""Configuration files of all services, from the templates in etc/."""

from __future__ import annotations

import base64
import os
import shutil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.localcloud.cache import HERE
from tools.localcloud.settings import (
    CLOUD_NAME,
    CloudSettings,
    Layout,
    Mode,
    Secrets,
    Service,
    write_private,
)

FILES = (
    "keystone/keystone.conf",
    "placement/placement.conf",
    "glance/glance-api.conf",
    "neutron/neutron.conf",
    "neutron/ml2.ini",
    "nova/nova.conf",
    "cinder/cinder.conf",
)
SAMPLES = ("nova/api-paste.ini", "glance/glance-api-paste.ini")
FOLDERS = (
    "glance/images",
    "glance/tasks",
    "glance/staging",
    "glance/cache",
    "neutron",
    "nova/instances",
    "cinder/coord",
    "volumes",
)
DRIVERS = {Mode.HOSTS: "LocalCloudDriver", Mode.API_ONLY: "ApiOnlyDriver"}
FERNET_KEY_BYTES = 32
CLOUDS_YAML = """\
# Made by `tenure cloud up`; the administrator of the local cloud.
clouds:
  {name}:
    auth:
      auth_url: {url}
      username: admin
      password: {password}
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    identity_api_version: 3
    interface: public
    compute_api_version: "2.90"
    volume_api_version: "3.70"
"""


def write(layout: Layout, settings: CloudSettings, secrets: Secrets, python: Path) -> None:
    """Write everything below etc/ and data/ that the services read at their start."""
    samples = python.parent.parent / "etc"
    templates = Environment(  # noqa: S701 - configuration files are not HTML
        loader=FileSystemLoader(HERE / "etc"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    facts = {
        "root": layout.root,
        "samples": samples,
        "service_password": secrets.service_password,
        "compute_driver": DRIVERS[settings.mode],
        "url": lambda name: settings.url(Service(name)),
    }
    for file in FILES:
        target = layout.etc / file
        target.parent.mkdir(exist_ok=True)
        write_private(target, templates.get_template(target.name).render(facts))
    for file in SAMPLES:
        shutil.copy(samples / file, layout.etc / file)
    for folder in FOLDERS:
        (layout.data / folder).mkdir(parents=True, exist_ok=True)
    _write_keys(layout)


def write_clouds_yaml(layout: Layout, settings: CloudSettings, secrets: Secrets) -> None:
    """Write the client's file; only its owner may read it."""
    text = CLOUDS_YAML.format(
        name=CLOUD_NAME, url=settings.url(Service.KEYSTONE, "/v3"), password=secrets.admin_password
    )
    write_private(layout.clouds_yaml, text)


def _write_keys(layout: Layout) -> None:
    """Keys of tokens and stored credentials, as `keystone-manage fernet_setup` would draw them."""
    for name in ("fernet", "credential"):
        folder = layout.data / name
        folder.mkdir(mode=0o700, exist_ok=True)
        for index in ("0", "1"):
            if not (folder / index).exists():
                write_private(folder / index, base64.urlsafe_b64encode(os.urandom(FERNET_KEY_BYTES)).decode())
