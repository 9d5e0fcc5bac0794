"""Runs a program against Pulumi's own mocks and gives what it declared."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import get_root_resource
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, set_mocks
from pulumi.runtime.stack import run_pulumi_func
from pydantic import SecretStr

from orchestrator.domain.spec import EnvironmentSpec
from stacks.context import CloudFacts, Context
from stacks.program import program

PASSWORD = "a-made-up-password"
CONTEXT = Context(
    cloud=CloudFacts(auth_url="https://cloud.example/v3", region="here", object_storage=True),
    service_password=SecretStr(PASSWORD),
)


@dataclass(frozen=True)
class Declared:
    """One resource: its type without module path, logical name, inputs and options."""

    type: str
    name: str
    inputs: dict[str, Any]
    options: pulumi.ResourceOptions


class Declaration:
    """Everything that a program declared."""

    def __init__(self, resources: list[Declared], outputs: dict[str, Any]) -> None:
        self.resources = resources
        self.outputs = outputs

    def of(self, kind: str) -> list[Declared]:
        """Give the resources of one type, for instance ``Instance``."""
        return [resource for resource in self.resources if resource.type == kind]

    def one(self, name: str) -> Declared:
        """Give the resource of that logical name."""
        return next(resource for resource in self.resources if resource.name == name)


class _Cloud(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.made: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.made.append(args)
        computed = {"allFixedIps": ["10.20.0.9"], "address": "198.51.100.7"}
        return f"id-of-{args.name}", computed | args.inputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {"id": f"id-of-{args.args['name']}", "name": args.args["name"]}, []


def _loops_of_threads() -> list[asyncio.BaseEventLoop]:
    """Give the event loops that Pulumi made in its threads and leaves to the garbage collector.

    They are held from before the threads end: else they would be collected, and complain, in the middle of any test.
    """
    loops = [one for one in gc.get_objects() if isinstance(one, asyncio.BaseEventLoop)]
    current = asyncio.get_event_loop_policy().get_event_loop()
    return [one for one in loops if one is not current and not one.is_running() and not one.is_closed()]


def declare(spec: EnvironmentSpec, context: Context = CONTEXT) -> Declaration:
    """Run the program of a specification."""
    cloud = _Cloud()
    options: dict[str, pulumi.ResourceOptions] = {}

    def note(args: pulumi.ResourceTransformationArgs) -> None:
        options[args.name] = args.opts

    def declarations() -> None:
        pulumi.runtime.register_stack_transformation(note)
        program(spec, context)

    async def run() -> dict[str, Any]:
        set_mocks(cloud, project="tenure", stack=spec.name, preview=False)
        await run_pulumi_func(declarations)
        outputs = getattr(get_root_resource(), "outputs", {})
        return dict(await pulumi.Output.all(**outputs).future() or {})

    with asyncio.Runner() as runner:
        outputs = runner.run(run())
        left = _loops_of_threads()
    for loop in left:
        loop.close()
    resources = [
        Declared(made.typ.rsplit(":", 1)[-1], made.name, made.inputs, options[made.name])
        for made in cloud.made
        if made.typ != "pulumi:pulumi:Stack"
    ]
    return Declaration(resources, outputs)
