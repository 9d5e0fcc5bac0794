"""What the components of one environment share: its specification, its context, and how resources are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from orchestrator.domain.spec import EnvironmentSpec
from stacks.context import Context

PATIENCE = pulumi.CustomTimeouts(create="15m", update="15m", delete="15m")
"""How long the provider waits for a server or a volume; by itself it would wait up to half an hour."""


@dataclass(frozen=True)
class Scope:
    """One environment while its program runs."""

    spec: EnvironmentSpec
    context: Context

    def options(self, parent: pulumi.Resource, **more: Any) -> pulumi.ResourceOptions:  # noqa: ANN401  as ResourceOptions
        """Give the options of a resource: under its component, protected when the stage says so.

        Names are deterministic, so a replacement can only be made after its predecessor is gone.
        """
        return pulumi.ResourceOptions(
            parent=parent,
            protect=True if self.spec.protected else None,
            delete_before_replace=True,
            **more,
        )


class Component(pulumi.ComponentResource):
    """A branch of the resource tree, without properties of its own."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"tenure:environment:{kind}", name)
