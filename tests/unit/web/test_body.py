"""JSON is read strictly: what two parsers could read in two ways is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain.errors import BadInputError
from orchestrator.web.body import check_media_type, parse_json
from orchestrator.web.problems import MediaTypeError

STORABLE = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(STORABLE)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(STORABLE), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(value=VALUES, ascii_only=st.booleans())
def test_json_is_read_as_it_was_written(value: object, ascii_only: bool) -> None:  # noqa: FBT001  hypothesis gives it
    """Whatever a serialiser writes comes back, escaped or not."""
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@settings(deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_are_answered(body: bytes) -> None:
    """Nonsense is bad input and nothing else."""
    try:
        parse_json(body)
    except BadInputError as error:
        assert error.diagnostic.field  # noqa: PT017  many bodies are valid


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        (b"", "body", "not JSON"),
        (b"{", "body", "not JSON"),
        (b"\xef\xbb\xbf{}", "body", "not JSON"),
        (b"\xff", "body", "not UTF-8"),
        (b"NaN", "body", "NaN"),
        (b"[-Infinity]", "body", "-Infinity"),
        (b"1e400", "body", "out of range"),
        (b"9223372036854775808", "body", "out of range"),
        (b"[" * 40 + b"]" * 40, "0.0.0 …", "nested"),
        (b"[" * 200_000, "body", "nested"),
        (b'{"a": {"b": 1, "b": 2}}', "b", "twice"),
        (b'{"a": ["\\u0000"]}', "a.0", "NUL"),
        (b'{"a": "\\ud800"}', "a", "surrogate"),
        (b'{"a": {"\\ud800": 1}}', "a", "surrogate"),
    ],
)
def test_doubtful_json_names_the_place(body: bytes, field: str, words: str) -> None:
    """Each fault says where and what."""
    with pytest.raises(BadInputError, match=words) as caught:
        parse_json(body)
    assert caught.value.diagnostic.field == field


@pytest.mark.parametrize(
    "content_type",
    ["application/cloudevents+json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'],
)
def test_json_in_utf8_is_taken(content_type: str) -> None:
    """Media types are compared without case; UTF-8 may be named."""
    check_media_type(content_type, "identity")


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [("", ""), ("text/json", ""), ("application/json; charset=gb18030", ""), ("application/json", "br")],
)
def test_other_bodies_are_refused(content_type: str, encoding: str) -> None:
    """Another kind, another charset, a compressed body."""
    with pytest.raises(MediaTypeError):
        check_media_type(content_type, encoding)


def test_depth_is_counted_in_objects_too() -> None:
    """Thirty-two levels are the most."""
    value: Any = 1
    for _ in range(32):
        value = {"a": value}
    assert parse_json(json.dumps(value).encode()) == value
    with pytest.raises(BadInputError, match="nested"):
        parse_json(json.dumps({"a": value}).encode())
