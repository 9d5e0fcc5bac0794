"""Certificates of ended environments outside the database: their file, its verification, and their page."""

from orchestrator.adapters.certificates.files import certificate_text, read_certificate
from orchestrator.adapters.certificates.page import certificate_page
from orchestrator.adapters.certificates.verification import certificate_faults

__all__ = ["certificate_faults", "certificate_page", "certificate_text", "read_certificate"]
