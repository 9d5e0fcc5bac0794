"""The parts themselves: where each comes from, in which order, and how it proves itself."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from orchestrator.adapters.toolchain import versions
from orchestrator.adapters.toolchain.checks import (
    cli_version,
    gitea_version,
    go_module_version,
    language_host_version,
    plugin_version,
    tofu_version,
)
from orchestrator.adapters.toolchain.go_build import GoBuild, ModuleFile, ModuleFolder
from orchestrator.adapters.toolchain.official import OfficialCli, OfficialPlugin
from orchestrator.adapters.toolchain.on_path import Beside, OnPath
from orchestrator.adapters.toolchain.part import Check, Part, exactly, same_major, same_major_not_older
from orchestrator.adapters.toolchain.sources import module_folder, version_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CLI = PurePosixPath("bin/pulumi")
PLUGIN = PurePosixPath(f"plugins/resource-openstack-v{versions.OPENSTACK_PLUGIN}/pulumi-resource-openstack")
HOST = PurePosixPath("bin/pulumi-language-python")
HOST_EXEC = PurePosixPath("bin/pulumi-language-python-exec")
TOFU = PurePosixPath("bin/tofu")
TERRAFORM_PROVIDER = PurePosixPath("bin/terraform-provider-openstack")
GITEA = PurePosixPath("bin/gitea")
GITEA_ROOT = PurePosixPath("static")
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


def pulumi_cli(search_path: str) -> Part:
    """The Pulumi CLI: a newer one of the same major version serves too, as the Automation API has it."""
    module = module_folder("cli")
    return Part(
        name="Pulumi CLI",
        key=version_key("pulumi", versions.PULUMI, module),
        version=versions.PULUMI,
        files=(CLI,),
        check=_of(CLI, cli_version),
        fits=same_major_not_older,
        ways=(
            OnPath(CLI, search_path),
            OfficialCli(versions.PULUMI),
            GoBuild(
                module=module,
                package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                target=CLI,
                version_variable=f"{VERSION_VARIABLE}=v{versions.PULUMI}",
            ),
        ),
    )


def openstack_plugin(cli: Path, search_path: str) -> Part:
    """The OpenStack resource plugin; its folder is a ``PULUMI_HOME`` that holds it."""
    module = module_folder("provider")
    return Part(
        name="OpenStack resource plugin",
        key=version_key("openstack", versions.OPENSTACK_PLUGIN, module),
        version=versions.OPENSTACK_PLUGIN,
        files=(PLUGIN,),
        check=_of(PLUGIN, plugin_version),
        fits=exactly,
        ways=(
            OnPath(PLUGIN, search_path),
            OfficialPlugin(cli, "openstack", versions.OPENSTACK_PLUGIN),
            GoBuild(module=module, package=".", target=PLUGIN),
        ),
    )


def language_host(cli: Path, search_path: str) -> Part:
    """The Python language host, for ``pulumi preview`` by hand; official downloads of the CLI bring it along."""
    module = module_folder("language")
    return Part(
        name="Python language host",
        key=version_key("python", versions.LANGUAGE_HOST, module),
        version=versions.LANGUAGE_HOST,
        files=(HOST, HOST_EXEC),
        check=_of(HOST, language_host_version),
        fits=same_major,
        ways=(
            Beside(cli, HOST, companions=(HOST_EXEC.name,)),
            OnPath(HOST, search_path, companions=(HOST_EXEC.name,)),
            GoBuild(
                module=module,
                package="github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
                target=HOST,
                version_variable=f"{VERSION_VARIABLE}=v{versions.BUILT_LANGUAGE_HOST}",
                extras=(
                    ModuleFile(
                        module=f"github.com/pulumi/pulumi/sdk/v3@v{versions.PULUMI}",
                        path=PurePosixPath("python/cmd") / HOST_EXEC.name,
                        target=HOST_EXEC,
                    ),
                ),
            ),
        ),
    )


def opentofu(search_path: str) -> Part:
    """The OpenTofu CLI, for the bench."""
    module = module_folder("peers/tofu")
    return Part(
        name="OpenTofu CLI",
        key=version_key("tofu", versions.OPENTOFU, module),
        version=versions.OPENTOFU,
        files=(TOFU,),
        check=_of(TOFU, tofu_version),
        fits=exactly,
        ways=(
            OnPath(TOFU, search_path),
            GoBuild(
                module=module,
                package="github.com/opentofu/opentofu/cmd/tofu",
                target=TOFU,
                version_variable="github.com/opentofu/opentofu/version.dev=no",
            ),
        ),
    )


def terraform_provider() -> Part:
    """terraform-provider-openstack for OpenTofu, of the version that is inside our own plugin."""
    module = module_folder("peers/provider")
    package = "github.com/terraform-provider-openstack/terraform-provider-openstack/v3"
    return Part(
        name="terraform-provider-openstack",
        key=version_key("terraform-openstack", versions.TERRAFORM_PROVIDER, module),
        version=versions.TERRAFORM_PROVIDER,
        files=(TERRAFORM_PROVIDER,),
        check=_of(TERRAFORM_PROVIDER, go_module_version),
        fits=exactly,
        ways=(GoBuild(module=module, package=package, target=TERRAFORM_PROVIDER),),
    )


def gitea() -> Part:
    """Gitea, for the tests; its pages and texts stand in a folder beside it."""
    module = module_folder("forge")
    package = "code.gitea.io/gitea"
    return Part(
        name="Gitea",
        key=version_key("gitea", versions.GITEA, module),
        version=versions.GITEA,
        files=(GITEA, *(GITEA_ROOT / name for name in ("options/license/Apache-2.0", "templates/home.tmpl"))),
        check=_of(GITEA, gitea_version),
        fits=exactly,
        ways=(
            GoBuild(
                module=module,
                package=package,
                target=GITEA,
                version_variable=f"main.Version={versions.GITEA}",
                extras=tuple(
                    ModuleFolder(package, PurePosixPath(name), GITEA_ROOT / name)
                    for name in ("options", "templates", "public")
                ),
                tags=("sqlite", "sqlite_unlock_notify"),
            ),
        ),
    )


def _of(file: PurePosixPath, version_of: Callable[[Path], str]) -> Check:
    return lambda folder: version_of(folder / file)
