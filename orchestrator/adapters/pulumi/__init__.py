"""Provisioning by Pulumi: the only importer of stacks/ and of the Automation API."""

from orchestrator.adapters.pulumi.provisioner import PulumiProvisioner, PulumiSettings

__all__ = ["PulumiProvisioner", "PulumiSettings"]
