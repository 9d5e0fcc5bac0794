"""What looks like a secret in a text that goes into git, where everybody reads it for ever.

Only places are told, never what stands there. Files name no secret: passwords and keys are derived or kept by the
installation, and public keys and digests are not taken for one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import log2

LEAK_RULE = "git/leak"

# Texts come from strangers: no pattern may look at a line again and again, or a long one would keep everybody waiting.
KNOWN = (
    ("a private key", re.compile(r"PRIVATE KEY")),
    ("a key of a cloud", re.compile(r"\b(AKIA|ASIA|LTAI|AKID)[A-Za-z0-9]{12,}")),
    ("a token of a forge", re.compile(r"\b(gh[pousr]_|github_pat_|glpat-|gto_)[A-Za-z0-9_-]{16,}")),
    ("a token", re.compile(r"\b(xox[abprs]-|sk-|hvs\.|whsec_|whsk_)[A-Za-z0-9_-]{12,}")),
    ("a web token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,2000}+\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")),
    ("a password in an address", re.compile(r"(?<![a-z0-9+.-])[a-z0-9+.-]+://[^/\s:@]*:[^/\s@]+@")),
    (
        "a password",
        re.compile(
            r"(?i)(pass(word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|密码|口令|密钥)\s*[:=：]\s*['\"]?[^\s'\"#]{4,}"
        ),
    ),
)
HARMLESS = re.compile(
    r"\bsha256:\s*[0-9a-f]{64}\b|\b(ssh-(ed25519|rsa)|ecdsa-sha2-[a-z0-9]{1,20}|sk-[a-z0-9-]{1,30}@openssh\.com)\s+[A-Za-z0-9+/=]+"
)
"""Digests of material and public keys: long and without sense, but made to be seen."""

LONG_WORD = re.compile(r"[A-Za-z0-9+/=_-]{32,}")
SEPARATORS = re.compile(r"[/_-]")
LONG_PIECE = 20
DIGIT = re.compile(r"[0-9]")
LETTER = re.compile(r"[A-Za-z]")
LEAST_ENTROPY_BITS = 3.2
"""Per character; words and names of people stay below, random keys do not."""


@dataclass(frozen=True)
class Suspect:
    """A place that looks like a secret: line and column count from 1."""

    line: int
    column: int
    what: str


def suspects(text: str) -> tuple[Suspect, ...]:
    """Give each line that looks as if a secret stands in it, once."""
    found = (_in_line(number, line) for number, line in enumerate(text.splitlines(), start=1))
    return tuple(suspect for suspect in found if suspect is not None)


def _in_line(number: int, line: str) -> Suspect | None:
    shown = HARMLESS.sub(lambda match: " " * len(match.group()), line)
    for what, pattern in KNOWN:
        match = pattern.search(shown)
        if match:
            return Suspect(number, match.start() + 1, what)
    for match in LONG_WORD.finditer(shown):
        if _is_random(match.group()):
            return Suspect(number, match.start() + 1, "a long word without sense, as keys are")
    return None


def _is_random(word: str) -> bool:
    """Whether a word has a long piece of mixed letters and digits; paths and names are made of short ones."""
    pieces = (piece for piece in SEPARATORS.split(word) if len(piece) >= LONG_PIECE)
    mixed = (piece for piece in pieces if DIGIT.search(piece) and LETTER.search(piece))
    return any(_entropy_bits(piece) >= LEAST_ENTROPY_BITS for piece in mixed)


def _entropy_bits(word: str) -> float:
    counts = Counter(word).values()
    return -sum(count / len(word) * log2(count / len(word)) for count in counts)
