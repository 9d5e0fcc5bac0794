"""What the toolchain hands out: the programs that are there, and the environment to run them in."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Tools:
    """A verified Pulumi of the pinned versions.

    Attributes:
        pulumi: The CLI's binary; it is named ``pulumi`` and stands in a folder named ``bin``, as
            ``pulumi.automation.PulumiCommand(root=…)`` wants it.
        home: ``PULUMI_HOME``: a folder of the cache that holds the resource plugin; ``~/.pulumi`` stays untouched.
        path_entries: Folders that go first on ``PATH``: the CLI's, then the Python language host's.
    """

    pulumi: Path
    home: Path
    path_entries: tuple[Path, ...]

    def environment(self) -> dict[str, str]:
        """Variables to lay over a child's environment, so that it finds these programs and fetches none by itself.

        Programs that the language host starts run in the Python that Tenure itself runs in.
        """
        inherited = os.environ.get("PATH", os.defpath)
        return {
            "PATH": os.pathsep.join([*map(str, self.path_entries), inherited]),
            "PULUMI_HOME": str(self.home),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
            "PULUMI_PYTHON_CMD": sys.executable,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }


@dataclass(frozen=True)
class PeerTools:
    """What ``make bench`` measures against; built on demand only.

    Attributes:
        tofu: The OpenTofu CLI's binary.
        provider_folder: Folder with ``terraform-provider-openstack`` of the same version as in Pulumi's plugin, for
            ``dev_overrides`` of an OpenTofu CLI configuration.
    """

    tofu: Path
    provider_folder: Path


@dataclass(frozen=True)
class ForgeTools:
    """A real forge for the tests; built on demand only.

    Attributes:
        gitea: Gitea's binary.
        static: Its pages and texts (``STATIC_ROOT_PATH``).
    """

    gitea: Path
    static: Path
