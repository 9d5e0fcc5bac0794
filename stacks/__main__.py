"""The program as the Pulumi CLI runs it by hand: everything comes from the stack's configuration.

The Pulumi adapter writes ``tenure:spec``, ``tenure:cloud`` and ``tenure:grown``, and, encrypted,
``tenure:service-password``.
"""

from __future__ import annotations

import pulumi
from pydantic import SecretStr

from orchestrator.domain.spec import EnvironmentSpec
from stacks.context import CloudFacts, Context
from stacks.program import program

config = pulumi.Config("tenure")
program(
    EnvironmentSpec.model_validate_json(config.require("spec")),
    Context(
        cloud=CloudFacts.model_validate_json(config.require("cloud")),
        service_password=SecretStr(config.require("service-password")),
        grown=config.get_object("grown") or {},
    ),
)
