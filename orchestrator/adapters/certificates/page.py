"""The readable page of a certificate: one HTML file in Chinese and English that needs nothing from outside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from orchestrator.adapters.certificates import words
from orchestrator.adapters.certificates.words import Word, type_word
from orchestrator.adapters.pages import Page
from orchestrator.domain.certificate import Certificate, SignedCertificate


def certificate_page(signed: SignedCertificate, templates: Path) -> str:
    """Give the page; ``templates`` is the folder of templates, every text in the page is escaped."""
    certificate = signed.certificate
    return PAGE.written(
        templates, signed=signed, certificate=certificate, counts=_counts(certificate), type_word=type_word, words=words
    )


def _counts(certificate: Certificate) -> list[tuple[Word, int]]:
    """Count what existed by kind, most first."""
    return [(type_word(kind), count) for kind, count in Counter(one.type for one in certificate.existed).most_common()]


def _fact(value: object) -> str:
    """Write a fact of any kind in one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _label(key: str, known: Mapping[Any, Word]) -> Word:
    """Give the word for a key; one that has none stands for itself."""
    return known.get(key, Word("", key))


PAGE: Final = Page("certificate.html.j2", {"fact": _fact, "label": _label})
