"""Tenure: the provisioning orchestrator of a government cloud."""

__version__ = "0.1.0"
