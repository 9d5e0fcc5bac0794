"""The plugin that Tenure installs speaks the names of the pulumi-openstack package that stacks are written with."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pulumi._types import input_type_types, is_input_type, resource_types, unwrap_type

import stacks
from orchestrator.adapters.toolchain import Toolchain, Tools
from orchestrator.settings import Settings

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.filterwarnings("ignore:openstack.index/:DeprecationWarning"),  # the package warns of itself
]

type Shape = str | dict[str, Any] | tuple[str, Any]
"""A type without its language: a scalar's name, an object's fields, or a list or map with what it holds."""

MODULES = ("identity", "compute", "blockstorage", "images", "networking", "objectstorage", "loadbalancer")
SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number"}


@pytest.fixture(scope="module")
def tools() -> Tools:
    """The toolchain of this user's cache; it is installed when it is missing."""
    return Toolchain(Settings().cache).install(print)


@pytest.fixture(scope="module")
def schema(tools: Tools) -> dict[str, Any]:
    """What the plugin says of itself when the CLI asks it."""
    answer = subprocess.run(
        [str(tools.pulumi), "package", "get-schema", "openstack"],
        env={**os.environ, **tools.environment()},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return typing.cast("dict[str, Any]", json.loads(answer.stdout))


def test_every_resource_of_the_plugin_takes_the_inputs_of_the_package(schema: dict[str, Any]) -> None:
    """Token, input names, nested names and types are equal, so no input of a program is lost or misread."""
    wrong = {
        token: {"plugin": plugin, "package": package}
        for token, resource in schema["resources"].items()
        if (plugin := fields_in(schema, resource["inputProperties"])) != (package := inputs_of(resource_class(token)))
    }
    assert not wrong, json.dumps(wrong, indent=1, default=str)


def test_every_resource_of_the_plugin_gives_the_outputs_of_the_package(schema: dict[str, Any]) -> None:
    """A program that reads a property finds it under the name that the package has for it."""
    for token, resource in schema["resources"].items():
        assert set(resource["properties"]) == set(resource_types(resource_class(token))), token


def test_every_function_of_the_plugin_takes_the_arguments_of_the_package(schema: dict[str, Any]) -> None:
    """Look-ups (images, flavors, networks) get each argument under the name that the package sends."""
    for token, function in schema["functions"].items():
        assert set(function["inputs"]["properties"]) == arguments_sent(token), token


def test_the_plugin_has_everything_that_stacks_use(schema: dict[str, Any]) -> None:
    """A stack can't name a resource or a look-up that only the published plugin would know."""
    known = {token.rsplit(":", 1)[1] for kind in ("resources", "functions") for token in schema[kind]}
    assert used_by_stacks() <= known


def test_the_plugin_requires_no_more_than_the_package(schema: dict[str, Any]) -> None:
    """What the package lets a program leave out, the plugin does not demand."""
    for token, resource in schema["resources"].items():
        demanded = set(resource.get("requiredInputs", ()))
        assert demanded == required_by(resource_class(token)), token


def test_what_is_installed_leaves_the_home_of_pulumi_alone(tools: Tools, tmp_path: Path) -> None:
    """The toolchain runs from the cache: nothing is written to the user's own ``~/.pulumi``."""
    subprocess.run(
        [str(tools.pulumi), "plugin", "ls", "--json"],
        env={**os.environ, **tools.environment(), "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert list(tmp_path.iterdir()) == []


def test_a_program_run_by_hand_previews_without_a_warning(tools: Tools, tmp_path: Path) -> None:
    """``pulumi preview`` finds language host, Python and packages by the toolchain's environment alone."""
    (tmp_path / "Pulumi.yaml").write_text("name: hand\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text('import pulumi\npulumi.export("answer", 42)\n', encoding="utf-8")
    environment = {
        **os.environ,
        **tools.environment(),
        "PULUMI_BACKEND_URL": tmp_path.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "made up",
    }
    for command in (["stack", "init", "try"], ["preview", "-s", "try", "--non-interactive"]):
        done = subprocess.run(
            [str(tools.pulumi), *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "answer" in done.stdout
    assert "warning" not in done.stdout + done.stderr


def test_comparing_notices_a_name_that_is_off() -> None:
    """The comparison itself can fail: a missing, a renamed and a mistyped field each differ from the package's."""
    right = inputs_of(resource_class("openstack:networking/subnet:Subnet"))
    assert right["allocationPools"] == ("list", {"start": "string", "end": "string"})
    for wrong in (
        {key: shape for key, shape in right.items() if key != "cidr"},
        {("allocationPool" if key == "allocationPools" else key): shape for key, shape in right.items()},
        {**right, "allocationPools": ("list", {"start": "string", "stop": "string"})},
        {**right, "ipVersion": "string"},
    ):
        assert wrong != right


def fields_in(schema: dict[str, Any], properties: dict[str, Any]) -> dict[str, Shape]:
    """Shapes of the plugin's properties."""
    return {name: _shape_in(schema, spec) for name, spec in properties.items()}


def _shape_in(schema: dict[str, Any], spec: dict[str, Any]) -> Shape:
    if "$ref" in spec:
        return fields_in(schema, schema["types"][spec["$ref"].removeprefix("#/types/")]["properties"])
    match spec["type"]:
        case "array":
            return ("list", _shape_in(schema, spec["items"]))
        case "object":
            return ("map", _shape_in(schema, spec["additionalProperties"]))
        case scalar:
            return str(scalar)


def resource_class(token: str) -> type:
    """The package's class of a token; the class must be registered under it."""
    _, place, name = token.split(":")
    found = getattr(importlib.import_module(f"pulumi_openstack.{place.split('/')[0]}"), name)
    assert isinstance(found, type)
    assert f'"{token}"' in inspect.getsource(sys.modules[found.__module__])
    return found


def arguments_class(resource: type) -> type:
    """The package's class of a resource's inputs."""
    return typing.cast("type", getattr(sys.modules[resource.__module__], f"{resource.__name__}Args"))


def inputs_of(resource: type) -> dict[str, Shape]:
    """Shapes of what the package sends for a resource."""
    return _fields_of(arguments_class(resource))


def _fields_of(arguments: type) -> dict[str, Shape]:
    return {name: _shape_of(kind) for name, kind in input_type_types(arguments).items()}


def _shape_of(kind: type) -> Shape:
    kind = unwrap_type(kind)
    origin = typing.get_origin(kind)
    if origin in (Sequence, list):
        return ("list", _shape_of(typing.get_args(kind)[0]))
    if origin in (Mapping, dict):
        return ("map", _shape_of(typing.get_args(kind)[1]))
    return _fields_of(kind) if is_input_type(kind) else SCALARS[kind]


def required_by(resource: type) -> set[str]:
    """Inputs that the package's constructor has no default for."""
    arguments = arguments_class(resource)
    parameters = inspect.signature(arguments).parameters
    names = dict(zip(_python_names(arguments), input_type_types(arguments), strict=True))
    return {
        names[name]
        for name, parameter in parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
    }


def _python_names(arguments: type) -> list[str]:
    return [name for name, value in vars(arguments).items() if isinstance(value, property)]


def arguments_sent(token: str) -> set[str]:
    """Names under which the package's look-up sends its arguments, read from the function that sends them."""
    _, place, name = token.split(":")
    module, _ = place.split("/")
    python_name = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    function = getattr(importlib.import_module(f"pulumi_openstack.{module}"), python_name)
    source = inspect.getsource(function)
    assert f"'{token}'" in source
    return set(re.findall(r"__args__\['(\w+)'\]", source))


def used_by_stacks() -> set[str]:
    """Names of the package's members that the source of stacks/ mentions, as in tokens (``getImage``)."""
    used: set[str] = set()
    for source in Path(stacks.__file__).parent.rglob("*.py"):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        used |= {_token_name(name) for name in _members_of_package(tree)}
    return used - {"Provider", "ProviderArgs"}


def _members_of_package(tree: ast.Module) -> set[str]:
    """Find ``package.module.Member``, and ``module.Member`` where the module was imported from the package."""
    packages = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "pulumi_openstack"
    }
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "pulumi_openstack"
        for alias in node.names
    }
    places = {*modules, *(f"{package}.{module}" for package in packages for module in MODULES)}
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) in places
        and not node.attr.endswith(("Args", "ArgsDict"))
    }


def _token_name(member: str) -> str:
    if not member.startswith("get_"):
        return member
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), member.removesuffix("_output"))
