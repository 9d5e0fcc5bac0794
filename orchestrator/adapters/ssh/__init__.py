"""Entering hosts with certificates of minutes, by OpenSSH's own programs (DESIGN.md decision 7)."""

from orchestrator.adapters.ssh.access import SshAccess
from orchestrator.adapters.ssh.authority import UserAuthority
from orchestrator.adapters.ssh.issues import Issue
from orchestrator.adapters.ssh.no_hosts import NoHostAccess

__all__ = ["Issue", "NoHostAccess", "SshAccess", "UserAuthority"]
