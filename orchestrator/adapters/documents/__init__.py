"""YAML that people write, read by one loader that tells file, line, column, field and rule of every fault."""

from orchestrator.adapters.documents.files import read_text
from orchestrator.adapters.documents.locate import locate, validate
from orchestrator.adapters.documents.parser import Document, YamlRule, parse
from orchestrator.adapters.documents.requests import check, read_request_file, read_submission
from orchestrator.domain.submission import submission_from_data

__all__ = [
    "Document",
    "YamlRule",
    "check",
    "locate",
    "parse",
    "read_request_file",
    "read_submission",
    "read_text",
    "submission_from_data",
    "validate",
]
