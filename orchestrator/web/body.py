"""Bodies: read within bounds, then parsed strictly. What a parser would guess about is refused."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, Final, NoReturn

from starlette.requests import Request

from orchestrator.domain.errors import BadInputError
from orchestrator.web.problems import MediaTypeError, TooLargeError, TooSlowError

LIMIT_BYTES: Final = 1024 * 1024
READ_SECONDS: Final = 10.0
MAXIMUM_DEPTH: Final = 32
MEDIA_TYPES: Final = frozenset({"application/cloudevents+json", "application/json"})
RULE: Final = "json"


async def read_body(request: Request) -> bytes:
    """Read the raw body; TooLargeError at the first byte above 1 MiB, TooSlowError after ten seconds."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LIMIT_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _collect(request)
    except TimeoutError:
        raise TooSlowError("the body took too long", detail=f"limit: {READ_SECONDS:.0f} s", rule="hook") from None


def check_media_type(content_type: str, content_encoding: str) -> None:
    """Raise MediaTypeError for what is no JSON in UTF-8: a compressed body, another charset, CloudEvents in batches."""
    kind, _, parameters = content_type.partition(";")
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if kind.strip().lower() not in MEDIA_TYPES or charset not in {"", "charset=utf-8"}:
        raise MediaTypeError(
            "one event in structured mode is expected",
            detail="content-type: application/cloudevents+json (or application/json), UTF-8",
            field="content-type",
            rule="CloudEvents 1.0",
        )
    if content_encoding.lower() not in {"", "identity"}:
        raise MediaTypeError("the body must not be compressed", field="content-encoding", rule="hook")


def parse_json(body: bytes) -> object:
    """Parse JSON; BadInputError for anything doubtful.

    Refused: what is not UTF-8 or not JSON, duplicate keys, NaN and infinities, nesting deeper than 32, and text that
    no database keeps (NUL, halves of surrogate pairs).
    """
    try:
        text = body.decode("utf-8")
        data = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, parse_int=_integer
        )
    except UnicodeDecodeError as error:
        raise _bad("the body is not UTF-8", detail=f"at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise _bad("the body is not JSON", detail=f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise _bad(f"the body is nested deeper than {MAXIMUM_DEPTH}") from None
    _check(data, ())
    return data


async def _collect(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LIMIT_BYTES:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> TooLargeError:
    return TooLargeError("the body is too large", detail=f"limit: {LIMIT_BYTES} bytes", rule="hook")


def _bad(summary: str, *, field: str = "body", detail: str = "") -> BadInputError:
    return BadInputError(summary, field=field, rule=RULE, detail=detail)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key, value in pairs:
        if key in mapping:
            raise _bad(f"key {key!r} stands twice in one object", field=key)
        mapping[key] = value
    return mapping


def _no_constant(name: str) -> NoReturn:
    raise _bad(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _bad("a number is out of range")
    return number


def _integer(text: str) -> int:
    number = int(text) if len(text) <= 20 else None  # noqa: PLR2004  digits of the largest 64-bit number, and a sign
    if number is None or number.bit_length() > 63:  # noqa: PLR2004  what every database keeps
        raise _bad("a number is out of range")
    return number


def _check(value: object, path: tuple[str, ...]) -> None:
    if len(path) > MAXIMUM_DEPTH:
        raise _bad(f"the body is nested deeper than {MAXIMUM_DEPTH}", field=".".join(path[:3]) + " …")
    if isinstance(value, str) and not _storable(value):
        raise _bad("text with a NUL or half a surrogate pair", field=".".join(path) or "body")
    if isinstance(value, list):
        for number, item in enumerate(value):
            _check(item, (*path, str(number)))
    if isinstance(value, dict):
        for key, item in value.items():
            if not _storable(key):
                raise _bad("a key with a NUL or half a surrogate pair", field=".".join(path) or "body")
            _check(item, (*path, key))


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
