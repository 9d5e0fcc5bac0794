"""The pinned versions, in one place; the Go modules in tools/toolchain pin the same ones."""

from __future__ import annotations

from typing import Final

PULUMI: Final = "3.253.0"
"""Pulumi CLI; equals the ``pulumi`` package of pyproject.toml."""

OPENSTACK_PLUGIN: Final = "5.5.3"
"""Resource plugin; equals the ``pulumi-openstack`` package of pyproject.toml."""

LANGUAGE_HOST: Final = PULUMI
"""Python language host of the official download, which comes with the CLI."""

BUILT_LANGUAGE_HOST: Final = "3.79.0"
"""The last language host that is inside a public Go module; it speaks the same protocol (ADR 0002)."""

OPENTOFU: Final = "1.10.0"
"""OpenTofu CLI, the peer of ``make bench``."""

TERRAFORM_PROVIDER: Final = "3.4.0"
"""terraform-provider-openstack: inside our plugin and beside OpenTofu."""

GITEA: Final = "1.25.4"
"""Gitea, the forge of the tests."""
