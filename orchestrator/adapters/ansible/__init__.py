"""Ansible: playbooks run over the hosts of an environment (DESIGN.md decision 6)."""

from orchestrator.adapters.ansible.no_hosts import NoConfigurator

__all__ = ["NoConfigurator"]
