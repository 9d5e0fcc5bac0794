"""Copies of the audit log: how one is made, and how one is verified with nothing but a public key."""

from orchestrator.adapters.audit.copying import copy_lines, record_lines
from orchestrator.adapters.audit.verification import Keys, verify_copy, verify_file, verify_records

__all__ = ["Keys", "copy_lines", "record_lines", "verify_copy", "verify_file", "verify_records"]
