"""Plain scalars by the YAML 1.2 core schema: ``no``, ``on`` and ``12:30`` are strings, as they are written."""

from __future__ import annotations

import re

NULL = frozenset({"", "~", "null", "Null", "NULL"})
TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?[0-9]+")
PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
LONGEST_NUMBER = 40
"""Characters; no number of a request is longer, and long ones cost time to read."""

Scalar = str | int | float | bool | None


class NotANumberError(ValueError):
    """A scalar that YAML calls a number and that no field may hold."""


def plain_value(text: str) -> Scalar:
    """Give the value of a plain scalar; raises NotANumberError for NaN, infinities and numbers of absurd length."""
    if text in NULL:
        return None
    if text in TRUTH:
        return TRUTH[text]
    if NOT_FINITE.fullmatch(text):
        raise NotANumberError(f"{text} is no number that a field may hold")
    if PREFIXED.fullmatch(text) or INTEGER.fullmatch(text) or FLOAT.fullmatch(text):
        return _number(text)
    return text


def _number(text: str) -> int | float:
    if len(text) > LONGEST_NUMBER:
        raise NotANumberError(f"a number of {len(text)} characters is no number that a field may hold")
    if PREFIXED.fullmatch(text):
        return int(text, 0)
    if INTEGER.fullmatch(text):
        return int(text)
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise NotANumberError(f"{text} is too large for a number")
    return value
