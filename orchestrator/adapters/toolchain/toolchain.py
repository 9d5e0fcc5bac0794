"""The one entrance to the toolchain: what the Pulumi adapter, the bench and the command line ask for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.adapters.toolchain.part import WayFailedError, ensure
from orchestrator.adapters.toolchain.parts import (
    GITEA_ROOT,
    gitea,
    language_host,
    openstack_plugin,
    opentofu,
    pulumi_cli,
    terraform_provider,
)
from orchestrator.adapters.toolchain.store import Store
from orchestrator.adapters.toolchain.tools import ForgeTools, PeerTools, Tools
from orchestrator.domain.errors import MissingPartError

if TYPE_CHECKING:
    from orchestrator.adapters.toolchain.part import Part, Progress
    from orchestrator.adapters.toolchain.store import Stamp


@dataclass(frozen=True)
class PartStatus:
    """What the cache holds of one part.

    Attributes:
        name: As a user reads it.
        version: The pinned version.
        folder: Where it is, or would be.
        stamp: None when it isn't there or was changed since it was verified.
        fault: Why it does not serve; empty when it does.
    """

    name: str
    version: str
    folder: Path
    stamp: Stamp | None
    fault: str


class Toolchain:
    """Pulumi CLI, OpenStack resource plugin and Python language host of the pinned versions.

    Args:
        cache: The installation's cache folder (``Settings.cache``); parts live under ``toolchain/`` of it.
    """

    def __init__(self, cache: Path) -> None:
        self._store = Store(cache / "toolchain")
        self._search_path = _path_without(self._store.root)
        self._pulumi = pulumi_cli(self._search_path)
        cli = self._store.folder(self._pulumi.key) / self._pulumi.files[0]
        self._plugin = openstack_plugin(cli, self._search_path)
        self._language = language_host(cli, self._search_path)

    @property
    def root(self) -> Path:
        """The folder of every part."""
        return self._store.root

    def require(self) -> Tools:
        """The tools, at once: nothing is run, each part's stamp is compared with its files' sizes and times.

        Raises:
            MissingPartError: A part isn't installed or was changed since; the hint names the command that mends it.
        """
        missing = [status.name for status in self.status() if status.stamp is None]
        if missing:
            raise MissingPartError(
                f"Not installed: {', '.join(missing)}",
                detail=f"{self._store.root} holds no verified copy of the pinned version.",
                hint="tenure toolchain install",
            )
        return self._tools()

    def install(self, progress: Progress) -> Tools:
        """Have every part, verified by hash and by running it; what is missing or broken is fetched or built.

        Two installs at once are harmless: the second waits for the first and finds its work.

        Args:
            progress: Takes lines of text while it works.

        Raises:
            MissingPartError: No way to a part worked; each reason is in the detail.
        """
        for part in self._parts:
            ensure(part, self._store, progress)
        tools = self._tools()
        with self._store.locked(self._pulumi.key):
            _put_beside(tools.pulumi, tools.path_entries[-1])
        return tools

    def peers(self, progress: Progress) -> PeerTools:
        """Have what ``make bench`` measures against, built from pinned Go modules when it isn't there yet."""
        tofu, provider = opentofu(self._search_path), terraform_provider()
        for part in (tofu, provider):
            ensure(part, self._store, progress)
        return PeerTools(
            tofu=self._store.folder(tofu.key) / tofu.files[0],
            provider_folder=(self._store.folder(provider.key) / provider.files[0]).parent,
        )

    def forge(self, progress: Progress) -> ForgeTools:
        """Have the forge of the tests, built from pinned Go modules when it isn't there yet."""
        part = gitea()
        ensure(part, self._store, progress)
        folder = self._store.folder(part.key)
        return ForgeTools(gitea=folder / part.files[0], static=folder / GITEA_ROOT)

    def status(self) -> tuple[PartStatus, ...]:
        """What is there, as :meth:`require` sees it: by stamps, sizes and times."""
        return tuple(self._status(part, self._store.stamp(part.key)) for part in self._parts)

    def examined(self) -> tuple[PartStatus, ...]:
        """What is there, and whether it has the recorded bytes and runs; nothing is fetched or mended."""
        return tuple(self._examined(part) for part in self._parts)

    def _status(self, part: Part, stamp: Stamp | None, fault: str = "") -> PartStatus:
        return PartStatus(
            name=part.name,
            version=part.version,
            folder=self._store.folder(part.key),
            stamp=stamp,
            fault=fault if stamp else f"{part.version} is not installed, or was changed since it was verified",
        )

    def _examined(self, part: Part) -> PartStatus:
        stamp = self._store.verified(part.key)
        try:
            if stamp is not None:
                part.check(self._store.folder(part.key))
        except WayFailedError as failure:
            return self._status(part, stamp, f"it does not run: {failure}")
        return self._status(part, stamp)

    @property
    def _parts(self) -> tuple[Part, ...]:
        return (self._pulumi, self._plugin, self._language)

    def _tools(self) -> Tools:
        pulumi, language = (self._store.folder(part.key) / part.files[0] for part in (self._pulumi, self._language))
        return Tools(
            pulumi=pulumi,
            home=self._store.folder(self._plugin.key),
            path_entries=(pulumi.parent, language.parent),
        )


def _put_beside(cli: Path, host_folder: Path) -> None:
    """Link the language host beside the CLI, where the CLI expects it; elsewhere on PATH it warns at each run.

    A CLI that is itself a link looks beside the file that is linked, which belongs to someone else.
    """
    if cli.is_symlink():
        return
    for program in host_folder.glob("pulumi-language-python*"):
        link = cli.parent / program.name
        if not link.exists() or link.resolve() != program.resolve():
            link.unlink(missing_ok=True)
            link.symlink_to(program)


def _path_without(root: Path) -> str:
    """PATH without this store's own folders: ``tenure toolchain env`` puts them there."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if not Path(entry).is_relative_to(root))
