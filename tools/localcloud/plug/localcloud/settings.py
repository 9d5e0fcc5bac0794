"""What `tenure cloud up` decided for this cloud; read once from settings.json in the cloud's root."""

import json
import os
from pathlib import Path

ROOT = Path(os.environ["LOCALCLOUD_ROOT"])
_SETTINGS = json.loads((ROOT / "settings.json").read_text())

TAG = _SETTINGS["tag"]                    # first part of every device, name space and cgroup of this cloud
HOSTS_ARE_REAL = _SETTINGS["mode"] == "hosts"
PORTS = _SETTINGS["ports"]                # service -> TCP port on the loopback
EXTERNAL_GATEWAY = _SETTINGS["external_gateway"]
BASE_ROOT = _SETTINGS["base_root"]        # lower layer of every host
APT_PROXY = _SETTINGS["apt_proxy"]        # URL that hosts reach through their router, or None

HOSTS = ROOT / "hosts"
VOLUMES = ROOT / "data" / "volumes"


def secrets():
    """Passwords of the administrator and of the services' own user."""
    return json.loads((ROOT / "secrets.json").read_text())


def url(service, path=""):
    return f"http://127.0.0.1:{PORTS[service]}{path}"
