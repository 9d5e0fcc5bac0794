"""OpenTofu's side: the same environment in HCL, with the same release of the provider."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Final

from orchestrator.adapters.pulumi.clouds import Cloud
from orchestrator.adapters.pulumi.engine import PARALLEL
from orchestrator.adapters.toolchain import PeerTools
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.quota import quota_of
from orchestrator.domain.spec import EnvironmentSpec
from stacks import cloud_init, naming, quotas
from stacks.context import Spread
from tests.bench.provision.subject import specification

LIMIT_SECONDS: Final = 600.0
LAST_LINES: Final = 12
HCL: Final = Path(__file__).with_name("main.tf")


class OpenTofuSide:
    """Runs ``tofu apply`` and ``tofu destroy``, with the defaults that people run them with.

    Args:
        folder: Where working folders go.
        tools: OpenTofu and the provider.
        cloud: Entry of clouds.yaml.
        external_network: Where floating addresses come from.
        ca_public_key: The user authority that hosts trust, as in Tenure's.
    """

    def __init__(self, folder: Path, tools: PeerTools, cloud: str, external_network: str, ca_public_key: str) -> None:
        self._folder = folder
        self._tools = tools
        self._cloud = cloud
        self._external_network = external_network
        self._ca_public_key = ca_public_key
        self._configuration = folder / "tofu.rc"
        folder.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(_overrides(tools.provider_folder), encoding="utf-8")

    def prepare(self, system: str, password: str) -> None:
        """Write the environment's folder."""
        place = self._place(system)
        place.mkdir(mode=0o700)
        shutil.copy(HCL, place)
        spec = specification(system, self._external_network, self._ca_public_key)
        values = self._variables(spec, password)
        (place / "terraform.tfvars.json").write_text(json.dumps(values), encoding="utf-8")

    def create(self, system: str) -> float:
        """Plan and apply; gives the seconds."""
        return self._timed(system, "apply")

    def remove(self, system: str) -> float:
        """Destroy everything; gives the seconds."""
        return self._timed(system, "destroy")

    def clear(self, system: str) -> None:
        """Destroy what is left, if anything was made."""
        place = self._place(system)
        if (place / "terraform.tfstate").exists() and self._resources(place):
            self.remove(system)
        shutil.rmtree(place, ignore_errors=True)

    def command(self, system: str, action: str) -> tuple[list[str], Path, dict[str, str]]:
        """Give command line, folder and environment of an action."""
        arguments = [action, "-auto-approve", "-input=false", "-no-color", f"-parallelism={PARALLEL}"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "TF_"))}
        environment |= {name: value for name, value in os.environ.items() if name == "OS_CLIENT_CONFIG_FILE"}
        environment |= {"TF_CLI_CONFIG_FILE": str(self._configuration), "TF_IN_AUTOMATION": "1"}
        return [str(self._tools.tofu), *arguments], self._place(system), environment

    def _timed(self, system: str, action: str) -> float:
        command, place, environment = self.command(system, action)
        log = place / f"{action}.log"
        began = time.monotonic()
        with log.open("wb") as output:
            code = _finish(
                subprocess.Popen(
                    command,
                    cwd=place,
                    env=environment,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        seconds = time.monotonic() - began
        if code != 0:
            lines = log.read_text(encoding="utf-8").splitlines()[-LAST_LINES:]
            raise OperationFailedError(f"tofu {action} failed", detail="\n".join(lines))
        return seconds

    def _place(self, system: str) -> Path:
        return self._folder / system

    def _resources(self, place: Path) -> list[Any]:
        state = json.loads((place / "terraform.tfstate").read_text(encoding="utf-8"))
        return [each for each in state["resources"] if each["mode"] == "managed"]

    def _variables(self, spec: EnvironmentSpec, password: str) -> dict[str, Any]:
        facts = Cloud(self._cloud, Spread.SOFT, None).facts(container=False)
        (role,) = spec.roles
        hosts = role.host_names()
        return {
            "cloud": self._cloud,
            "name": spec.name,
            "description": naming.description(spec),
            "tags": naming.tags(spec),
            "service_user": naming.service_user(spec.name),
            "password": password,
            "access": facts.model_dump(
                mode="json", include={"auth_url", "region", "interface", "ca_file", "user_domain", "project_domain"}
            ),
            "cidr": str(spec.network.cidr),
            "external_network": spec.network.external_network,
            "quotas": _quotas(spec),
            "group": naming.group_name(role.name),
            "rules": _rules(spec),
            "public_key": spec.access.emergency_public_key,
            "image": role.image,
            "flavor": role.flavor,
            "hosts": {
                host: {
                    "user_data": cloud_init.user_data(spec, role, host),
                    "metadata": spec.marks() | {"role": role.name},
                }
                for host in hosts
            },
            "volumes": {
                naming.volume_name(host, volume.name): {
                    "host": host,
                    "size": volume.size_gib,
                    "metadata": spec.marks() | {"host": host, "mount": volume.mount},
                }
                for host in hosts
                for volume in role.volumes
            },
            "bastion": hosts[0],
        }


def _finish(process: subprocess.Popen[bytes]) -> int:
    """Wait for its exit code; when the bench is interrupted, it may end what it has begun, so that its state is true.

    It runs in a session of its own, because a second interrupt, of the terminal, would make it drop everything.
    """
    with process:
        try:
            return process.wait(LIMIT_SECONDS)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait(LIMIT_SECONDS)
            raise
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _overrides(provider_folder: Path) -> str:
    return (
        "provider_installation {\n  dev_overrides {\n"
        f'    "terraform-provider-openstack/openstack" = "{provider_folder}"\n'
        "  }\n  direct {}\n}\n"
    )


def _quotas(spec: EnvironmentSpec) -> dict[str, dict[str, int]]:
    """Give the numbers that stacks/ sets."""
    sets: dict[str, Any] = {
        "compute": quotas.compute(quota_of(spec), ""),
        "network": quotas.network(quota_of(spec), ""),
        "volume": quotas.volume(quota_of(spec), ""),
    }
    return {
        name: {key: value for key, value in vars(numbers).items() if isinstance(value, int)}
        for name, numbers in sets.items()
    }


def _rules(spec: EnvironmentSpec) -> dict[str, dict[str, Any]]:
    return {
        flow.key: {
            "first": flow.first_port,
            "last": flow.last_port,
            "protocol": str(flow.protocol),
            "cidr": str(flow.peer_cidr),
        }
        for flow in spec.flows
    }
