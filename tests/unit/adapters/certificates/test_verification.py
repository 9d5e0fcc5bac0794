"""A certificate counts as it was signed, and not otherwise (Art. 16)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.certificates import certificate_faults, certificate_text, read_certificate
from orchestrator.domain.errors import BadInputError
from tests.audit import FORGER, SIGNER
from tests.certificates import a_certificate, signed

TRUSTED = SIGNER.public_key()
SIGNED = signed(a_certificate())
TEXT = certificate_text(SIGNED)

type Path = tuple[str | int, ...]


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    """Give the path of every value of a document that holds no others."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, (*path, name))
    elif isinstance(value, list) and value:
        for number, one in enumerate(value):
            yield from leaves(one, (*path, number))
    else:
        yield path


def changed(path: Path, value: object) -> bytes:
    """Change one value of the certificate's file."""
    document: Any = json.loads(TEXT)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(document, ensure_ascii=False).encode()


def counts(text: bytes) -> bool:
    """Whether a file is a certificate that counts."""
    try:
        return certificate_faults(read_certificate(text, "cert.json"), TRUSTED) == ()
    except BadInputError:
        return False


def test_a_certificate_counts_as_it_was_signed() -> None:
    """With the trusted key, and with its own."""
    read = read_certificate(TEXT.encode(), "cert.json")
    assert read == SIGNED
    assert certificate_faults(read, TRUSTED) == ()
    assert certificate_faults(read, None) == ()


@given(st.sampled_from(sorted(leaves(json.loads(TEXT)), key=str)), st.none() | st.text(max_size=4) | st.integers(-1, 3))
def test_any_changed_field_breaks_the_signature(path: Path, value: str | int | None) -> None:
    """Whichever it is, key and signature included."""
    text = changed(path, value)
    assert counts(text) == (json.loads(text) == json.loads(TEXT))


@given(st.sampled_from(sorted(leaves(json.loads(TEXT)), key=str)), st.data())
def test_a_value_written_otherwise_breaks_it_too(path: Path, data: st.DataObject) -> None:
    """White space, another zone for the same instant: what was signed has one form."""
    value: Any = json.loads(TEXT)
    for step in path:
        value = value[step]
    spellings = {f" {value}", f"{value}\n", str(value).replace("Z", "+00:00"), str(value).upper(), str(value).lower()}
    other = data.draw(st.sampled_from(sorted(spellings)))
    assert counts(changed(path, other)) == (other == value)


def test_layout_does_not_matter() -> None:
    """The signature covers the content: a file that was laid out otherwise still counts; so does a line of --json."""
    compact = json.dumps({"schema": "tenure/1", "type": "certificate", **json.loads(TEXT)})
    assert counts(compact.encode())


def test_a_left_out_default_is_noticed() -> None:
    """A field that is missing is not filled in unseen."""
    document = json.loads(TEXT)
    del document["certificate"]["escrow"]["removed_at"]
    assert not counts(json.dumps(document).encode())


def test_a_field_that_stands_twice_is_refused() -> None:
    """Two readers could take two different ones."""
    twice = TEXT.replace('"stage"', '"stage": "test", "stage"')
    with pytest.raises(BadInputError, match="is no certificate"):
        read_certificate(twice.encode(), "cert.json")


@pytest.mark.parametrize("text", [b"", b"\xff", b"[]", b"{}", b"null", b'{"certificate": 1}', b"[" * 100_000])
def test_what_is_no_certificate_is_bad_input(text: bytes) -> None:
    """With the reason."""
    with pytest.raises(BadInputError) as caught:
        read_certificate(text, "cert.json")
    assert caught.value.diagnostic.detail


def test_a_forgers_certificate_vouches_for_itself_only() -> None:
    """With the trusted key it does not count."""
    forged = signed(a_certificate(remaining=()), FORGER)
    assert certificate_faults(forged, None) == ()
    (fault,) = certificate_faults(forged, TRUSTED)
    assert fault.summary == "the certificate is not signed by the trusted key"


def test_a_key_under_another_id_is_a_fault() -> None:
    """The id is the key's own."""
    (fault,) = certificate_faults(SIGNED.model_copy(update={"key": FORGER.key_id()}), TRUSTED)
    assert "is not the one beside it" in fault.summary


def test_a_certificate_with_remains_does_not_count() -> None:
    """Though it is signed: none is issued while anything is left."""
    (fault,) = certificate_faults(signed(a_certificate(remaining=("volume 7",))), TRUSTED)
    assert "something remained" in fault.summary


def test_an_altered_signature_is_a_fault() -> None:
    """Any bit of it."""
    box = bytearray(base64.b64decode(SIGNED.signature))
    box[10] ^= 1
    forged = SIGNED.model_copy(update={"signature": base64.b64encode(bytes(box)).decode()})
    assert [fault.summary for fault in certificate_faults(forged, TRUSTED)] == [
        "the signature does not fit the certificate"
    ]
