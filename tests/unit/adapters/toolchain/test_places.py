"""Where parts come from and where they go: keys, PATH, children that hang, and what is handed out."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path, PurePosixPath

import pytest

from orchestrator.adapters.toolchain import Toolchain, Tools, versions
from orchestrator.adapters.toolchain.go_build import BuildTeller
from orchestrator.adapters.toolchain.on_path import Beside, OnPath
from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import run_bounded
from orchestrator.adapters.toolchain.sources import module_folder, version_key
from orchestrator.domain.errors import MissingPartError


def test_the_key_follows_version_and_sources(tmp_path: Path) -> None:
    """Another version, another byte or another file of the modules is another part; what a build leaves is not."""
    module = tmp_path / "module"
    (module / "bin").mkdir(parents=True)
    (module / "go.mod").write_text("module m\n", encoding="utf-8")
    first = version_key("part", "1.0.0", module)
    (module / "bin" / "built").write_text("bytes", encoding="utf-8")
    assert version_key("part", "1.0.0", module) == first
    assert version_key("part", "1.0.1", module) != first
    (module / "go.mod").write_text("module n\n", encoding="utf-8")
    second = version_key("part", "1.0.0", module)
    (module / "main.go").write_text("package main\n", encoding="utf-8")
    assert len({first, second, version_key("part", "1.0.0", module)}) == 3


@pytest.mark.parametrize(
    ("module", "requirement"),
    [
        ("cli", f"github.com/pulumi/pulumi/pkg/v3 v{versions.PULUMI}"),
        ("provider", f"github.com/pulumi/pulumi/sdk/v3 v{versions.PULUMI}"),
        (
            "provider",
            f"github.com/terraform-provider-openstack/terraform-provider-openstack/v3 v{versions.TERRAFORM_PROVIDER}",
        ),
        ("language", f"github.com/pulumi/pulumi/sdk/v3 v{versions.BUILT_LANGUAGE_HOST}"),
        ("peers/tofu", f"github.com/opentofu/opentofu v{versions.OPENTOFU}"),
        ("forge", f"code.gitea.io/gitea v{versions.GITEA}"),
        (
            "peers/provider",
            f"github.com/terraform-provider-openstack/terraform-provider-openstack/v3 v{versions.TERRAFORM_PROVIDER}",
        ),
    ],
)
def test_go_modules_pin_the_versions_of_this_package(module: str, requirement: str) -> None:
    """The versions stand in one Python module; go.mod files agree with it."""
    assert requirement in (module_folder(module) / "go.mod").read_text(encoding="utf-8")


def test_the_own_plugin_gives_the_version_of_the_package() -> None:
    """The Go source says the same version as the Python package that programs are written with."""
    source = (module_folder("provider") / "main.go").read_text(encoding="utf-8")
    assert f'const version = "{versions.OPENSTACK_PLUGIN}"' in source


def test_a_program_on_path_is_linked_with_what_stands_beside_it(tmp_path: Path) -> None:
    """The administrator's own file is run, not a copy of it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("program", "program-exec"):
        (elsewhere / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (elsewhere / name).chmod(0o755)
    folder = tmp_path / "part"
    OnPath(PurePosixPath("bin/program"), str(elsewhere), companions=("program-exec",)).fetch(folder, print)
    assert (folder / "bin/program").resolve() == elsewhere / "program"
    assert (folder / "bin/program-exec").resolve() == elsewhere / "program-exec"
    other = tmp_path / "other"
    Beside(folder / "bin/program", PurePosixPath("bin/program-exec")).fetch(other, print)
    assert (other / "bin/program-exec").resolve() == elsewhere / "program-exec"


def test_a_program_that_path_does_not_have_is_said_so(tmp_path: Path) -> None:
    """The reason names the program."""
    with pytest.raises(WayFailedError, match="PATH has no program"):
        OnPath(PurePosixPath("bin/program"), str(tmp_path)).fetch(tmp_path / "part", print)


def test_a_child_that_hangs_is_killed_with_its_children() -> None:
    """A download that stalls ends at its limit, even when a grandchild holds the pipe."""
    began = time.monotonic()
    with pytest.raises(WayFailedError, match=r"no result within 0\.5 s"):
        run_bounded(["sh", "-c", "sleep 60 & sleep 60"], timeout_seconds=0.5)
    assert time.monotonic() - began < 10


def test_a_child_that_fails_tells_its_last_lines() -> None:
    """The reason holds the exit code and the end of what it wrote."""
    with pytest.raises(WayFailedError, match=r"code 3: before \| the end"):
        run_bounded(["sh", "-c", "echo before; echo the end >&2; exit 3"], timeout_seconds=10)


def test_a_program_that_is_not_there_can_not_be_started() -> None:
    """A missing program is a reason, not a crash."""
    with pytest.raises(WayFailedError, match="can't be started"):
        run_bounded(["/nonexistent/program"], timeout_seconds=1)


def test_a_build_is_told_every_few_seconds() -> None:
    """Hundreds of lines of Go become one line now and then."""
    told: list[str] = []
    teller = BuildTeller(told.append)
    for line in ("go: downloading example.org/a v1.0.0", "example.org/a", "example.org/b", "# a remark"):
        teller.hear(line)
    assert (teller.downloaded, teller.compiled, len(told)) == (1, 2, 1)


def test_an_empty_cache_is_a_missing_part_with_the_command_that_mends_it(tmp_path: Path) -> None:
    """Nothing is run and nothing is made: the answer comes from the cache alone."""
    with pytest.raises(MissingPartError) as caught:
        Toolchain(tmp_path).require()
    assert caught.value.diagnostic.hint == "tenure toolchain install"
    assert "Pulumi CLI" in caught.value.diagnostic.summary
    assert list(tmp_path.iterdir()) == []


def test_the_environment_puts_the_tools_first_and_stops_downloads(tmp_path: Path) -> None:
    """A child finds these programs before any other and fetches nothing behind our back."""
    tools = Tools(pulumi=tmp_path / "bin" / "pulumi", home=tmp_path / "home", path_entries=(tmp_path / "bin",))
    environment = tools.environment()
    assert environment["PATH"].split(os.pathsep)[0] == str(tmp_path / "bin")
    assert environment["PULUMI_HOME"] == str(tmp_path / "home")
    assert environment["PULUMI_PYTHON_CMD"] == sys.executable
    assert environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
